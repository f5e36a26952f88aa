import { AppError } from '../../protocol/errors.ts'
import type { Domain } from '../domain.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { endsAtMs, rewoken, stepAllocation } from './allocation-record.ts'
import { releaseAllocation } from './release.ts'

export interface Revocation {
  readonly reason: string
  /** How long the holder of a lease has to leave; a hold and a place in the queue end at once. */
  readonly graceSeconds: number
}

/** An operator takes the machines back. It ends as `revoked`, or `cancelled` while it waited. */
export async function revokeAllocation(
  domain: Domain,
  work: Work,
  allocation: AllocationRecord,
  { reason, graceSeconds }: Revocation,
): Promise<AllocationRecord> {
  const nowMs = domain.clock.now()
  const revoked = { ...allocation, ending: 'revoked', error: reason } as const
  switch (allocation.state) {
    case 'pending':
    case 'queued':
      return work.allocations.update({ ...stepAllocation(allocation, 'cancel'), error: reason })
    case 'reserved':
      return releaseAllocation(domain, work, revoked, reason)
    case 'active':
    case 'expiring': {
      if (graceSeconds === 0) return releaseAllocation(domain, work, revoked, reason)
      const expiring = allocation.state === 'active' ? stepAllocation(revoked, 'announce') : revoked
      return work.allocations.update(
        rewoken({ ...expiring, ...earlierEnd(expiring, graceSeconds, nowMs) }),
      )
    }
    default:
      throw new AppError(
        'conflict',
        `allocation '${allocation.id}' is '${allocation.state}', there is nothing to revoke`,
        { state: allocation.state },
      )
  }
}

/** The lease ends now and its machines after the grace, but not later than they would have. */
function earlierEnd(
  allocation: AllocationRecord,
  graceSeconds: number,
  nowMs: number,
): Pick<AllocationRecord, 'leaseUntilMs' | 'graceSeconds'> {
  const leaseUntilMs = Math.min(allocation.leaseUntilMs ?? nowMs, nowMs)
  const endMs = Math.min(endsAtMs(allocation) ?? nowMs, nowMs + graceSeconds * 1000)
  return { leaseUntilMs, graceSeconds: (endMs - leaseUntilMs) / 1000 }
}
