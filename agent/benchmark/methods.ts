import type { BenchmarkMethod, BenchmarkMetric } from '../../protocol/benchmarks.ts'

/** What a method's figures are, and how steady they must be. */
export interface MethodDefinition {
  /** Mode of the helper. */
  readonly mode: string
  /** Metrics whose name begins so have this unit; the first that fits counts. */
  readonly metrics: readonly MetricDefinition[]
  /** A larger {@link spreadRatio} makes the result noisy. */
  readonly spreadLimitRatio: number
  /** Reads of the effective clock before and after say whether the CPU was itself. */
  readonly watchesClock: boolean
}

export interface MetricDefinition {
  readonly prefix: string
  readonly suffix?: string
  readonly unit: string
  readonly better: BenchmarkMetric['better']
  /** One figure for the whole run and not one a window: its spread is not known. */
  readonly single?: boolean
}

/** The methods by name. */
export const methodDefinitions: Readonly<Record<BenchmarkMethod, MethodDefinition>> = {
  'cpu.clock/1': {
    mode: 'cpu.clock',
    metrics: [{ prefix: 'effectiveClock', unit: 'Hz', better: 'higher' }],
    spreadLimitRatio: 0.03,
    watchesClock: false,
  },
  'cpu.int/1': {
    mode: 'cpu.int',
    metrics: [
      { prefix: 'chain', unit: '1/s', better: 'higher' },
      { prefix: 'independent', unit: '1/s', better: 'higher' },
    ],
    spreadLimitRatio: 0.03,
    watchesClock: true,
  },
  'cpu.fma/1': {
    mode: 'cpu.fma',
    metrics: [{ prefix: 'doubleFlops', unit: 'FLOP/s', better: 'higher' }],
    spreadLimitRatio: 0.03,
    watchesClock: true,
  },
  'memory.triad/1': {
    mode: 'memory.triad',
    metrics: [{ prefix: 'triad', unit: 'B/s', better: 'higher' }],
    spreadLimitRatio: 0.05,
    watchesClock: true,
  },
  'memory.latency/1': {
    mode: 'memory.latency',
    metrics: [{ prefix: 'latency', unit: 's', better: 'lower' }],
    spreadLimitRatio: 0.05,
    watchesClock: true,
  },
  'disk.read/1': {
    mode: 'disk.read',
    metrics: [
      { prefix: 'sequential', unit: 'B/s', better: 'higher' },
      { prefix: 'random', suffix: 'LatencyP50', unit: 's', better: 'lower', single: true },
      { prefix: 'random', suffix: 'LatencyP99', unit: 's', better: 'lower', single: true },
      { prefix: 'random', unit: '1/s', better: 'higher' },
    ],
    spreadLimitRatio: 0.05,
    watchesClock: false,
  },
}

/** The definition of a metric the helper named; null when the method has no such metric. */
export function findMetric(method: BenchmarkMethod, name: string): MetricDefinition | null {
  return (
    methodDefinitions[method].metrics.find(
      ({ prefix, suffix = '' }) => name.startsWith(prefix) && name.endsWith(suffix),
    ) ?? null
  )
}
