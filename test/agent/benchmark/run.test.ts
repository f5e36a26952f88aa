import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { helperAt, type SpawnHelper } from '../../../agent/benchmark/helper-process.ts'
import type { BenchmarkMachine } from '../../../agent/benchmark/machine.ts'
import { type BenchmarkJob, planFastPass } from '../../../agent/benchmark/plan.ts'
import { type BenchmarkEvent, runBenchmarks } from '../../../agent/benchmark/run.ts'
import { liveHost } from '../../../agent/host.ts'
import { benchmarkResultSchema, benchmarkSampleSchema } from '../../../protocol/benchmarks.ts'
import { finding } from '../../../protocol/facts/finding.ts'
import { systemClock } from '../../../protocol/system-effects.ts'
import { compile, temporaryFolder } from './compile.ts'
import { allowedCpus } from './this-machine.ts'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let real: SpawnHelper
let broken: SpawnHelper
let disk: string

beforeAll(async () => {
  folder = await temporaryFolder()
  const native = join(import.meta.dirname, '../../../agent/native/kernels.c')
  const paths = [join(folder.path, 'real'), join(folder.path, 'broken')] as const
  disk = join(folder.path, 'disk')
  await Promise.all([
    compile(native, paths[0]),
    compile(join(import.meta.dirname, 'broken-core.c'), paths[1]),
    writeFile(disk, randomBytes(4 * 2 ** 20)),
  ])
  real = helperAt(paths[0])
  broken = helperAt(paths[1])
})

afterAll(async () => folder[Symbol.asyncDispose]())

function thisMachine(): BenchmarkMachine {
  const all = allowedCpus()
  return {
    cpus: all,
    numaNodes: [{ id: 0, cpus: all }],
    memorySizeBytes: 2 ** 28,
    lastLevelCacheSizeBytes: null,
    disks: [
      { path: disk, serial: 'S1', sizeBytes: 4 * 2 ** 20 },
      { path: join(folder.path, 'gone'), serial: 'S2', sizeBytes: 4 * 2 ** 20 },
    ],
  }
}

async function run(
  jobs: readonly BenchmarkJob[],
  spawnHelper: SpawnHelper,
  signal = new AbortController().signal,
  clock = systemClock,
): Promise<readonly BenchmarkEvent[]> {
  const events: BenchmarkEvent[] = []
  const dependencies = { clock, host: liveHost(), spawnHelper }
  await runBenchmarks(dependencies, jobs, (event) => events.push(event), signal)
  return events
}

function jobsOf(...methods: readonly string[]): readonly BenchmarkJob[] {
  return planFastPass(thisMachine(), { methods: [...methods], budgetSeconds: 1 })
}

const said = (script: string): SpawnHelper => {
  return () => helperAt('/bin/sh')(['-c', script])
}

describe('runBenchmarks', () => {
  test('gives every job one result or one finding, in the words of the wire', async () => {
    const jobs = planFastPass(thisMachine(), { methods: null, budgetSeconds: 3.5 })
    const events = await run(jobs, real)
    for (const event of events) {
      if (event.kind === 'sample') benchmarkSampleSchema.parse(event.sample)
      else if (event.kind === 'result') benchmarkResultSchema.parse(event.result)
      else finding.parse(event.finding)
    }
    const results = events.filter((event) => event.kind === 'result').map((event) => event.result)
    const findings = events
      .filter((event) => event.kind === 'finding')
      .map((event) => event.finding)
    expect(results.map(({ method, component }) => `${method} ${component}`)).toEqual(
      jobs
        .filter(({ component }) => component !== 'disk:S2')
        .map(({ method, component }) => `${method} ${component}`),
    )
    expect(findings).toMatchObject([{ code: 'benchmark.failed', subject: 'disk:S2' }])
    expect(findings[0]?.message).toContain('No such file or directory')
    const triad = results.find(({ method }) => method === 'memory.triad/1')
    expect(triad?.metrics['triadRead2Write1']?.unit).toBe('B/s')
    expect(triad?.reasons).toContain('small-arrays')
    expect(triad?.conditions.before.effectiveClockHz).toBeGreaterThan(0)
  })

  test('names the CPUs that compute wrong and keeps the checksum of the others', async () => {
    const jobs = jobsOf('cpu.int/1').filter(({ component }) => component === 'machine')
    const events = await run(jobs, broken)
    const findings = events.filter((event) => event.kind === 'finding')
    const results = events.filter((event) => event.kind === 'result')
    expect(results).toHaveLength(1)
    const [, second] = allowedCpus()
    if (second === undefined) return expect(findings).toEqual([])
    expect(findings).toMatchObject([
      { finding: { code: 'benchmark.checksum-mismatch', subject: 'machine', severity: 'error' } },
    ])
    expect(findings[0]?.finding.message).toContain(`CPUs ${second}`)
  })

  test('goes on after an illegal instruction', async () => {
    const events = await run(jobsOf('cpu.fma/1', 'cpu.int/1'), broken)
    const codes = events.flatMap((event) => (event.kind === 'finding' ? [event.finding.code] : []))
    expect(codes).toContain('benchmark.illegal-instruction')
    expect(events.some(({ kind }) => kind === 'result')).toBe(true)
  })

  test('turns a metric its method does not have into a finding', async () => {
    const result = {
      mode: 'cpu.clock',
      checksum: '0000000000000000',
      mismatchCount: 0,
      elapsedSeconds: 1,
      parameters: {},
      workers: [],
    }
    const sample = { metric: 'horsepower', value: 1, atSeconds: 0 }
    const lines = [{ sample }, { result }].map((line) => `echo '${JSON.stringify(line)}'`)
    const events = await run(jobsOf('cpu.clock/1'), said(lines.join(';')))
    expect(events).toMatchObject([{ kind: 'finding', finding: { code: 'benchmark.failed' } }])
  })

  test('hands on at most five samples a second of a job', async () => {
    let nowMs = 0
    // 30 ms pass between two looks at this clock, two looks a sample at most.
    const clock = { ...systemClock, monotonic: () => (nowMs += 30) }
    const line = '{"sample":{"metric":"effectiveClock","value":1,"atSeconds":0}}'
    const script = `for i in $(seq 100); do echo '${line}'; done; exit 1`
    const signal = new AbortController().signal
    const events = await run(jobsOf('cpu.clock/1'), said(script), signal, clock)
    const samples = events.filter((event) => event.kind === 'sample').length
    expect(samples).toBeGreaterThan(5)
    expect(samples).toBeLessThanOrEqual(nowMs / 200 + 1)
  })

  test('stops with the reason when it is aborted between two samples', async () => {
    const controller = new AbortController()
    const dependencies = { clock: systemClock, host: liveHost(), spawnHelper: real }
    const jobs = planFastPass(thisMachine(), { methods: null, budgetSeconds: 600 })
    const emit = () => controller.abort(new Error('no longer wanted'))
    await expect(runBenchmarks(dependencies, jobs, emit, controller.signal)).rejects.toThrow(
      'no longer wanted',
    )
  })
})
