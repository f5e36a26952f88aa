import type { Fields, ListRule } from './tree-diff.ts'
import { valueText } from './value-text.ts'

/** A kind of part that an inventory lists: how one is told from another, and what it is called. */
export interface Component extends ListRule {
  /** `DIMM`, `disk`. */
  readonly noun: string
  /** Which one, for people: its label on the board, its address. */
  label(item: Fields, index: number): string
  /** What it is, for people: size, model, serial. */
  summary(item: Fields): string
}

/** The lists of parts, by where they are in the facts. */
export const components: ReadonlyMap<string, Component> = new Map<string, Component>([
  [
    'memory.dimms',
    {
      noun: 'DIMM',
      key: (item) => joined(item, ['locator', 'bankLocator']),
      present: (item) => item['populated'] !== false,
      label: (item, index) => one(item, 'locator') ?? one(item, 'bankLocator') ?? `${index}`,
      summary: (item) => words(item, ['sizeBytes', 'type', 'manufacturer', 'partNumber', 'serial']),
    },
  ],
  [
    'cpu.sockets',
    {
      noun: 'socket',
      key: (item) => one(item, 'designation'),
      present: (item) => item['populated'] !== false,
      label: (item, index) => one(item, 'designation') ?? `${index}`,
      summary: (item) => words(item, ['model', 'coreCount', 'serial']),
    },
  ],
  [
    'cpu.packages',
    {
      noun: 'CPU',
      key: (item) => one(item, 'id'),
      label: (item, index) => one(item, 'id') ?? `${index}`,
      summary: (item) => words(item, ['model']),
    },
  ],
  [
    'numa.nodes',
    {
      noun: 'NUMA node',
      key: (item) => one(item, 'id'),
      label: (item, index) => one(item, 'id') ?? `${index}`,
      summary: (item) => words(item, ['memorySizeBytes']),
    },
  ],
  [
    'gpu.gpus',
    {
      noun: 'GPU',
      key: (item) => one(item, 'address'),
      label: (item, index) => `${index} (${one(item, 'address') ?? 'no address'})`,
      summary: (item) => words(item, ['model', 'memorySizeBytes', 'serial']),
    },
  ],
  [
    'nic.interfaces',
    {
      noun: 'NIC',
      key: (item) => one(item, 'mac') ?? joined(item, ['pciAddress', 'portIndex', 'name']),
      label: (item, index) => one(item, 'name') ?? `${index}`,
      summary: (item) => words(item, ['mac', 'driver', 'pciAddress']),
    },
  ],
  [
    'storage.disks',
    {
      noun: 'disk',
      key: (item) =>
        one(item, 'wwn') ??
        one(item, 'nguid') ??
        one(item, 'eui64') ??
        (one(item, 'serial') === null ? one(item, 'name') : joined(item, ['model', 'serial'])),
      label: (item, index) => one(item, 'name') ?? `${index}`,
      summary: (item) => words(item, ['transport', 'sizeBytes', 'model', 'serial']),
    },
  ],
  [
    'usb.devices',
    {
      noun: 'USB device',
      key: (item) => joined(item, ['path', 'vendorId', 'productId', 'serial']),
      label: (item, index) => one(item, 'path') ?? `${index}`,
      summary: (item) => words(item, ['product', 'vendorId', 'productId', 'serial']),
    },
  ],
  [
    'pci.functions',
    {
      noun: 'PCI function',
      key: (item) => joined(item, ['address', 'vendorId', 'deviceId']),
      label: (item, index) => one(item, 'address') ?? `${index}`,
      summary: (item) => words(item, ['vendorId', 'deviceId', 'driver']),
    },
  ],
])

function one(item: Fields, name: string): string | null {
  const value = item[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

/** Null when the item has none of the fields. */
function joined(item: Fields, names: readonly string[]): string | null {
  const values = names.map((name) => one(item, name))
  return values.every((value) => value === null) ? null : values.map((one) => one ?? '').join(' ')
}

function words(item: Fields, names: readonly string[]): string {
  return names.flatMap((name) => valueText(name, item[name]) ?? []).join(' ')
}
