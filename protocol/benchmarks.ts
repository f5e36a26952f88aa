import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'

/**
 * What a machine is worth, measured. Figures are in SI base units (`B/s`, `1/s`, `Hz`, `s`,
 * `FLOP/s`), and a metric that counts bytes says in its name which ones. A method whose loops change
 * gets a new version, because its figures no longer compare.
 */

/** Methods of this release. A peer of another release may name others. */
export const benchmarkMethods = [
  'cpu.clock/1',
  'cpu.int/1',
  'cpu.fma/1',
  'memory.triad/1',
  'memory.latency/1',
  'disk.read/1',
] as const

/** One of {@link benchmarkMethods}. */
export type BenchmarkMethod = (typeof benchmarkMethods)[number]

const method = z
  .string()
  .max(64)
  .regex(/^[a-z0-9_]+(\.[a-z0-9_]+)*\/[1-9][0-9]*$/, 'wanted a method like memory.triad/1')

/** `machine`, `cpu:0`, `node:1`, `disk:<serial>`. */
const component = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}]+$/u)

const metricName = z.string().regex(/^[a-z][A-Za-z0-9]{0,63}$/)
const unit = z.string().min(1).max(16)

/** One window of a running benchmark; for watching, not for judging. */
export const benchmarkSampleSchema = z.strictObject({
  method,
  component,
  metric: metricName,
  value: z.number(),
  unit,
  /** Since the benchmark began to measure. */
  atSeconds: z.number().min(0),
})

/** See {@link benchmarkSampleSchema}. */
export type BenchmarkSample = Frozen<z.infer<typeof benchmarkSampleSchema>>

/** All windows of one metric. Judge on `median`, match on `best`: it repeats most closely. */
export const benchmarkMetricSchema = z.strictObject({
  median: z.number(),
  /** Median of the absolute distances from the median, in the metric's unit; not scaled. */
  mad: z.number().min(0),
  best: z.number(),
  p10: z.number(),
  p90: z.number(),
  /** Windows, or CPUs where the metric's name ends in `PerCpu`. */
  count: z.int().min(1),
  unit,
  better: z.enum(['higher', 'lower']),
})

/** See {@link benchmarkMetricSchema}. */
export type BenchmarkMetric = Frozen<z.infer<typeof benchmarkMetricSchema>>

/** Counters and clocks read at one moment. */
export const benchmarkConditionsSchema = z.strictObject({
  /** Measured by dependent additions on one CPU; null when it was not measured here. */
  effectiveClockHz: z.number().positive().nullable(),
  /** Seconds the hypervisor took from all CPUs together, since boot (/proc/stat). */
  stealSeconds: z.number().min(0).nullable(),
  /** Thermal throttling events of cores and packages since boot; null: the CPU has no counters. */
  thermalThrottleCount: z.int().min(0).nullable(),
})

/** See {@link benchmarkConditionsSchema}. */
export type BenchmarkConditions = Frozen<z.infer<typeof benchmarkConditionsSchema>>

/** Why a result is not to be trusted as a figure of the hardware. */
export const noiseReasons = [
  /** The windows differ too much from each other. */
  'spread',
  /** Too few windows to know the spread. */
  'few-windows',
  /** A hypervisor took time away. */
  'steal',
  /** A thermal throttling counter moved. */
  'throttled',
  /** The effective clock was lower after than before. */
  'clock-fell',
  /** The arrays are too small for the caches: part of the figure is theirs. */
  'small-arrays',
] as const

/** See {@link noiseReasons}. */
export type NoiseReason = (typeof noiseReasons)[number]

/** The outcome of one method on one component; the latest one of a pair replaces the one before. */
export const benchmarkResultSchema = z.strictObject({
  method,
  component,
  metrics: z
    .record(metricName, benchmarkMetricSchema)
    .refine((metrics) => Object.keys(metrics).length <= 64, 'wanted at most 64 metrics'),
  /** What the figures depend on: threads, instruction set, sizes, page policy, engine. */
  parameters: z
    .record(metricName, z.union([z.string().max(256), z.number(), z.boolean()]))
    .refine((names) => Object.keys(names).length <= 32, 'wanted at most 32 parameters'),
  conditions: z.strictObject({
    before: benchmarkConditionsSchema,
    after: benchmarkConditionsSchema,
  }),
  /**
   * Equal on all CPUs and machines for equal parameters, otherwise something computed wrong. Of
   * `disk.read` it is that of the first MiB, equal while nobody writes there.
   */
  checksum: z.string().regex(/^[0-9a-f]{16}$/),
  noisy: z.boolean(),
  reasons: z.array(z.string().min(1).max(32)).max(16),
  /** Of measuring, without preparation. */
  elapsedSeconds: z.number().min(0),
})

/** See {@link benchmarkResultSchema}. */
export type BenchmarkResult = Frozen<z.infer<typeof benchmarkResultSchema>>

/** What the server asks for. */
export const benchmarkPlanSchema = z.strictObject({
  /** Null: all that the agent has. Names the agent does not know are left out. */
  methods: z.array(method).max(64).nullable(),
  /** For the whole pass, preparation included. */
  budgetSeconds: z.number().positive().max(86_400),
})

/** See {@link benchmarkPlanSchema}. */
export type BenchmarkPlan = Frozen<z.infer<typeof benchmarkPlanSchema>>

/** The pass a machine gets after its discovery: below 8 seconds on a small virtual machine. */
export const fastPass: BenchmarkPlan = { methods: null, budgetSeconds: 5 }
