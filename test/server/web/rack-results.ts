import type { BenchmarkResult } from '../../../protocol/benchmarks.ts'

/** Figures of such a machine; `factor` makes one slower or faster than its peers. */
export function rackResults(factor = 1): readonly BenchmarkResult[] {
  return [
    result('cpu.clock/1', 'machine', 'effectiveClock', 3.4e9 * factor, 'Hz', 0.002),
    result('cpu.fma/1', 'machine', 'doubleFlops', 2.9e12 * factor, 'FLOP/s', 0.006),
    result('memory.triad/1', 'machine', 'triadRead2Write1', 412e9 * factor, 'B/s', 0.011),
    result('memory.latency/1', 'node:0', 'latencyMemory', 96e-9 / factor, 's', 0.02),
    result('memory.latency/1', 'node:1', 'latencyMemory', 99e-9 / factor, 's', 0.055),
    result('disk.read/1', 'disk:NVME', 'sequential1MiB', 6.8e9 * factor, 'B/s', 0.017),
  ]
}

function result(
  method: string,
  component: string,
  metric: string,
  median: number,
  unit: string,
  spread: number,
): BenchmarkResult {
  const conditions = { effectiveClockHz: 3.4e9, stealSeconds: 0, thermalThrottleCount: 0 }
  const isTime = unit === 's'
  return {
    method,
    component,
    metrics: {
      [metric]: {
        median,
        mad: median * spread * 0.6,
        best: median * (isTime ? 1 - spread : 1 + spread),
        p10: median * (1 - spread),
        p90: median * (1 + spread),
        count: 9,
        unit,
        better: isTime ? 'lower' : 'higher',
      },
    },
    parameters: {},
    conditions: { before: conditions, after: conditions },
    checksum: '0123456789abcdef',
    noisy: spread > 0.05,
    reasons: spread > 0.05 ? ['spread'] : [],
    elapsedSeconds: 1,
  }
}
