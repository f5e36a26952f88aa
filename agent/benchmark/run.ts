import type { BenchmarkResult, BenchmarkSample } from '../../protocol/benchmarks.ts'
import { errorChain } from '../../protocol/errors.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import { type ConditionsHost, readConditions } from './conditions.ts'
import type { HelperSample } from './helper-output.ts'
import { findMetric, methodDefinitions } from './methods.ts'
import type { BenchmarkJob } from './plan.ts'
import {
  type HelperDependencies,
  helperFaults,
  type HelperOutcome,
  runHelper,
} from './run-helper.ts'
import { corruptCpus, summarizeRun } from './summarize.ts'

export interface BenchmarkDependencies extends HelperDependencies {
  readonly host: ConditionsHost
}

/** What a pass tells while it runs; each is the body of a report to the server. */
export type BenchmarkEvent =
  | { readonly kind: 'sample'; readonly sample: BenchmarkSample }
  | { readonly kind: 'result'; readonly result: BenchmarkResult }
  | { readonly kind: 'finding'; readonly finding: Finding }

/** A watcher wants movement, not every window. */
const sampleIntervalMs = 200
/** The best of five short windows: an interruption spoils one of them. */
const clockProbe = ['seconds=0.01', 'windowSeconds=0.002', 'warmupSeconds=0.01']

/**
 * Runs jobs step by step; every job ends in one result or one finding, whatever happens to it.
 * Rejects only when the signal aborts, with its reason, after the helpers were killed.
 */
export async function runBenchmarks(
  dependencies: BenchmarkDependencies,
  jobs: readonly BenchmarkJob[],
  emit: (event: BenchmarkEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const step of new Set(jobs.map(({ step }) => step))) {
    signal.throwIfAborted()
    const together = jobs.filter((job) => job.step === step)
    await Promise.all(together.map(async (job) => runJob(dependencies, job, emit, signal)))
  }
}

async function runJob(
  dependencies: BenchmarkDependencies,
  job: BenchmarkJob,
  emit: (event: BenchmarkEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (const event of await measure(dependencies, job, emit, signal)) emit(event)
  } catch (error) {
    signal.throwIfAborted()
    emit(findingOf(job, 'failed', errorChain(error)))
  }
}

/** Runs one job and gives what is to be said of it in the end; samples are emitted on the way. */
async function measure(
  dependencies: BenchmarkDependencies,
  job: BenchmarkJob,
  emit: (event: BenchmarkEvent) => void,
  signal: AbortSignal,
): Promise<readonly BenchmarkEvent[]> {
  const { clock, host } = dependencies
  const conditions = async () =>
    readConditions(host, job.cpus, await measureClock(dependencies, job, signal))
  const before = await conditions()
  const startedMs = clock.monotonic()
  const outcome = await runHelper(
    dependencies,
    job.helperArguments,
    job.deadlineSeconds,
    sampleEmitter(dependencies, job, emit),
    signal,
  )
  const betweenSeconds = (clock.monotonic() - startedMs) / 1000
  if (outcome.kind === 'fault') return [faultFinding(job, outcome)]
  const after = await conditions()
  const { result: helper, samples } = outcome
  const result = summarizeRun({ job, samples, helper, before, after, betweenSeconds })
  return [{ kind: 'result', result }, ...corruptionFindings(job, outcome)]
}

/** The clock the job's first CPU really has; null where the method does not depend on it. */
async function measureClock(
  dependencies: BenchmarkDependencies,
  job: BenchmarkJob,
  signal: AbortSignal,
): Promise<number | null> {
  if (!methodDefinitions[job.method].watchesClock) return null
  const outcome = await runHelper(
    dependencies,
    ['cpu.clock', `cpus=${job.cpus[0]}`, ...clockProbe],
    job.deadlineSeconds,
    () => {},
    signal,
  )
  if (outcome.kind === 'fault') return null
  return Math.max(...outcome.samples.map(({ value }) => value))
}

/** Hands on at most one sample an interval; the summary has them all. */
function sampleEmitter(
  { clock }: BenchmarkDependencies,
  job: BenchmarkJob,
  emit: (event: BenchmarkEvent) => void,
): (sample: HelperSample) => void {
  let nextMs = clock.monotonic()
  return ({ metric, value, atSeconds }) => {
    const unit = findMetric(job.method, metric)?.unit
    if (unit === undefined || clock.monotonic() < nextMs) return
    nextMs = clock.monotonic() + sampleIntervalMs
    const { method, component } = job
    emit({ kind: 'sample', sample: { method, component, metric, value, unit, atSeconds } })
  }
}

function corruptionFindings(
  job: BenchmarkJob,
  { result }: HelperOutcome & { kind: 'result' },
): readonly BenchmarkEvent[] {
  const cpus = corruptCpus(result)
  if (cpus.length === 0 && result.mismatchCount === 0) return []
  const where = cpus.length === 0 ? 'reading the same place twice' : `CPUs ${cpus.join(', ')}`
  return [
    findingOf(
      job,
      'checksum-mismatch',
      `wrong or changing answers (${result.mismatchCount}): ${where}`,
    ),
  ]
}

function faultFinding(
  job: BenchmarkJob,
  { fault, detail }: HelperOutcome & { kind: 'fault' },
): BenchmarkEvent {
  return findingOf(job, fault, `${helperFaults[fault]}: ${detail}`)
}

function findingOf(job: BenchmarkJob, code: string, message: string): BenchmarkEvent {
  const text = `${job.method} gave no clean result: ${message}`
  return {
    kind: 'finding',
    finding: {
      code: `benchmark.${code}`,
      severity: 'error',
      subject: job.component,
      message: text.length > 1024 ? `${text.slice(0, 1021)}...` : text,
    },
  }
}
