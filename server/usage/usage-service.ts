import type { Clock } from '../../protocol/effects.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Usage } from '../../protocol/usage.ts'
import type { UsageRow } from '../store/records.ts'
import type { SchedulingStore } from '../store/scheduling-store.ts'

/** What tenants had; see `Usage`. */
export interface UsageService {
  /**
   * Over [fromMs, untilMs); `tenant` null: of all. What is still held counts until now. Throws
   * `unprocessable` for a range that is none.
   */
  report(fromMs: number, untilMs: number, tenant: string | null): Promise<Usage>
}

export function usageService(deps: {
  readonly store: Pick<SchedulingStore, 'usage'>
  readonly clock: Clock
}): UsageService {
  return {
    async report(fromMs, untilMs, tenant) {
      if (!(fromMs < untilMs)) {
        throw new AppError('unprocessable', `usage from ${fromMs} until ${untilMs} is no range`)
      }
      const rows = await deps.store.usage(fromMs, untilMs)
      const wanted = rows.filter((row) => tenant === null || row.tenant === tenant)
      return {
        fromMs,
        untilMs,
        rows: sumUsage(wanted, fromMs, Math.min(untilMs, deps.clock.now())),
      }
    },
  }
}

/** Rows by tenant and shape. Milliseconds are whole numbers, so the sums are exact. */
export function sumUsage(
  rows: readonly UsageRow[],
  fromMs: number,
  untilMs: number,
): Usage['rows'] {
  const sums = new Map<string, Sum>()
  for (const row of rows) {
    const ms = Math.min(row.untilMs ?? untilMs, untilMs) - Math.max(row.fromMs, fromMs)
    if (ms <= 0) continue
    const key = JSON.stringify([row.tenant, row.shape?.id ?? null])
    const sum = sums.get(key) ?? { row, machines: new Set<string>(), ms: 0 }
    sum.machines.add(row.machineId)
    sum.ms += ms
    sums.set(key, sum)
  }
  return [...sums.values()].toSorted(bySortKey).map(({ row: { tenant, shape }, machines, ms }) => ({
    tenant,
    shape,
    machines: machines.size,
    machineSeconds: ms / 1000,
  }))
}

interface Sum {
  readonly row: UsageRow
  readonly machines: Set<string>
  ms: number
}

function bySortKey({ row: a }: Sum, { row: b }: Sum): number {
  const [left, right] = [a, b].map(({ tenant, shape }) => [tenant, shape?.id ?? ''] as const)
  if (left === undefined || right === undefined) return 0
  if (left[0] !== right[0]) return left[0] < right[0] ? -1 : 1
  return left[1] < right[1] ? -1 : 1
}
