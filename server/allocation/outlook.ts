import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import { obstacleOf } from '../machines/erase-due.ts'
import type { CandidateAvailability } from '../matching/candidate.ts'
import type { AllocationRecord, MachineRecord, ReservationRecord } from '../store/records.ts'

/** A machine that was given back is looked for after this long: power cycle, inspection, tests. */
export const turnaroundMs = 600_000

/** A machine that should be back by now is expected after this long. */
const overdueMs = 60_000

/** A window in which a machine is kept for a tenant. */
export interface Booking {
  readonly reservationId: string
  readonly tenant: string
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * When a machine may be had, as far as records tell. It changes with them and never by time alone:
 * what time does to it is {@link standingAt}.
 */
export interface Standing {
  readonly id: string
  /** Why waiting does not help; null where it does. */
  readonly obstacle: string | null
  /** Due back then; 0 for a free machine; null: nobody can tell. */
  readonly freeAtMs: number | null
  /** Who has it; null for a free machine. */
  readonly heldBy: string | null
  /** The tenant that has it; null where none has. */
  readonly heldFor: string | null
  readonly bookings: readonly Booking[]
}

/** A machine and when it may be had. */
export interface Outlook extends Standing {
  readonly attributes: AttributeValues
}

/** Who asks for machines, and for how long they would be gone at most. */
export interface Asker {
  readonly tenant: string
  /** From the match until the machine is back: hold, lease, grace and {@link turnaroundMs}. */
  readonly needMs: number
  /** Only machines of this reservation; null: any. */
  readonly reservationId: string | null
}

/** What of a machine's record its standing follows from. */
export type StandingSource = Pick<
  MachineRecord,
  'id' | 'state' | 'stateSinceMs' | 'flags' | 'eraseDue'
>

export function standingOf(
  machine: StandingSource,
  allocation: AllocationRecord | null,
  bookings: readonly Booking[],
): Standing {
  const { id, state } = machine
  const base = { id, obstacle: obstacleOf(machine), heldFor: allocation?.tenant ?? null, bookings }
  if (state === 'available') return { ...base, freeAtMs: 0, heldBy: null }
  const heldBy = allocation === null ? state : `allocation ${allocation.id}`
  return { ...base, freeAtMs: backAtMs(machine, allocation), heldBy }
}

/** Whether a machine should be back by now, or nearly so: when it will be moves on with time. */
export function isLate({ heldBy, freeAtMs }: Standing, nowMs: number): boolean {
  return heldBy !== null && freeAtMs !== null && freeAtMs < nowMs + overdueMs
}

/** A standing as it is at this moment: a machine that is late comes back soon. */
export function standingAt<S extends Standing>(standing: S, nowMs: number): S {
  return isLate(standing, nowMs) ? { ...standing, freeAtMs: nowMs + overdueMs } : standing
}

function backAtMs(machine: StandingSource, allocation: AllocationRecord | null): number | null {
  const { state, stateSinceMs } = machine
  if (state === 'enrolled' || state === 'error') return null
  const ends = allocation === null ? null : latestEndMs(allocation)
  const isLeaving = state === 'cleaning' || state === 'inspecting' || state === 'testing'
  return isLeaving || ends === null ? stateSinceMs + turnaroundMs : ends + turnaroundMs
}

/** The last moment at which an allocation may have its machines; null: it has or wants none now. */
export function latestEndMs(allocation: AllocationRecord): number | null {
  const { state, holdUntilMs, leaseUntilMs, leaseSeconds, graceSeconds } = allocation
  switch (state) {
    case 'reserved':
      return (holdUntilMs ?? 0) + (leaseSeconds + graceSeconds) * 1000
    case 'active':
    case 'expiring':
      return (leaseUntilMs ?? 0) + graceSeconds * 1000
    default:
      return null
  }
}

/** Why a machine is not for who may have those of a reservation only. */
export const notReserved = 'not in the reservation'

/** How the machine looks to an asker who would take it at `atMs`. */
export function availabilityAt(
  standing: Standing,
  asker: Asker,
  atMs: number,
): CandidateAvailability {
  const { obstacle, freeAtMs, heldBy, heldFor, bookings } = standing
  if (obstacle !== null) return { kind: 'unschedulable', reason: obstacle }
  const { reservationId } = asker
  if (reservationId !== null && !bookings.some((one) => one.reservationId === reservationId)) {
    return { kind: 'unschedulable', reason: notReserved }
  }
  if (freeAtMs === null || freeAtMs > atMs) {
    const held = { kind: 'held', by: heldBy ?? 'nobody', untilMs: freeAtMs } as const
    return heldFor === null ? held : { ...held, tenant: heldFor }
  }
  const booking = foreignBooking(bookings, asker, atMs)
  if (booking === null) return { kind: 'free' }
  return {
    kind: 'held',
    by: `reservation ${booking.reservationId} of ${booking.tenant}`,
    untilMs: booking.untilMs,
  }
}

/** The first window of another tenant that [atMs, atMs + need) would run into. */
export function foreignBooking(
  bookings: readonly Booking[],
  { tenant, needMs }: Pick<Asker, 'tenant' | 'needMs'>,
  atMs: number,
): Booking | null {
  if (bookings.length === 0) return null
  const inTheWay = bookings.filter(
    (booking) =>
      booking.tenant !== tenant && booking.fromMs < atMs + needMs && atMs < booking.untilMs,
  )
  return inTheWay.toSorted((a, b) => a.fromMs - b.fromMs)[0] ?? null
}

/** Windows by machine. */
export function bookingsByMachine(
  reservations: Iterable<ReservationRecord>,
): ReadonlyMap<string, readonly Booking[]> {
  const found = new Map<string, Booking[]>()
  for (const { id, tenant, fromMs, untilMs, machineIds } of reservations) {
    for (const machineId of machineIds) {
      const booking = { reservationId: id, tenant, fromMs, untilMs }
      const known = found.get(machineId)
      if (known === undefined) found.set(machineId, [booking])
      else known.push(booking)
    }
  }
  return found
}
