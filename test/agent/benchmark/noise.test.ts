import { describe, expect, test } from 'vitest'
import { judgeNoise, type RunEvidence } from '../../../agent/benchmark/noise.ts'
import { summarize } from '../../../agent/benchmark/statistics.ts'

const quiet = { effectiveClockHz: 3e9, stealSeconds: 10, thermalThrottleCount: 4 }
const steady = summarize([100, 100, 101, 99, 100, 100], '1/s', 'higher')
const evidence: RunEvidence = {
  windowed: [steady],
  spreadLimitRatio: 0.03,
  before: quiet,
  after: quiet,
  betweenSeconds: 1,
  cpuCount: 4,
}
const judge = (changes: Partial<RunEvidence>) => judgeNoise({ ...evidence, ...changes })

describe('judgeNoise', () => {
  test('finds nothing when the run was quiet', () => {
    expect(judge({})).toEqual([])
  })

  test('finds each disturbance by its own name', () => {
    const wild = summarize([100, 120, 80, 110, 90, 130], '1/s', 'higher')
    expect(judge({ windowed: [steady, wild] })).toEqual(['spread'])
    expect(judge({ windowed: [summarize([100, 100], '1/s', 'higher')] })).toEqual(['few-windows'])
    expect(judge({ after: { ...quiet, stealSeconds: 10.5 } })).toEqual(['steal'])
    expect(judge({ after: { ...quiet, thermalThrottleCount: 5 } })).toEqual(['throttled'])
    expect(judge({ after: { ...quiet, effectiveClockHz: 2.8e9 } })).toEqual(['clock-fell'])
  })

  test('forgives a clock that woke up and a single tick of steal', () => {
    expect(judge({ after: { ...quiet, effectiveClockHz: 3.5e9 } })).toEqual([])
    expect(judge({ after: { ...quiet, stealSeconds: 10.01 }, betweenSeconds: 0.1 })).toEqual([])
  })

  test('judges by what is known when a machine has no such counters', () => {
    const none = { effectiveClockHz: null, stealSeconds: null, thermalThrottleCount: null }
    expect(judge({ before: none, after: none })).toEqual([])
  })
})
