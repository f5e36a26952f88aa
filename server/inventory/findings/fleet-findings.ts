import type { FleetFinding, MachineSummary } from '../../../protocol/api.ts'

/** What the fleet needs of a machine. */
export type FleetMember = Pick<MachineSummary, 'id' | 'shape' | 'attributes'>

/** What shows only where machines stand beside each other: one serial twice, one machine unlike all. */
export function fleetFindings(machines: readonly FleetMember[]): readonly FleetFinding[] {
  return [...duplicates(machines), ...outliers(machines)]
}

/** Lists of parts and the attribute that names one piece of each. */
const serials: readonly (readonly [list: string, field: string, noun: string])[] = [
  ['disks', 'serial', 'disk'],
  ['disks', 'wwn', 'disk'],
  ['dimms', 'serial', 'DIMM'],
  ['gpus', 'serial', 'GPU'],
  ['nics', 'mac', 'NIC'],
]

/** One serial in two machines: a record of a part that moved, a clone, or a maker's mistake. */
function duplicates(machines: readonly FleetMember[]): readonly FleetFinding[] {
  const holders = new Map<string, { readonly code: string; text: string; machines: Set<string> }>()
  const hold = (code: string, subject: string, text: string, id: string) => {
    const held = holders.get(`${code} ${subject}`)
    if (held === undefined)
      holders.set(`${code} ${subject}`, { code, text, machines: new Set([id]) })
    else held.machines.add(id)
  }
  for (const { id, attributes } of machines) {
    const serial = attributes['system.serial']
    if (typeof serial === 'string') {
      hold('fleet.duplicate-machine-serial', serial, `machine serial '${serial}'`, id)
    }
    for (const [list, field, noun] of serials) {
      for (const device of devicesOf(attributes[list])) {
        const value = device[field]
        if (typeof value !== 'string' || value.length < leastSerialLength) continue
        // Makers number their own parts: the same digits on two models are two parts.
        const model = device['model'] ?? device['partNumber'] ?? ''
        const subject = `${noun} ${field} ${JSON.stringify(model)} ${value}`
        hold('fleet.duplicate-serial', subject, `${noun} with ${field} '${value}'`, id)
      }
    }
  }
  return [...holders]
    .filter(([, { machines: holding }]) => holding.size > 1)
    .map(([, { code, text, machines: holding }]) => ({
      code,
      severity: 'error',
      message: `${text} is in ${holding.size} machines`,
      machineIds: [...holding].toSorted(),
    }))
}

/** Shorter texts are placeholders more often than serials. */
const leastSerialLength = 4

/** What machines of one order should have in common. */
const uniform: readonly (readonly [attribute: string, noun: string])[] = [
  ['firmware.version', 'BIOS'],
  ['bmc.firmwareVersion', 'BMC firmware'],
  ['cpu.microcode', 'microcode'],
]

/** Machines of one shape that run other firmware than most of their shape. */
function outliers(machines: readonly FleetMember[]): readonly FleetFinding[] {
  const shapes = Map.groupBy(
    machines.filter(({ shape }) => shape !== null),
    ({ shape }) => shape?.id ?? '',
  )
  return [...shapes].flatMap(([shapeId, same]) =>
    uniform.flatMap(([attribute, noun]) => {
      const versions = Map.groupBy(
        same.filter(({ attributes }) => attributes[attribute] !== undefined),
        ({ attributes }) => JSON.stringify(attributes[attribute]),
      )
      const [usual, ...others] = [...versions].toSorted(([, a], [, b]) => b.length - a.length)
      if (usual === undefined) return []
      return others.map(([version, holding]): FleetFinding => ({
        code: 'fleet.firmware-mixed',
        severity: 'warning',
        message:
          `${noun} ${plain(version)} in ${holding.length} of ${same.length} machines ` +
          `of shape ${shapeId}, ${plain(usual[0])} in ${usual[1].length}`,
        machineIds: holding.map(({ id }) => id).toSorted(),
      }))
    }),
  )
}

function plain(json: string): string {
  return json.replaceAll(/["[\]]/g, '').replaceAll(',', ', ')
}

function devicesOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return []
  return value.filter((device) => typeof device === 'object' && device !== null)
}
