import assert from 'node:assert/strict'
import type { CreateReservation, ReservationTarget } from '../../protocol/reservations.ts'
import { parseRequest } from '../../protocol/request.ts'
import type { Request } from '../../protocol/request.ts'
import { expressionToJson } from '../../protocol/request/expression.ts'
import type { ProfileLookup } from '../../protocol/request/profile.ts'
import { candidateOf } from '../allocation/fleet-matcher.ts'
import type { Outlook } from '../allocation/outlook.ts'
import type { Candidate, CandidateAvailability } from '../matching/candidate.ts'
import { match } from '../matching/match.ts'

/** A window for a tenant, and the reservation it is of, which is not in its own way. */
export interface Window {
  readonly reservationId: string
  readonly tenant: string
  readonly fromMs: number
  readonly untilMs: number
}

/** Machines that are looked at one by one where there are not enough for all. */
const singlesMaximum = 256

/**
 * The machines that a reservation keeps: those it has, as far as they still serve, and others in
 * place of the rest. Fewer than wanted where there are not enough.
 */
export function pinMachines(
  target: Extract<ReservationTarget, { kind: 'match' }>,
  window: Window,
  machines: readonly Outlook[],
  held: readonly string[],
): readonly string[] {
  const one = requestFor(target.match, 1)
  const candidates = machines.map((machine) => candidateIn(machine, window))
  const fits = (candidate: Candidate) => match(one, [candidate]).kind === 'matched'
  const kept = candidates.filter(({ id }) => held.includes(id)).filter(fits)
  const wanted = target.count - kept.length
  if (wanted <= 0) return kept.slice(0, target.count).map(({ id }) => id)
  const others = candidates.filter(({ id }) => !held.includes(id))
  const found = match(requestFor(target.match, wanted), others)
  const ids =
    found.kind === 'matched'
      ? found.assignments.flatMap((assignment) => assignment.machines)
      : others
          .filter(({ availability }) => availability.kind === 'free')
          .slice(0, singlesMaximum)
          .filter(fits)
          .slice(0, wanted)
          .map(({ id }) => id)
  return [...kept.map(({ id }) => id), ...ids].toSorted()
}

/** The condition of a reservation, checked. Throws `unprocessable` for what is none. */
export function requestFor(condition: unknown, count: number): Request {
  return parseRequest(wanting({ match: condition }, count))
}

/** What a reservation wants, with the conditions of its profile in it. Throws `unprocessable`. */
export function resolveTarget(
  { count, match = {}, profile }: Extract<CreateReservation['target'], { kind: 'match' }>,
  profiles: ProfileLookup,
): Extract<ReservationTarget, { kind: 'match' }> {
  if (profile === undefined) {
    requestFor(match, count)
    return { kind: 'match', count, match }
  }
  const [role] = parseRequest(wanting({ match, profile }, count), profiles).roles
  assert(role, 'a request has the roles that it was given')
  return { kind: 'match', count, match: { ...expressionToJson(role.match) } }
}

function wanting(hardware: object, count: number) {
  return { roles: [{ name: 'reserved', count, ...hardware }], lease: { duration: '1h' } }
}

/** A machine as it looks to a reservation: free where nobody else has it in the window. */
function candidateIn(machine: Outlook, window: Window): Candidate {
  return candidateOf(machine.id, machine.attributes, availabilityIn(machine, window))
}

function availabilityIn(machine: Outlook, window: Window): CandidateAvailability {
  const { obstacle, bookings } = machine
  if (obstacle !== null) return { kind: 'unschedulable', reason: obstacle }
  const rival = bookings.find(
    (booking) =>
      booking.reservationId !== window.reservationId &&
      booking.fromMs < window.untilMs &&
      window.fromMs < booking.untilMs,
  )
  if (rival !== undefined) {
    return { kind: 'held', by: `reservation ${rival.reservationId}`, untilMs: rival.untilMs }
  }
  if (machine.freeAtMs === null) {
    return { kind: 'held', by: machine.heldBy ?? 'nobody', untilMs: null }
  }
  return intrusionOf(machine, window) ?? { kind: 'free' }
}

/** Somebody else's lease that runs into the window; null where there is none. */
export function intrusionOf(
  { heldBy, heldFor, freeAtMs }: Outlook,
  { tenant, fromMs }: Pick<Window, 'tenant' | 'fromMs'>,
): Extract<CandidateAvailability, { kind: 'held' }> | null {
  if (heldFor === null || heldFor === tenant) return null
  if (freeAtMs !== null && freeAtMs <= fromMs) return null
  return { kind: 'held', by: heldBy ?? heldFor, untilMs: freeAtMs }
}
