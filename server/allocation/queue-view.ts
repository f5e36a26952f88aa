import type { QueueEntry, QueuePlace } from '../../protocol/queue.ts'
import type { Domain } from '../domain.ts'
import type { AllocationRecord } from '../store/records.ts'
import { Work } from '../store/work.ts'
import { planQueue } from './plan.ts'
import { rankOf } from './rank.ts'
import { askOf, readScene } from './read-fleet.ts'

/** Places whose start is estimated: further down there is nothing worth saying. */
const estimatesMaximum = 32

/** The queue as it stands, in its order. Reads only. */
export async function viewQueue(domain: Domain): Promise<readonly QueueEntry[]> {
  const { queue, shares, ...fleet } = await readScene(domain, new Work(domain.store))
  const asks = queue.flatMap((allocation) => askOf(allocation) ?? [])
  const verdicts = new Map(
    planQueue(fleet, asks, { estimates: estimatesMaximum, until: null }).map((verdict) => [
      verdict.ask.id,
      verdict,
    ]),
  )
  return queue.map((allocation, index) => {
    const { id, owner, tenant, priority, createdAtMs, queuedAtMs, waitUntilMs } = allocation
    const verdict = verdicts.get(id)
    const stand =
      verdict?.kind === 'wait'
        ? {
            estimatedStartAtMs: verdict.estimatedStartAtMs,
            waitsFor: verdict.waitsFor,
            reason: verdict.reason,
          }
        : {
            estimatedStartAtMs: verdict === undefined ? null : fleet.nowMs,
            waitsFor: 'turn' as const,
            reason: verdict === undefined ? 'many wait before it' : 'it starts any moment',
          }
    return {
      allocationId: id,
      owner,
      tenant,
      priority,
      queuedAtMs: queuedAtMs ?? createdAtMs,
      waitUntilMs,
      position: index + 1,
      of: queue.length,
      rank: rankOf(allocation, shares, fleet.nowMs),
      ...stand,
    }
  })
}

/** The place of one allocation; null where it does not wait. */
export function placeOf(
  queue: readonly QueueEntry[],
  { id }: Pick<AllocationRecord, 'id'>,
): QueuePlace | null {
  const entry = queue.find(({ allocationId }) => allocationId === id)
  if (entry === undefined) return null
  const { position, of, rank, estimatedStartAtMs, waitsFor, reason } = entry
  return { position, of, rank, estimatedStartAtMs, waitsFor, reason }
}
