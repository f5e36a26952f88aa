import type { BenchmarkMetric } from '../benchmarks.ts'
import type { Unit } from '../quantity.ts'
import { type AttributeDefinition, type MachineRecord, quantity } from './definition.ts'

/** One figure for the machine out of the results of a method on its components. */
interface Measure {
  readonly name: string
  readonly unit: Unit
  /** Without its version: figures of the newest version present are taken. */
  readonly method: string
  /** The first of these metrics that a result has. */
  readonly metrics: readonly string[]
  /** Over the components, where no result is for the machine as a whole. */
  readonly combine: keyof typeof combinations
  readonly description: string
}

const combinations = {
  sum: (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0),
  lowest: (values: readonly number[]) => Math.min(...values),
  highest: (values: readonly number[]) => Math.max(...values),
}

const measures: readonly Measure[] = [
  {
    name: 'bench.cpu.clock',
    unit: 'Hz',
    method: 'cpu.clock',
    metrics: ['effectiveClock'],
    combine: 'lowest',
    description: 'Measured clock of the slowest CPU measured',
  },
  {
    name: 'bench.cpu.int',
    unit: 'op/s',
    method: 'cpu.int',
    metrics: ['independent'],
    combine: 'sum',
    description: 'Measured integer operations per second, independent operations',
  },
  {
    name: 'bench.cpu.fma',
    unit: 'FLOP/s',
    method: 'cpu.fma',
    metrics: ['doubleFlops'],
    combine: 'sum',
    description: 'Measured double-precision multiply-add rate',
  },
  {
    name: 'bench.memory.triad',
    unit: 'B/s',
    method: 'memory.triad',
    metrics: ['triad'],
    combine: 'sum',
    description: 'Measured memory bandwidth (STREAM triad), all NUMA nodes together',
  },
  {
    name: 'bench.memory.latency',
    unit: 's',
    method: 'memory.latency',
    metrics: ['latency'],
    combine: 'highest',
    description: 'Measured latency of a dependent load from memory, slowest node',
  },
  {
    name: 'bench.disk.read',
    unit: 'B/s',
    method: 'disk.read',
    metrics: ['sequential'],
    combine: 'highest',
    description: 'Measured sequential read rate of the fastest disk',
  },
  {
    name: 'bench.disk.readRate',
    unit: 'op/s',
    method: 'disk.read',
    metrics: ['random'],
    combine: 'highest',
    description: 'Measured random reads of 4 KiB per second of the fastest disk',
  },
]

/** Measured figures. Not known until the benchmark has run. */
export const benchmarkAttributes: readonly AttributeDefinition<MachineRecord>[] = measures.map(
  (measure) =>
    quantity(
      measure.name,
      measure.unit,
      { source: 'benchmark', nature: 'state', description: measure.description },
      (machine) => measured(measure, machine),
    ),
)

function measured(measure: Measure, { benchmarks }: MachineRecord): number | undefined {
  const prefix = `${measure.method}/`
  const versions = benchmarks
    .filter((result) => result.method.startsWith(prefix))
    .map((result) => Number(result.method.slice(prefix.length)))
  const newest = `${prefix}${Math.max(...versions)}`
  const figures = benchmarks
    .filter((result) => result.method === newest)
    .flatMap(({ component, metrics }) => {
      const metric = firstMetric(metrics, measure.metrics)
      return metric === null ? [] : [{ component, best: metric.best }]
    })
  const whole = figures.find((figure) => figure.component === 'machine')
  if (whole !== undefined) return whole.best
  const values = figures.map((figure) => figure.best)
  if (values.length === 0) return undefined
  return combinations[measure.combine](values)
}

function firstMetric(
  metrics: Readonly<Record<string, BenchmarkMetric>>,
  names: readonly string[],
): BenchmarkMetric | null {
  for (const name of names) {
    const metric = metrics[name]
    if (metric !== undefined) return metric
  }
  return null
}
