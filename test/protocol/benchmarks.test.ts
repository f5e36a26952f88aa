import { describe, expect, test } from 'vitest'
import {
  type BenchmarkResult,
  benchmarkMethods,
  benchmarkPlanSchema,
  benchmarkResultSchema,
  benchmarkSampleSchema,
  fastPass,
} from '../../protocol/benchmarks.ts'

const conditions = { effectiveClockHz: 3e9, stealSeconds: 0, thermalThrottleCount: null }
const metric = {
  median: 1,
  mad: 0,
  best: 1,
  p10: 1,
  p90: 1,
  count: 8,
  unit: 'B/s',
  better: 'higher' as const,
}
const result: BenchmarkResult = {
  method: 'memory.triad/1',
  component: 'node:1',
  metrics: { triadRead2Write1: metric },
  parameters: { threadCount: 4, isa: 'avx2+fma', arraySizeBytes: 2 ** 27 },
  conditions: { before: conditions, after: conditions },
  checksum: '7766ed8fe9a0b065',
  noisy: false,
  reasons: [],
  elapsedSeconds: 0.8,
}
const accepts = (changes: object) =>
  benchmarkResultSchema.safeParse({ ...result, ...changes }).success

describe('a benchmark result', () => {
  test('comes through its schema unchanged', () => {
    expect(benchmarkResultSchema.parse(result)).toEqual(result)
  })

  test('is refused when a figure is no number', () => {
    expect(accepts({ metrics: { triad: { ...metric, median: Number.NaN } } })).toBe(false)
    expect(accepts({ metrics: { triad: { ...metric, best: Infinity } } })).toBe(false)
    expect(accepts({ metrics: { triad: { ...metric, count: 0 } } })).toBe(false)
  })

  test('is refused when names or counts leave their bounds', () => {
    expect(accepts({ method: 'memory.triad' })).toBe(false)
    expect(accepts({ method: `a.${'b'.repeat(70)}/1` })).toBe(false)
    expect(accepts({ component: 'disk:\u0007' })).toBe(false)
    expect(accepts({ checksum: 'CAFE' })).toBe(false)
    expect(accepts({ other: 1 })).toBe(false)
    const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`m${i}`, metric]))
    expect(accepts({ metrics: many })).toBe(false)
  })

  test('is taken from a peer that knows methods this release does not', () => {
    expect(accepts({ method: 'gpu.mma_sync_bf16/3', component: 'gpu:0', reasons: ['cold'] })).toBe(
      true,
    )
  })
})

test('every method name is one that samples may carry', () => {
  for (const method of benchmarkMethods) {
    const sample = { method, component: 'cpu:0', metric: 'chain', value: 1, unit: '1/s' }
    expect(benchmarkSampleSchema.parse({ ...sample, atSeconds: 0 }).method).toBe(method)
  }
})

test('a plan wants time, and the fast pass is one', () => {
  expect(benchmarkPlanSchema.parse(fastPass)).toEqual(fastPass)
  expect(benchmarkPlanSchema.safeParse({ methods: null, budgetSeconds: 0 }).success).toBe(false)
})
