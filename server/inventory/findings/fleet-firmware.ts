import type { FleetFinding } from '../../../protocol/api.ts'
import { devicesOf, type FleetMember, textOf } from './fleet-member.ts'

/** What machines of one order should have in common. */
const uniform: readonly (readonly [attribute: string, noun: string])[] = [
  ['firmware.version', 'BIOS'],
  ['bmc.firmwareVersion', 'BMC firmware'],
  ['cpu.microcode', 'microcode'],
]

/** Parts with firmware of their own, compared model by model. */
const parts: readonly (readonly [list: string, model: string, version: string, noun: string])[] = [
  ['disks', 'model', 'firmware', 'disk firmware'],
  ['nics', 'device', 'firmware', 'NIC firmware'],
  ['gpus', 'model', 'vbios', 'VBIOS'],
]

/** One version somewhere in one machine. */
interface Installed {
  /** `BIOS`, `disk firmware of SAMSUNG MZQL27T6HBLA`. */
  readonly what: string
  readonly version: string
  readonly machineId: string
}

/** Machines of one shape that run other firmware than most of their shape. */
export function mixedAcrossFleet(machines: readonly FleetMember[]): readonly FleetFinding[] {
  const shapes = Map.groupBy(
    machines.filter(({ shape }) => shape !== null),
    ({ shape }) => shape?.id ?? '',
  )
  return [...shapes].flatMap(([shapeId, same]) =>
    [...Map.groupBy(same.flatMap(installedIn), ({ what }) => what)].flatMap(([what, installed]) =>
      unlikeMost(what, installed, shapeId),
    ),
  )
}

function installedIn({ id: machineId, attributes }: FleetMember): readonly Installed[] {
  const whole = uniform.flatMap(([attribute, what]) => {
    const version = versionText(attributes[attribute])
    return version === null ? [] : [{ what, version, machineId }]
  })
  const single = parts.flatMap(([list, modelField, versionField, noun]) =>
    devicesOf(attributes[list]).flatMap((device) => {
      const [model, version] = [textOf(device[modelField]), textOf(device[versionField])]
      return model === null || version === null
        ? []
        : [{ what: `${noun} of ${model}`, version, machineId }]
    }),
  )
  return [...whole, ...single]
}

function versionText(value: unknown): string | null {
  if (!Array.isArray(value)) return textOf(value)
  return value.length === 0 ? null : value.map(String).join(', ')
}

function unlikeMost(
  what: string,
  installed: readonly Installed[],
  shapeId: string,
): readonly FleetFinding[] {
  const machineCount = machinesOf(installed).length
  const versions = [...Map.groupBy(installed, ({ version }) => version)]
    .map(([version, holding]) => ({ version, machineIds: machinesOf(holding) }))
    .toSorted((a, b) => b.machineIds.length - a.machineIds.length)
  const [usual, ...others] = versions
  if (usual === undefined) return []
  return others.map(({ version, machineIds }): FleetFinding => ({
    code: 'fleet.firmware-mixed',
    severity: 'warning',
    message:
      `${what} ${version} in ${machineIds.length} of ${machineCount} machines ` +
      `of shape ${shapeId}, ${usual.version} in ${usual.machineIds.length}`,
    machineIds,
  }))
}

/** Each machine once, sorted. */
function machinesOf(installed: readonly Installed[]): readonly string[] {
  return [...new Set(installed.map(({ machineId }) => machineId))].toSorted()
}
