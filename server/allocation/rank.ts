import type { AllocationRecord } from '../store/records.ts'

/** A tenant that used everything lately stands behind one that used nothing by so many points. */
const sharePoints = 10

/** An hour of waiting is worth a point: whoever waits long enough comes first. */
const agingMs = 3_600_000

type Waiting = Pick<AllocationRecord, 'id' | 'tenant' | 'priority' | 'createdAtMs' | 'queuedAtMs'>

/** Priority, hours waited and the tenant's share in one number, more is sooner. */
export function rankOf(
  { tenant, priority, queuedAtMs, createdAtMs }: Waiting,
  shares: ReadonlyMap<string, number>,
  nowMs: number,
): number {
  const waitedMs = Math.max(0, nowMs - (queuedAtMs ?? createdAtMs))
  return priority + waitedMs / agingMs - sharePoints * (shares.get(tenant) ?? 0)
}

/** The order of the queue: by rank, then by age, then by id. */
export function inOrder<W extends Waiting>(
  waiting: readonly W[],
  shares: ReadonlyMap<string, number>,
  nowMs: number,
): readonly W[] {
  return waiting
    .map((one) => ({ one, rank: rankOf(one, shares, nowMs) }))
    .toSorted(
      (a, b) =>
        b.rank - a.rank || a.one.createdAtMs - b.one.createdAtMs || (a.one.id < b.one.id ? -1 : 1),
    )
    .map(({ one }) => one)
}
