import type { FleetFinding } from '../../../protocol/api.ts'
import { devicesOf, type FleetMember, textOf } from './fleet-member.ts'

/** Lists of parts and the attribute that names one piece of each. */
const serials: readonly (readonly [list: string, field: string, noun: string])[] = [
  ['disks', 'serial', 'disk'],
  ['disks', 'wwn', 'disk'],
  ['dimms', 'serial', 'DIMM'],
  ['gpus', 'serial', 'GPU'],
  ['gpus', 'uuid', 'GPU'],
  ['nics', 'mac', 'NIC'],
  ['nics', 'moduleSerial', 'transceiver'],
  ['rdmaPorts', 'guid', 'RDMA device'],
  ['fibreChannelPorts', 'wwpn', 'Fibre Channel port'],
]

/** One serial in two machines: a record of a part that moved, a clone, or a maker's mistake. */
export function duplicates(machines: readonly FleetMember[]): readonly FleetFinding[] {
  const held = new Holders()
  for (const { id, attributes } of machines) {
    const serial = textOf(attributes['system.serial'])
    if (serial !== null) held.add(`machine ${serial}`, id, () => machineTwice(serial))
    for (const [list, field, noun] of serials) {
      for (const device of devicesOf(attributes[list])) {
        const value = textOf(device[field])
        if (value === null || value.length < leastSerialLength) continue
        // Makers number their own parts: the same digits on two models are two parts.
        const model =
          textOf(device['model']) ?? textOf(device['partNumber']) ?? textOf(device['module']) ?? ''
        held.add(`${noun} ${field} ${value} ${model}`, id, () => partTwice(noun, field, value))
      }
    }
  }
  return held.findings()
}

interface Duplicate {
  readonly code: string
  readonly what: string
}

function machineTwice(serial: string): Duplicate {
  return { code: 'fleet.duplicate-machine-serial', what: `machine serial '${serial}'` }
}

function partTwice(noun: string, field: string, value: string): Duplicate {
  return { code: 'fleet.duplicate-serial', what: `${noun} with ${field} '${value}'` }
}

/** Who holds what; a fleet has hundreds of thousands of parts, and hardly one of them twice. */
class Holders {
  readonly #first = new Map<string, string>()
  readonly #several = new Map<string, Duplicate & { readonly machineIds: Set<string> }>()

  add(part: string, machineId: string, describe: () => Duplicate): void {
    const first = this.#first.get(part)
    if (first === undefined) this.#first.set(part, machineId)
    if (first === undefined || first === machineId) return
    const several = this.#several.get(part)
    if (several !== undefined) several.machineIds.add(machineId)
    else this.#several.set(part, { ...describe(), machineIds: new Set([first, machineId]) })
  }

  findings(): readonly FleetFinding[] {
    return [...this.#several.values()].map(({ code, what, machineIds }) => ({
      code,
      severity: 'error',
      message: `${what} is in ${machineIds.size} machines`,
      machineIds: [...machineIds].toSorted(),
    }))
  }
}

/** Shorter texts are placeholders more often than serials. */
const leastSerialLength = 4
