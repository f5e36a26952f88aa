import { AppError } from '../../protocol/errors.ts'
import { requestLimits } from '../../protocol/request/limits.ts'
import type { Domain } from '../domain.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { membersInUse, rewoken, stepAllocation } from './allocation-record.ts'
import { bookingsByMachine, foreignBooking, turnaroundMs } from './outlook.ts'

/**
 * Lets a lease end later, so long from now. Only a lease that has not ended is renewed, and not into
 * the reservation of another tenant.
 */
export async function renewAllocation(
  domain: Domain,
  work: Work,
  allocation: AllocationRecord,
  durationSeconds: number,
): Promise<AllocationRecord> {
  await work.readFleet()
  work.claimFleet()
  const nowMs = domain.clock.now()
  const { id, state, leaseUntilMs } = allocation
  if ((state !== 'active' && state !== 'expiring') || nowMs >= (leaseUntilMs ?? 0)) {
    throw new AppError(
      'conflict',
      `allocation '${id}' is '${state}', only a running lease is renewed`,
    )
  }
  if (!(durationSeconds > 0 && durationSeconds <= requestLimits.durationSeconds)) {
    throw new AppError(
      'unprocessable',
      `lease of ${durationSeconds} s is not between 1 s and ${requestLimits.durationSeconds} s`,
    )
  }
  const renewed = { ...allocation, leaseSeconds: durationSeconds }
  await refuseIntoReservation(work, renewed, nowMs)
  return work.allocations.update(
    rewoken({
      ...stepAllocation(renewed, 'renew'),
      leaseUntilMs: nowMs + durationSeconds * 1000,
    }),
  )
}

async function refuseIntoReservation(
  work: Work,
  allocation: AllocationRecord,
  nowMs: number,
): Promise<void> {
  const { tenant, leaseSeconds, graceSeconds } = allocation
  const needMs = (leaseSeconds + graceSeconds) * 1000 + turnaroundMs
  const bookings = bookingsByMachine(await work.store.reservations(nowMs))
  for (const { machineId } of membersInUse(allocation)) {
    const booking = foreignBooking(bookings.get(machineId) ?? [], { tenant, needMs }, nowMs)
    if (booking === null) continue
    const latestMs = booking.fromMs - turnaroundMs - graceSeconds * 1000
    throw new AppError(
      'conflict',
      `machine '${machineId}' is reserved from ${new Date(booking.fromMs).toISOString()}, ` +
        `the lease may end ${new Date(latestMs).toISOString()} at the latest`,
      { machineId, reservationId: booking.reservationId, latestEndMs: latestMs },
    )
  }
}
