import type {
  BenchmarkConditions,
  BenchmarkMetric,
  BenchmarkResult,
} from '../../protocol/benchmarks.ts'
import { DecodeError } from '../../protocol/errors.ts'
import type { HelperResult, HelperSample } from './helper-output.ts'
import { findMetric, type MetricDefinition, methodDefinitions } from './methods.ts'
import { judgeNoise } from './noise.ts'
import type { BenchmarkJob } from './plan.ts'
import { majority, summarize } from './statistics.ts'

/** All that one run of the helper left behind. */
export interface RunRecord {
  readonly job: BenchmarkJob
  readonly samples: readonly HelperSample[]
  readonly helper: HelperResult
  readonly before: BenchmarkConditions
  readonly after: BenchmarkConditions
  /** Wall time between the two conditions. */
  readonly betweenSeconds: number
}

/** The result of a run. Throws DecodeError when the helper named a metric its method has not. */
export function summarizeRun(record: RunRecord): BenchmarkResult {
  const { job, helper, before, after } = record
  const windows = windowMetrics(record)
  const reasons = [
    ...job.caveats,
    ...judgeNoise({
      windowed: windows.filter(({ single }) => !single).map(({ metric }) => metric),
      spreadLimitRatio: methodDefinitions[job.method].spreadLimitRatio,
      before,
      after,
      betweenSeconds: record.betweenSeconds,
      cpuCount: job.cpus.length,
    }),
  ]
  return {
    method: job.method,
    component: job.component,
    metrics: Object.fromEntries([
      ...windows.map(({ name, metric }) => [name, metric] as const),
      ...perCpuMetrics(record),
    ]),
    parameters: helper.parameters,
    conditions: { before, after },
    checksum: agreedChecksum(helper),
    noisy: reasons.length > 0,
    reasons,
    elapsedSeconds: helper.elapsedSeconds,
  }
}

/** CPUs that computed something else than the rest, or than themselves a moment before. */
export function corruptCpus(helper: HelperResult): readonly number[] {
  const agreed = agreedChecksum(helper)
  return helper.workers
    .filter(({ checksum, mismatchCount }) => checksum !== agreed || mismatchCount > 0)
    .map(({ cpu }) => cpu)
}

function agreedChecksum(helper: HelperResult): string {
  return majority(helper.workers.map(({ checksum }) => checksum)) ?? helper.checksum
}

function windowMetrics({ job, samples }: RunRecord) {
  const valuesByName = new Map<string, number[]>()
  for (const { metric, value } of samples) {
    const values = valuesByName.get(metric)
    if (values === undefined) valuesByName.set(metric, [value])
    else values.push(value)
  }
  return [...valuesByName].map(([name, values]) => {
    const { unit, better, single = false } = definitionOf(job, name)
    return { name, single, metric: summarize(values, unit, better) }
  })
}

/** How far the CPUs of a run lie apart: the slow core shows here and not in the sum. */
function perCpuMetrics({
  job,
  helper,
}: RunRecord): readonly (readonly [string, BenchmarkMetric])[] {
  const [first] = helper.workers
  if (first === undefined || helper.workers.length < 2) return []
  return Object.keys(first.rates).map((name) => {
    const { unit, better } = definitionOf(job, name)
    const rates = helper.workers
      .map(({ rates }) => rates[name])
      .filter((rate) => rate !== undefined)
    return [`${name}PerCpu`, summarize(rates, unit, better)] as const
  })
}

function definitionOf(job: BenchmarkJob, name: string): MetricDefinition {
  const definition = findMetric(job.method, name)
  if (definition !== null) return definition
  throw new DecodeError(
    `Cannot take the helper's metric '${name}': ${job.method} has none so named`,
  )
}
