import { isAmount, type Unit } from '../quantity.ts'
import { type AttributeDefinition, type MachineRecord, quantity } from './definition.ts'

/** One figure for the machine out of the results of a method on its components. */
interface Measure {
  readonly name: string
  readonly unit: Unit
  /** Without its version: figures of the newest version present are taken. */
  readonly method: string
  readonly metric: string
  /** Beginning of the components that count: `machine` measures all of it at once. */
  readonly components: 'machine' | 'cpu:' | 'node:' | 'disk:' | 'gpu:'
  /** Where several components count. */
  readonly combine: 'lowest' | 'highest'
  readonly description: string
}

const measures: readonly Measure[] = [
  {
    name: 'bench.cpu.clock',
    unit: 'Hz',
    method: 'cpu.clock',
    metric: 'effectiveClock',
    components: 'machine',
    combine: 'lowest',
    description: 'Measured clock of the CPUs under load, their mean',
  },
  {
    name: 'bench.cpu.int',
    unit: 'op/s',
    method: 'cpu.int',
    metric: 'independent',
    components: 'machine',
    combine: 'highest',
    description: 'Measured integer operations per second, all CPUs, independent operations',
  },
  {
    name: 'bench.cpu.fma',
    unit: 'FLOP/s',
    method: 'cpu.fma',
    metric: 'doubleFlops',
    components: 'machine',
    combine: 'highest',
    description: 'Measured double-precision multiply-add rate, all CPUs',
  },
  {
    name: 'bench.memory.triad',
    unit: 'B/s',
    method: 'memory.triad',
    metric: 'triadRead2Write1',
    components: 'machine',
    combine: 'highest',
    description: 'Measured memory bandwidth (STREAM triad, two reads and a write), all CPUs',
  },
  {
    name: 'bench.memory.triadStreaming',
    unit: 'B/s',
    method: 'memory.triad',
    metric: 'triadStreamingRead2Write1',
    components: 'machine',
    combine: 'highest',
    description: 'The same with stores that bypass the caches',
  },
  {
    name: 'bench.memory.latency',
    unit: 's',
    method: 'memory.latency',
    metric: 'latencyMemory',
    components: 'node:',
    combine: 'highest',
    description: 'Measured latency of a dependent load from memory, slowest NUMA node',
  },
  {
    name: 'bench.gpu.dtod',
    unit: 'B/s',
    method: 'gpu.dtod',
    metric: 'copyRead1Write1',
    components: 'gpu:',
    combine: 'lowest',
    description: 'Measured rate of a copy within the memory of a GPU, slowest GPU',
  },
  {
    name: 'bench.disk.read',
    unit: 'B/s',
    method: 'disk.read',
    metric: 'sequential1MiB',
    components: 'disk:',
    combine: 'highest',
    description: 'Measured sequential read rate of the fastest disk',
  },
  {
    name: 'bench.disk.readRate',
    unit: 'op/s',
    method: 'disk.read',
    metric: 'random4KiBDepth32',
    components: 'disk:',
    combine: 'highest',
    description: 'Measured random reads of 4 KiB per second, 32 at a time, of the fastest disk',
  },
]

/** Measured figures, the best window of each. Not known until the benchmark has run. */
export const benchmarkAttributes: readonly AttributeDefinition<MachineRecord>[] = measures.map(
  (measure) =>
    quantity(
      measure.name,
      measure.unit,
      { source: 'benchmark', nature: 'state', description: measure.description },
      (machine) => measured(measure, machine),
    ),
)

const combinations = {
  lowest: (values: readonly number[]) => Math.min(...values),
  highest: (values: readonly number[]) => Math.max(...values),
}

function measured(measure: Measure, { benchmarks }: MachineRecord): number | undefined {
  const prefix = `${measure.method}/`
  const results = benchmarks.filter(
    ({ method, component }) =>
      method.startsWith(prefix) && component.startsWith(measure.components),
  )
  const newest = Math.max(...results.map(({ method }) => Number(method.slice(prefix.length))))
  const figures = results
    .filter(({ method }) => method === `${prefix}${newest}`)
    .map(({ metrics }) => metrics[measure.metric]?.best)
    .filter((best): best is number => best !== undefined && isAmount(best, measure.unit))
  return figures.length === 0 ? undefined : combinations[measure.combine](figures)
}
