import assert from 'node:assert/strict'
import type { CreateReservation, ReservationTarget } from '../../protocol/reservations.ts'
import { parseRequest } from '../../protocol/request.ts'
import type { Request } from '../../protocol/request.ts'
import { expressionToJson } from '../../protocol/request/expression.ts'
import type { ProfileLookup } from '../../protocol/request/profile.ts'
import type { Standing } from '../allocation/outlook.ts'
import type { Domain } from '../domain.ts'
import type { CandidateAvailability } from '../matching/candidate.ts'

/** A window for a tenant, and the reservation it is of, which is not in its own way. */
export interface Window {
  readonly reservationId: string
  readonly tenant: string
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * The machines that a reservation keeps: those it has, as far as they still serve, and others in
 * place of the rest. Fewer than wanted where there are not enough. The picture is up to date.
 */
export async function pinMachines(
  { picture, planner }: Pick<Domain, 'picture' | 'planner'>,
  { match, count }: Extract<ReservationTarget, { kind: 'match' }>,
  window: Window,
  nowMs: number,
  held: readonly string[],
): Promise<readonly string[]> {
  const question = { kind: 'pin', nowMs, match, count, window, held } as const
  const { answer } = await planner.ask(picture, question)
  assert(answer.kind === 'pin', 'an answer is of the kind of its question')
  return answer.machines
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

/** How a machine looks to a reservation: free where nobody else has it in the window. */
export function availabilityIn(machine: Standing, window: Window): CandidateAvailability {
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
  { heldBy, heldFor, freeAtMs }: Standing,
  { tenant, fromMs }: Pick<Window, 'tenant' | 'fromMs'>,
): Extract<CandidateAvailability, { kind: 'held' }> | null {
  if (heldFor === null || heldFor === tenant) return null
  if (freeAtMs !== null && freeAtMs <= fromMs) return null
  return { kind: 'held', by: heldBy ?? heldFor, untilMs: freeAtMs }
}
