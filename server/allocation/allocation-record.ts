import { AppError } from '../../protocol/errors.ts'
import { allocationTransitions, nextState } from '../../protocol/states.ts'
import type { AllocationAction } from '../../protocol/states.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'

/** The allocation after an action; throws `conflict` where the table has no such step. */
export function stepAllocation(
  allocation: AllocationRecord,
  action: AllocationAction,
): AllocationRecord {
  const state = nextState(allocationTransitions[action], allocation.state)
  if (state === null) {
    const wanted = allocationTransitions[action].from.join(', ')
    throw new AppError(
      'conflict',
      `allocation '${allocation.id}' is '${allocation.state}', '${action}' wants it ${wanted}`,
      { state: allocation.state, action },
    )
  }
  return rewoken({ ...allocation, state })
}

/** The record with its next wake-up: when it gives up waiting, or its hold or its lease ends. */
export function rewoken(allocation: AllocationRecord): AllocationRecord {
  return { ...allocation, wakeAtMs: wakeAtMs(allocation) }
}

function wakeAtMs(allocation: AllocationRecord): number | null {
  switch (allocation.state) {
    case 'pending':
    case 'queued':
      return allocation.waitUntilMs
    case 'reserved':
      return allocation.holdUntilMs
    case 'active':
      return noticeAtMs(allocation)
    case 'expiring':
      return endsAtMs(allocation)
    default:
      return null
  }
}

/** From then on the lease is `expiring`; null before its confirmation. */
export function noticeAtMs(allocation: AllocationRecord): number | null {
  const { leaseUntilMs, noticeSeconds } = allocation
  return leaseUntilMs === null ? null : leaseUntilMs - noticeSeconds * 1000
}

/** The machines are taken back then; null before confirmation. */
export function endsAtMs({ leaseUntilMs, graceSeconds }: AllocationRecord): number | null {
  return leaseUntilMs === null ? null : leaseUntilMs + graceSeconds * 1000
}

/** Members that are the tenant's now: held, and not given back. */
export function membersInUse({ members }: AllocationRecord): AllocationRecord['members'] {
  return members.filter(({ held, givenBackAtMs }) => held && givenBackAtMs === null)
}

/** An allocation by id, as a client names it; `generation` null: whatever it is. */
export async function findAllocation(
  work: Work,
  id: string,
  generation: number | null,
): Promise<AllocationRecord> {
  const allocation = await work.allocations.find(id)
  if (allocation === null) throw new AppError('not-found', `no allocation has the id '${id}'`)
  if (generation !== null && generation !== allocation.generation) {
    throw new AppError(
      'precondition-failed',
      `allocation '${id}' is at generation ${allocation.generation}, not at ${generation}`,
      { generation: allocation.generation },
    )
  }
  return allocation
}
