import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BenchmarkMachine } from '../../../agent/benchmark/machine.ts'
import { type BenchmarkJob, cpuList, planFastPass } from '../../../agent/benchmark/plan.ts'
import { benchmarkMethods } from '../../../protocol/benchmarks.ts'

const gibibyte = 2 ** 30
const server: BenchmarkMachine = {
  cpus: [0, 1, 2, 3],
  numaNodes: [
    { id: 0, cpus: [0, 1] },
    { id: 1, cpus: [2, 3] },
  ],
  memorySizeBytes: 64 * gibibyte,
  lastLevelCacheSizeBytes: 2 ** 26,
  disks: [
    { path: '/dev/nvme0n1', serial: 'S1', sizeBytes: 1e12 },
    { path: '/dev/sda', serial: 'S2', sizeBytes: 1e12 },
    { path: '/dev/sdb', serial: null, sizeBytes: 1e12 },
    { path: '/dev/sdc', serial: null, sizeBytes: 0 },
  ],
}
const whole = { methods: null, budgetSeconds: 10 }

/** Steps run one after the other, jobs of a step at the same time. */
function plannedSeconds(jobs: readonly BenchmarkJob[]): number {
  const steps = new Map<number, number>()
  for (const { step, seconds } of jobs) steps.set(step, Math.max(steps.get(step) ?? 0, seconds))
  return [...steps.values()].reduce((sum, seconds) => sum + seconds, 0)
}

const named = (jobs: readonly BenchmarkJob[]) =>
  jobs.map(({ method, component }) => `${method} ${component}`)

describe('planFastPass', () => {
  test('measures the machine, one CPU, every node and every disk when there is time', () => {
    expect(named(planFastPass(server, whole))).toEqual([
      'cpu.clock/1 machine',
      'cpu.int/1 machine',
      'cpu.int/1 cpu:0',
      'cpu.fma/1 machine',
      'cpu.fma/1 cpu:0',
      'memory.triad/1 machine',
      'memory.triad/1 node:0',
      'memory.triad/1 node:1',
      'memory.latency/1 node:0',
      'memory.latency/1 node:1',
      'disk.read/1 disk:S1',
      'disk.read/1 disk:S2',
      'disk.read/1 disk:sdb',
    ])
  })

  test('stays inside its budget, fills it, and leaves room to prepare', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 600, noNaN: true }), (budgetSeconds) => {
        const jobs = planFastPass(server, { methods: null, budgetSeconds })
        expect(plannedSeconds(jobs)).toBeLessThan(budgetSeconds)
        if (budgetSeconds > 8) expect(plannedSeconds(jobs)).toBeGreaterThan(budgetSeconds - 4)
        for (const { deadlineSeconds, seconds } of jobs) {
          expect(seconds).toBeGreaterThan(0)
          expect(deadlineSeconds).toBeGreaterThan(2 * seconds)
        }
      }),
    )
  })

  test('keeps memory and disks first when the budget is short', () => {
    const jobs = planFastPass(server, { methods: null, budgetSeconds: 1.5 })
    expect(named(jobs)).toEqual([
      'cpu.clock/1 machine',
      'memory.triad/1 machine',
      'disk.read/1 disk:S1',
      'disk.read/1 disk:S2',
      'disk.read/1 disk:sdb',
    ])
    expect(planFastPass(server, { methods: null, budgetSeconds: 0.01 })).toEqual([])
  })

  test('keeps to the methods that are asked for and passes over unknown ones', () => {
    const jobs = planFastPass(server, { ...whole, methods: ['disk.read/1', 'gpu.dtod/1'] })
    expect(new Set(jobs.map(({ method }) => method))).toEqual(new Set(['disk.read/1']))
  })

  test('reads all disks at the same time and runs nothing beside the other methods', () => {
    const jobs = planFastPass(server, whole)
    for (const method of benchmarkMethods) {
      const steps = jobs.filter((job) => job.method === method).map(({ step }) => step)
      expect(new Set(steps).size).toBe(method === 'disk.read/1' ? 1 : steps.length)
    }
  })

  test('names a disk by the kernel name when its serial is not its own', () => {
    const twins = ['/dev/sda', '/dev/sdb'].map((path) => ({ path, serial: 'X', sizeBytes: 1e9 }))
    const jobs = planFastPass({ ...server, disks: twins }, { ...whole, methods: ['disk.read/1'] })
    expect(jobs.map(({ component }) => component)).toEqual(['disk:sda', 'disk:sdb'])
  })

  test('does without what a small machine has not', () => {
    const small: BenchmarkMachine = {
      cpus: [0],
      numaNodes: [{ id: 0, cpus: [0] }],
      memorySizeBytes: 512 * 2 ** 20,
      lastLevelCacheSizeBytes: null,
      disks: [],
    }
    const jobs = planFastPass(small, whole)
    expect(named(jobs)).toEqual([
      'cpu.clock/1 machine',
      'cpu.int/1 machine',
      'cpu.fma/1 machine',
      'memory.triad/1 machine',
      'memory.latency/1 node:0',
    ])
  })

  test('never plans arrays over an eighth of the memory and says when they are too small', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 27, max: 2 ** 42 }), (memorySizeBytes) => {
        const jobs = planFastPass({ ...server, memorySizeBytes }, whole)
        for (const { helperArguments, method, caveats } of jobs) {
          if (!method.startsWith('memory.')) continue
          const last = Number(helperArguments.at(-1)?.replace(/^.*=/, ''))
          const whole = method === 'memory.triad/1' ? 3 * last : last
          expect(whole).toBeLessThanOrEqual(memorySizeBytes / 8)
          if (memorySizeBytes > 16 * gibibyte) expect(caveats).toEqual([])
          if (memorySizeBytes < gibibyte) expect(caveats).toEqual(['small-arrays'])
        }
      }),
    )
  })
})

test('cpuList writes what the helper reads back', () => {
  expect(cpuList([0, 1, 2, 3, 8])).toBe('0-3,8')
  expect(cpuList([5])).toBe('5')
  expect(cpuList([3, 1, 1, 2])).toBe('1-3')
})
