import { escapeValue } from './option-text.ts'
import type { MachinePlan } from './plan.ts'

/** SMBIOS types 0 to 4 and 17. QEMU counts type 17 by 16 GiB, so every machine has one DIMM. */
export function smbiosArguments(plan: MachinePlan): readonly string[] {
  const { product, name } = plan.shape
  const maker = product.manufacturer
  const serial = plan.systemSerial
  const structures: readonly Readonly<Record<string, string>>[] = [
    { type: '0', vendor: maker, version: product.firmwareVersion, date: product.firmwareDate },
    {
      type: '1',
      manufacturer: maker,
      product: product.name,
      version: '1.0',
      serial,
      uuid: plan.systemUuid,
      sku: product.sku,
      family: product.family,
    },
    {
      type: '2',
      manufacturer: maker,
      product: product.baseboard,
      version: 'A1',
      serial: `${serial}-MB`,
      location: 'Main',
    },
    { type: '3', manufacturer: maker, version: '1.0', serial: `${serial}-CH`, asset: name },
    {
      type: '4',
      sock_pfx: 'CPU',
      manufacturer: maker,
      version: product.processor,
      'max-speed': String(product.processorMhz),
      'current-speed': String(product.processorMhz),
    },
    {
      type: '17',
      loc_pfx: 'DIMM',
      bank: 'BANK',
      manufacturer: product.dimmManufacturer,
      serial: `${serial}-D`,
      part: product.dimmPart,
      speed: String(product.dimmMtPerS),
    },
  ]
  return structures.flatMap((structure) => [
    '-smbios',
    Object.entries(structure)
      .map(([field, value]) => `${field}=${escapeValue(value)}`)
      .join(','),
  ])
}
