import type { Request } from '../../protocol/request.ts'
import type { FleetMatcher } from './fleet-matcher.ts'
import { availabilityAt } from './outlook.ts'
import type { Asker, Outlook } from './outlook.ts'

/** A start that can be foreseen: when, and on which machines. `atMs` null: nobody can tell when. */
export interface Foreseen {
  readonly atMs: number | null
  readonly machines: ReadonlySet<string>
}

/** Windows of reservations that are looked past before an estimate is given up. */
const windowsMaximum = 64

/**
 * The earliest start of a request, from when machines come back: the ends of leases and of windows
 * kept for others. Null where no wait helps.
 */
export function foresee(
  matcher: FleetMatcher,
  { request, ...asker }: Asker & { readonly request: Request },
  machines: readonly Outlook[],
  nowMs: number,
): Foreseen | null {
  const moments = momentsOf(machines, asker, nowMs)
  const unbooked = machines.map((machine) => ({ ...machine, bookings: ownOf(machine, asker) }))
  const placedAt = (outlooks: readonly Outlook[], atMs: number): ReadonlySet<string> | null => {
    const outcome = matcher.match(request, asker.tenant, outlooks, (machine) =>
      availabilityAt(machine, asker, atMs),
    )
    if (outcome.kind === 'unmatched') return null
    return new Set(outcome.assignments.flatMap((assignment) => assignment.machines))
  }
  // Without windows of others more machines are back at every later moment: halve.
  let low = 0
  let high = moments.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (placedAt(unbooked, moments[middle] ?? nowMs) === null) low = middle + 1
    else high = middle
  }
  for (const atMs of moments.slice(low, low + windowsMaximum)) {
    const placed = placedAt(machines, atMs)
    if (placed !== null) return { atMs, machines: placed }
  }
  // Once they are all back, whenever that is.
  const someday = unbooked.map((machine) => ({ ...machine, freeAtMs: nowMs }))
  const whenever = placedAt(someday, nowMs)
  return whenever === null ? null : { atMs: null, machines: whenever }
}

/** Now and every later moment at which something is given back, in order. */
function momentsOf(machines: readonly Outlook[], asker: Asker, nowMs: number): readonly number[] {
  const moments = new Set([nowMs])
  for (const { obstacle, freeAtMs, bookings } of machines) {
    if (obstacle !== null || freeAtMs === null) continue
    if (freeAtMs > nowMs) moments.add(freeAtMs)
    for (const { tenant, untilMs } of bookings) {
      if (tenant !== asker.tenant && untilMs > nowMs) moments.add(untilMs)
    }
  }
  return [...moments].toSorted((a, b) => a - b)
}

function ownOf({ bookings }: Outlook, { tenant }: Asker): Outlook['bookings'] {
  return bookings.length === 0 ? bookings : bookings.filter((one) => one.tenant === tenant)
}
