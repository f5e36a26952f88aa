import type { FleetFinding } from '../../../protocol/api.ts'
import { type FleetMember, textOf } from './fleet-member.ts'

/** What machines of one product with the same processors have equally many of. */
const counted: readonly (readonly [attribute: string, noun: string])[] = [
  ['cpu.packages', 'processor'],
  ['memory.dimmCount', 'DIMM'],
  ['storage.diskCount', 'disk'],
  ['nic.count', 'network interface'],
  ['gpu.count', 'GPU'],
]

/** Fewer machines of a kind say nothing of what is usual. */
const leastSiblings = 3

/**
 * Machines with fewer parts of a kind than their siblings: of one maker and product, with the same
 * processors, and equally many as most of them. A part that is missing makes another shape, so that
 * shapes cannot tell.
 */
export function missingParts(machines: readonly FleetMember[]): readonly FleetFinding[] {
  const families = Map.groupBy(
    machines.filter((machine) => familyOf(machine) !== null),
    (machine) => familyOf(machine) ?? '',
  )
  return [...families].flatMap(([family, siblings]) =>
    siblings.length < leastSiblings
      ? []
      : counted.flatMap(([attribute, noun]) => fewer(family, siblings, attribute, noun)),
  )
}

function familyOf({ attributes }: FleetMember): string | null {
  const product = textOf(attributes['system.product'])
  if (product === null) return null
  const maker = textOf(attributes['system.manufacturer'])
  const model = attributes['cpu.model']
  const words = [maker, product, ...(Array.isArray(model) ? model.map(String) : [])]
  return words.filter((word) => word !== null).join(' ')
}

function fewer(
  family: string,
  siblings: readonly FleetMember[],
  attribute: string,
  noun: string,
): readonly FleetFinding[] {
  const told = siblings.flatMap(({ id, attributes }) => {
    const count = attributes[attribute]
    return typeof count === 'number' ? [{ id, count }] : []
  })
  const [usual] = [...Map.groupBy(told, ({ count }) => count)].toSorted(
    ([, a], [, b]) => b.length - a.length,
  )
  // Machines that were bought with different numbers of parts have no usual one.
  if (usual === undefined || usual[1].length * 2 <= told.length) return []
  const [count, most] = usual
  return [...Map.groupBy(told, (one) => one.count)]
    .filter(([less]) => less < count)
    .map(([less, holding]): FleetFinding => ({
      code: 'fleet.parts-missing',
      severity: 'warning',
      message:
        `${less} ${noun}${less === 1 ? '' : 's'} in ${holding.length} of ${told.length} machines ` +
        `${family}, ${count} in ${most.length}`,
      machineIds: holding.map(({ id }) => id).toSorted(),
    }))
}
