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

/** The record with its next wake-up: the end of its hold or of its lease. */
export function rewoken(allocation: AllocationRecord): AllocationRecord {
  const { state, holdUntilMs, leaseUntilMs } = allocation
  if (state === 'reserved') return { ...allocation, wakeAtMs: holdUntilMs }
  if (state === 'active') return { ...allocation, wakeAtMs: leaseUntilMs }
  return { ...allocation, wakeAtMs: null }
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
