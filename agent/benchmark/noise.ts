import type {
  BenchmarkConditions,
  BenchmarkMetric,
  NoiseReason,
} from '../../protocol/benchmarks.ts'
import { spreadRatio } from './statistics.ts'

/** What a run looked like from outside. */
export interface RunEvidence {
  /** Metrics that have one value a window. */
  readonly windowed: readonly BenchmarkMetric[]
  readonly spreadLimitRatio: number
  readonly before: BenchmarkConditions
  readonly after: BenchmarkConditions
  /** Wall time between the two. */
  readonly betweenSeconds: number
  readonly cpuCount: number
}

const leastWindows = 5
/** Share of the CPU time that a hypervisor may take. */
const stealLimitRatio = 0.01
/** The counter moves in ticks of 10 ms, and one tick may stand for less. */
const stealLimitSeconds = 0.02
const clockLimitRatio = 0.03

/** Why the figures may not be the hardware's own; empty when nothing speaks against them. */
export function judgeNoise(evidence: RunEvidence): readonly NoiseReason[] {
  const { windowed, spreadLimitRatio } = evidence
  const reasons: NoiseReason[] = []
  if (windowed.some((metric) => spreadRatio(metric) > spreadLimitRatio)) reasons.push('spread')
  if (windowed.some(({ count }) => count < leastWindows)) reasons.push('few-windows')
  if (wasStolenFrom(evidence)) reasons.push('steal')
  if (throttleEvents(evidence) > 0) reasons.push('throttled')
  if (clockLossRatio(evidence) > clockLimitRatio) reasons.push('clock-fell')
  return reasons
}

function wasStolenFrom({ before, after, betweenSeconds, cpuCount }: RunEvidence): boolean {
  if (before.stealSeconds === null || after.stealSeconds === null) return false
  const stolenSeconds = after.stealSeconds - before.stealSeconds
  const limitSeconds = stealLimitRatio * betweenSeconds * cpuCount
  return stolenSeconds > Math.max(limitSeconds, stealLimitSeconds)
}

function throttleEvents({ before, after }: RunEvidence): number {
  if (before.thermalThrottleCount === null || after.thermalThrottleCount === null) return 0
  return after.thermalThrottleCount - before.thermalThrottleCount
}

/** A clock that rose was merely asleep before. */
function clockLossRatio({ before, after }: RunEvidence): number {
  if (before.effectiveClockHz === null || after.effectiveClockHz === null) return 0
  return 1 - after.effectiveClockHz / before.effectiveClockHz
}
