import type { Finding } from '../../../protocol/facts/finding.ts'
import type { Inventory } from '../../../protocol/facts/inventory.ts'

/** A device, its model and the firmware in it. */
interface Versioned {
  readonly name: string
  readonly model: string
  readonly version: string
}

/** Devices of one model in one machine that run different firmware. */
export function mixedFirmware(inventory: Inventory): readonly Finding[] {
  const disks = (inventory.storage?.disks ?? []).flatMap(({ name, model, firmware }) =>
    model === null || firmware === null ? [] : [{ name, model, version: firmware }],
  )
  const processors = (inventory.cpu?.packages ?? []).flatMap(({ id, model, microcode }) =>
    model === null || microcode === null ? [] : [{ name: `CPU ${id}`, model, version: microcode }],
  )
  const ids = new Map(
    (inventory.pci?.functions ?? []).map((one) => [one.address, `${one.vendorId}:${one.deviceId}`]),
  )
  const nics = (inventory.nic?.interfaces ?? []).flatMap(
    ({ name, pciAddress, firmwareVersion }) => {
      const model = ids.get(pciAddress ?? '')
      return model === undefined || firmwareVersion === null
        ? []
        : [{ name, model: `PCI device ${model}`, version: firmwareVersion }]
    },
  )
  return [
    ...mixed('storage.firmware-mixed', disks),
    ...mixed('cpu.microcode-mixed', processors),
    ...mixed('nic.firmware-mixed', nics),
  ]
}

function mixed(code: string, devices: readonly Versioned[]): readonly Finding[] {
  return [...Map.groupBy(devices, ({ model }) => model)].flatMap(([model, same]) => {
    const versions = [...Map.groupBy(same, ({ version }) => version)]
    if (versions.length < 2) return []
    const told = versions
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([version, holders]) => `${version} (${holders.map(({ name }) => name).join(', ')})`)
    return [
      {
        code,
        severity: 'warning' as const,
        subject: model.slice(0, 128),
        message: `${same.length} of ${model} run different firmware: ${told.join(', ')}`.slice(
          0,
          1024,
        ),
      },
    ]
  })
}
