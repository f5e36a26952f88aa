import assert from 'node:assert/strict'
import type { BenchmarkMetric } from '../../protocol/benchmarks.ts'

/** Scales a median absolute deviation to the standard deviation of a normal distribution. */
const madToDeviation = 1.4826

/** Median, spread and extremes of finite values, of which there must be at least one. */
export function summarize(
  values: readonly number[],
  unit: string,
  better: BenchmarkMetric['better'],
): BenchmarkMetric {
  const sorted = sortedFinite(values)
  const median = quantile(sorted, 0.5)
  return {
    median,
    mad: quantile(sortedFinite(sorted.map((value) => Math.abs(value - median))), 0.5),
    best: quantile(sorted, better === 'higher' ? 1 : 0),
    p10: quantile(sorted, 0.1),
    p90: quantile(sorted, 0.9),
    count: sorted.length,
    unit,
    better,
  }
}

/**
 * The value below which a share of the values lies, between two neighbours by straight line
 * (Hyndman and Fan's type 7). `sorted` ascends and is not empty.
 */
export function quantile(sorted: readonly number[], share: number): number {
  assert(share >= 0 && share <= 1, `share ${share} is not from 0 to 1`)
  const position = share * (sorted.length - 1)
  const below = sorted[Math.floor(position)]
  const above = sorted[Math.ceil(position)]
  assert(below !== undefined && above !== undefined, 'no value to take a quantile of')
  // Weighted in the form that keeps a constant list constant and never leaves [below, above].
  const between = below + (above - below) * (position - Math.floor(position))
  return Math.min(Math.max(between, below), above)
}

/** The spread as a share of the median: a robust coefficient of variation. */
export function spreadRatio(metric: BenchmarkMetric): number {
  return metric.mad === 0 ? 0 : (madToDeviation * metric.mad) / Math.abs(metric.median)
}

/** The value that most of the list holds; the first of them on a tie, null of an empty list. */
export function majority<T>(values: readonly T[]): T | null {
  const counts = new Map<T, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let leader: T | null = null
  let votes = 0
  for (const [value, count] of counts) {
    if (count <= votes) continue
    leader = value
    votes = count
  }
  return leader
}

function sortedFinite(values: readonly number[]): readonly number[] {
  assert(
    values.every((value) => Number.isFinite(value)),
    'statistics want finite values',
  )
  return [...values].sort((a, b) => a - b)
}
