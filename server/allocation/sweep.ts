import type { Domain } from '../domain.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { endsAtMs, noticeAtMs, stepAllocation } from './allocation-record.ts'
import { lapseAllocation, releaseAllocation } from './release.ts'

/**
 * What time alone does to an allocation: it waited too long, an unconfirmed hold lapses, the end of a
 * lease is announced, the lease and its grace end. Asked by the sweeper, and by whoever reads or
 * changes an allocation before the sweeper came.
 */
export async function sweepAllocation(domain: Domain, work: Work, id: string): Promise<void> {
  const allocation = await work.allocations.get(id)
  const { state, waitUntilMs, holdUntilMs } = allocation
  const isPast = (atMs: number | null) => atMs !== null && domain.clock.now() >= atMs
  switch (state) {
    case 'pending':
    case 'queued':
      return isPast(waitUntilMs) ? lapseAllocation(domain, work, allocation) : undefined
    case 'reserved':
      return isPast(holdUntilMs) ? lapseAllocation(domain, work, allocation) : undefined
    case 'active':
    case 'expiring':
      if (isPast(endsAtMs(allocation))) {
        await releaseAllocation(domain, work, announced(work, allocation), endReason(allocation))
      } else if (isPast(noticeAtMs(allocation))) {
        announced(work, allocation)
      }
      return
    default:
  }
}

/** The lease as `expiring`: whoever watches is told before it ends. */
function announced(work: Work, allocation: AllocationRecord): AllocationRecord {
  if (allocation.state === 'expiring') return allocation
  return work.allocations.update(stepAllocation(allocation, 'announce'))
}

function endReason({ ending, error }: AllocationRecord): string {
  return ending === 'revoked' ? (error ?? 'the lease was revoked') : 'the lease ended'
}
