import type { Request } from '../../../protocol/request.ts'
import type { CandidateAvailability } from '../../matching/candidate.ts'
import type { FleetIndex } from '../../matching/index/fleet-index.ts'
import { matchIn } from '../../matching/match.ts'
import { availabilityAt } from '../outlook.ts'
import type { Asker, Standing } from '../outlook.ts'
import type { Aspect, FleetMatcher } from './fleet-matcher.ts'
import { placeable } from './placeable.ts'

/** A start that can be foreseen: when, and on which machines. `atMs` null: nobody can tell when. */
export interface Foreseen {
  readonly atMs: number | null
  readonly machines: ReadonlySet<string>
}

/** Windows of reservations that are looked past before an estimate is given up. */
const windowsMaximum = 64

/**
 * The earliest start of a request, from when machines come back: the ends of leases and of windows
 * kept for others. `changed` are machines that a plan has given away or promised, as they stand after
 * it. Null where no wait helps.
 */
export function foresee(
  matcher: FleetMatcher,
  { request, ...asker }: Asker & { readonly request: Request },
  changed: ReadonlyMap<string, Standing>,
): Foreseen | null {
  const scene = { matcher, request, asker, special: specialOf(matcher, changed) }
  const first = firstMoment(scene)
  for (const atMs of first.later.slice(0, windowsMaximum)) {
    const machines = placedAt(scene, first.eligible, atMs)
    if (machines !== null) return { atMs, machines }
  }
  // Once they are all back, whenever that is.
  const machines = placedAt(scene, first.eligible, null)
  return machines === null ? null : { atMs: null, machines }
}

interface Scene {
  readonly matcher: FleetMatcher
  readonly request: Request
  readonly asker: Asker
  /** Machines that stand in another way to this asker than the index has it. */
  readonly special: readonly Standing[]
}

function specialOf(
  matcher: FleetMatcher,
  changed: ReadonlyMap<string, Standing>,
): readonly Standing[] {
  return [...new Set([...matcher.booked, ...changed.keys()])].flatMap(
    (id) => changed.get(id) ?? matcher.standing(id) ?? [],
  )
}

/** How the fleet looks to the asker at a moment; `own`: as if nobody else had booked. */
function aspectAt({ special, asker }: Scene, atMs: number, booked: 'all' | 'own'): Aspect {
  const found = new Map<string, CandidateAvailability>()
  for (const standing of special) {
    const seen = booked === 'all' ? standing : { ...standing, bookings: ownOf(standing, asker) }
    found.set(standing.id, availabilityAt(seen, asker, atMs))
  }
  return { special: found, reservationId: asker.reservationId, counted: [] }
}

interface First {
  /** The moments from the first at which enough machines are back. */
  readonly later: readonly number[]
  /** Machines whose coming back matters; null: all. */
  readonly eligible: Int32Array | null
}

/** Without windows of others more machines are back at every later moment: halve. */
function firstMoment(scene: Scene): First {
  const { matcher, request, asker, special } = scene
  const { nowMs } = matcher
  return matcher.look(aspectAt(scene, nowMs, 'own'), (index) => {
    const question = placeable(index, request, asker.tenant)
    const returns = returnsOf(index, question.eligible)
    const moments = momentsOf(returns, special, asker, nowMs)
    using moved = new Movement(index, returns)
    let low = 0
    let high = moments.length
    while (low < high) {
      const middle = (low + high) >> 1
      moved.to(moments[middle] ?? nowMs)
      if (question.isPlaced()) high = middle
      else low = middle + 1
    }
    return { later: moments.slice(low), eligible: question.eligible }
  })
}

/** The machines of a start at a moment, or once all are back (null); null where there is none. */
function placedAt(
  scene: Scene,
  eligible: Int32Array | null,
  atMs: number | null,
): ReadonlySet<string> | null {
  const aspect =
    atMs === null ? aspectAt(scene, scene.matcher.nowMs, 'own') : aspectAt(scene, atMs, 'all')
  return scene.matcher.look(aspect, (index) => {
    using moved = new Movement(index, returnsOf(index, eligible))
    moved.to(atMs ?? Infinity)
    return placed(index, scene)
  })
}

function placed(index: FleetIndex, { request, asker }: Scene): ReadonlySet<string> | null {
  const outcome = matchIn(index, request, { tenant: asker.tenant })
  if (outcome.kind === 'unmatched') return null
  return new Set(outcome.assignments.flatMap((assignment) => assignment.machines))
}

/** A machine that is held, and until when; infinitely where nobody can tell. */
interface Return {
  readonly slot: number
  readonly untilMs: number
}

/** Held machines by the end of it, those whose end nobody knows last. */
function returnsOf(index: FleetIndex, eligible: Int32Array | null): readonly Return[] {
  const returns: Return[] = []
  for (let at = 0; at < index.wordCount; at += 1) {
    let word = (index.held.words[at] ?? 0) & (eligible === null ? -1 : (eligible[at] ?? 0))
    for (; word !== 0; word &= word - 1) {
      const slot = (at << 5) | (31 - Math.clz32(word & -word))
      const availability = index.availabilityAt(slot)
      if (availability?.kind !== 'held') continue
      returns.push({ slot, untilMs: availability.untilMs ?? Infinity })
    }
  }
  return returns.toSorted((a, b) => a.untilMs - b.untilMs || a.slot - b.slot)
}

/** Machines of an index coming back as time goes by; in the end all is as it was. */
class Movement implements Disposable {
  readonly #index: FleetIndex
  readonly #returns: readonly Return[]
  #count = 0

  constructor(index: FleetIndex, returns: readonly Return[]) {
    this.#index = index
    this.#returns = returns
  }

  [Symbol.dispose](): void {
    this.to(-Infinity)
  }

  /** Lets those be back that are held no longer than until then. */
  to(atMs: number): void {
    const { free, held } = this.#index
    for (;;) {
      const next = this.#returns[this.#count]
      if (next === undefined || next.untilMs > atMs) break
      held.delete(next.slot)
      free.add(next.slot)
      this.#count += 1
    }
    for (;;) {
      const last = this.#returns[this.#count - 1]
      if (last === undefined || last.untilMs <= atMs) break
      free.delete(last.slot)
      held.add(last.slot)
      this.#count -= 1
    }
  }
}

/** Now and every later moment at which something is given back or a window of others ends, in order. */
function momentsOf(
  returns: readonly Return[],
  special: readonly Standing[],
  { tenant }: Asker,
  nowMs: number,
): readonly number[] {
  const moments = new Set([nowMs])
  for (const { untilMs } of returns) {
    if (untilMs > nowMs && untilMs < Infinity) moments.add(untilMs)
  }
  for (const { obstacle, freeAtMs, bookings } of special) {
    if (obstacle !== null || freeAtMs === null) continue
    for (const booking of bookings) {
      if (booking.tenant !== tenant && booking.untilMs > nowMs) moments.add(booking.untilMs)
    }
  }
  return [...moments].toSorted((a, b) => a - b)
}

function ownOf({ bookings }: Standing, { tenant }: Asker): Standing['bookings'] {
  return bookings.length === 0 ? bookings : bookings.filter((one) => one.tenant === tenant)
}
