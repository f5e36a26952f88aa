import type { UsageRow } from '../store/records.ts'

/** What a tenant used counts half after this long when requests are put in order. */
export const halfLifeMs = 86_400_000

/** What is older than this counts for nothing: less than a hundredth is left of it. */
export const rememberedMs = 7 * halfLifeMs

/** Machine-seconds of each tenant, those long ago counting less. */
export function recentUsage(rows: readonly UsageRow[], nowMs: number): ReadonlyMap<string, number> {
  const used = new Map<string, number>()
  for (const { tenant, fromMs, untilMs } of rows) {
    const seconds = decayedSeconds(fromMs, untilMs ?? nowMs, nowMs)
    used.set(tenant, (used.get(tenant) ?? 0) + seconds)
  }
  return used
}

/** The integral of 2^(-age / half-life) over an interval that has passed, in seconds. */
export function decayedSeconds(fromMs: number, untilMs: number, nowMs: number): number {
  const end = Math.min(untilMs, nowMs)
  const start = Math.max(Math.min(fromMs, end), nowMs - rememberedMs)
  if (end <= start) return 0
  const left = (atMs: number) => 2 ** (-(nowMs - atMs) / halfLifeMs)
  return (((left(end) - left(start)) / Math.LN2) * halfLifeMs) / 1000
}

/** Each tenant's part of what all used, by weight: the parts are 1 together, or all 0. */
export function sharesOf(
  used: ReadonlyMap<string, number>,
  weightOf: (tenant: string) => number,
): ReadonlyMap<string, number> {
  const weighted = [...used].map(
    ([tenant, seconds]) => [tenant, seconds / weightOf(tenant)] as const,
  )
  const total = weighted.reduce((sum, [, amount]) => sum + amount, 0)
  return new Map(weighted.map(([tenant, amount]) => [tenant, total === 0 ? 0 : amount / total]))
}
