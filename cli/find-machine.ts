import type { MachineSummary } from '../protocol/api.ts'
import { nearestName } from '../protocol/attributes/nearest.ts'
import { AppError } from '../protocol/errors.ts'
import { machineTitle } from './format.ts'

/** Shortest beginning of an id that a list shows. */
const shortest = 8

/**
 * The machine that `wanted` names: an id or a unique beginning of one, a name, a serial number.
 * Throws `not-found` with the nearest there is, `bad-request` with the candidates of several.
 */
export function findMachine(machines: readonly MachineSummary[], wanted: string): MachineSummary {
  const word = wanted.toLowerCase()
  const found =
    only(machines.filter(({ id }) => id === word)) ??
    only(machines.filter(({ name }) => name === word)) ??
    only(machines.filter(({ claims }) => claims.systemSerial?.toLowerCase() === word)) ??
    only(machines.filter(({ id }) => word !== '' && id.startsWith(word)))
  if (found === null) throw noMachine(machines, wanted)
  if (found.length === 1 && found[0] !== undefined) return found[0]
  const shown = found.slice(0, 4).map((machine) => describe(machine, machines))
  const more = found.length > shown.length ? ` and ${found.length - shown.length} more` : ''
  throw new AppError(
    'bad-request',
    `'${wanted}' names ${found.length} machines, write more of one: ${shown.join(', ')}${more}`,
  )
}

/** The shortest beginning of each id, 8 characters or more, that no other id has. */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const sorted = ids.toSorted()
  return new Map(
    sorted.map((id, at) => {
      const shared = Math.max(sharedLength(id, sorted[at - 1]), sharedLength(id, sorted[at + 1]))
      // A beginning that ends in a dash reads like a mistake.
      const length = Math.max(shortest, shared + 1)
      return [id, id.slice(0, id[length - 1] === '-' ? length + 1 : length)]
    }),
  )
}

function sharedLength(id: string, other: string | undefined): number {
  if (other === undefined || other === id) return 0
  let length = 0
  while (length < id.length && id[length] === other[length]) length += 1
  return length
}

/** Null for none, so that the next way to name a machine is tried. */
function only(found: readonly MachineSummary[]): readonly MachineSummary[] | null {
  return found.length === 0 ? null : found
}

function noMachine(machines: readonly MachineSummary[], wanted: string): AppError {
  const names = machines.flatMap(({ id, name, claims }) => [
    ...(name === null ? [] : [name]),
    ...(claims.systemSerial === null ? [] : [claims.systemSerial]),
    id,
  ])
  const near = nearestName(wanted, names)
  const advice =
    near === null ? `'assay machines' lists all ${machines.length}` : `did you mean '${near}'`
  return new AppError('not-found', `no machine is named '${wanted}': ${advice}`)
}

function describe(machine: MachineSummary, all: readonly MachineSummary[]): string {
  const id = shortIds(all.map(({ id }) => id)).get(machine.id) ?? machine.id
  const title = machineTitle(machine)
  return title === null ? id : `${id} (${title})`
}
