import type { AttributeValues } from '../../protocol/attributes/definition.ts'
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

/** A machine and when it may be had. */
export interface Outlook {
  readonly id: string
  readonly attributes: AttributeValues
  /** Why waiting does not help; null where it does. */
  readonly obstacle: string | null
  /** Free from then on, not after now for a free machine; null: nobody can tell. */
  readonly freeAtMs: number | null
  /** Who has it; null for a free machine. */
  readonly heldBy: string | null
  /** The tenant that has it; null where none has. */
  readonly heldFor: string | null
  readonly bookings: readonly Booking[]
}

/** Who asks for machines, and for how long they would be gone at most. */
export interface Asker {
  readonly tenant: string
  /** From the match until the machine is back: hold, lease, grace and {@link turnaroundMs}. */
  readonly needMs: number
  /** Only machines of this reservation; null: any. */
  readonly reservationId: string | null
}

export function outlookOf(
  machine: MachineRecord,
  attributes: AttributeValues,
  allocation: AllocationRecord | null,
  bookings: readonly Booking[],
  nowMs: number,
): Outlook {
  const { id, state, flags } = machine
  const base = { id, attributes, bookings }
  const obstacle = flags[0] ?? (state === 'error' ? 'error' : null)
  const heldFor = allocation?.tenant ?? null
  if (state === 'available') return { ...base, obstacle, freeAtMs: nowMs, heldBy: null, heldFor }
  const heldBy = allocation === null ? state : `allocation ${allocation.id}`
  const backMs = backAtMs(machine, allocation)
  const freeAtMs = backMs === null ? null : Math.max(backMs, nowMs + overdueMs)
  return { ...base, obstacle, freeAtMs, heldBy, heldFor }
}

function backAtMs(machine: MachineRecord, allocation: AllocationRecord | null): number | null {
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

/** How the machine looks to an asker who would take it at `atMs`. */
export function availabilityAt(
  outlook: Outlook,
  asker: Asker,
  atMs: number,
): CandidateAvailability {
  const { obstacle, freeAtMs, heldBy, heldFor, bookings } = outlook
  if (obstacle !== null) return { kind: 'unschedulable', reason: obstacle }
  const { reservationId } = asker
  if (reservationId !== null && !bookings.some((one) => one.reservationId === reservationId)) {
    return { kind: 'unschedulable', reason: 'not in the reservation' }
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
  reservations: readonly ReservationRecord[],
): ReadonlyMap<string, readonly Booking[]> {
  const found = new Map<string, Booking[]>()
  for (const { id, tenant, fromMs, untilMs, machineIds } of reservations) {
    for (const machineId of machineIds) {
      const booking = { reservationId: id, tenant, fromMs, untilMs }
      found.set(machineId, [...(found.get(machineId) ?? []), booking])
    }
  }
  return found
}
