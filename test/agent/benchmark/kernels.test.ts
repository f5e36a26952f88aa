import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HelperResult } from '../../../agent/benchmark/helper-output.ts'
import { helperAt } from '../../../agent/benchmark/helper-process.ts'
import { type HelperOutcome, runHelper } from '../../../agent/benchmark/run-helper.ts'
import { systemClock } from '../../../protocol/system-effects.ts'
import { compile, temporaryFolder } from './compile.ts'
import { allowedCpus } from './this-machine.ts'

/** The real loops for hundredths of a second each: their answers and words, not their speed. */
const cpus = allowedCpus()
const allCpus = `cpus=${cpus.join(',')}`
const short = ['seconds=0.06', 'windowSeconds=0.01', 'warmupSeconds=0']
const mebibyte = 2 ** 20

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let helper: string
let disk: string

beforeAll(async () => {
  folder = await temporaryFolder()
  helper = join(folder.path, 'assay-kernels')
  disk = join(folder.path, 'disk')
  await compile(join(import.meta.dirname, '../../../agent/native/kernels.c'), helper)
  await writeFile(disk, randomBytes(8 * mebibyte))
})

afterAll(async () => folder[Symbol.asyncDispose]())

async function run(...words: readonly string[]): Promise<HelperOutcome> {
  const dependencies = { clock: systemClock, spawnHelper: helperAt(helper) }
  return runHelper(dependencies, words, 15, () => {}, new AbortController().signal)
}

async function measure(...words: readonly string[]) {
  const outcome = await run(...words, ...short)
  if (outcome.kind === 'fault') throw new Error(`${words.join(' ')}: ${outcome.detail}`)
  return { ...outcome, metrics: [...new Set(outcome.samples.map(({ metric }) => metric))] }
}

/** The checksums every machine must give; a change of a loop changes its method's version. */
const known: Readonly<Record<string, readonly [checksum: string, ...metrics: string[]]>> = {
  'cpu.int': ['e70195eb4b6b9265', 'chain', 'independent'],
  'cpu.clock': ['62fc1862c57c2356', 'effectiveClock'],
  'cpu.fma isa=sse2': ['56fd41d2db68c764', 'doubleFlops'],
  'memory.triad bytes=4194304': [
    '7766ed8fe9a0b065',
    'triadRead2Write1',
    'triadStreamingRead2Write1',
  ],
  'memory.latency bytes=16384,262144 memoryBytes=4194304': [
    '932fd5e0b974ec22',
    'latency16KiB',
    'latency256KiB',
    'latencyMemory',
  ],
}

describe('the helper', () => {
  test.each(Object.entries(known))(
    'gives the known answer on all CPUs when it runs %s',
    async (words, [checksum, ...metrics]) => {
      const measured = await measure(...words.split(' '), allCpus)
      const { result } = measured
      expect(measured.metrics).toEqual(metrics)
      expect(result.checksum).toBe(checksum)
      expect(result.mismatchCount).toBe(0)
      expect(result.workers.map(({ cpu }) => cpu)).toEqual(cpus)
      expect(new Set(result.workers.map((worker) => worker.checksum))).toEqual(new Set([checksum]))
      for (const { value } of measured.samples) expect(value).toBeGreaterThan(0)
    },
  )

  test('gives one answer for all fused instruction sets and names the set', async () => {
    const { result } = await measure('cpu.fma')
    expect(['sse2', 'avx', 'avx2+fma', 'avx512f']).toContain(result.parameters['isa'])
    const fused = ['avx2+fma', 'avx512f'].includes(String(result.parameters['isa']))
    expect(result.checksum).toBe(fused ? '53f32d441172e22a' : '56fd41d2db68c764')
  })

  test('gives the same answer when it runs again', async () => {
    const results: HelperResult[] = []
    for (let turn = 0; turn < 2; turn++)
      results.push((await measure('cpu.int', `cpus=${cpus[0]}`)).result)
    expect(results[0]?.checksum).toBe(results[1]?.checksum)
  })

  test.each(['io_uring', 'pread'])('reads a disk by %s without changing it', async (engine) => {
    const before = await Bun.file(disk).bytes()
    const measured = await measure('disk.read', `path=${disk}`, `engine=${engine}`)
    expect(measured.metrics).toEqual([
      'sequential1MiB',
      'random4KiBDepth32',
      'random4KiBDepth32LatencyP50',
      'random4KiBDepth32LatencyP99',
      'random4KiBDepth1',
      'random4KiBDepth1LatencyP50',
      'random4KiBDepth1LatencyP99',
    ])
    expect(measured.result.parameters).toMatchObject({ engine, sizeBytes: 8 * mebibyte })
    expect(measured.result.mismatchCount).toBe(0)
    expect(Buffer.compare(await Bun.file(disk).bytes(), before)).toBe(0)
  })

  test('prints its result within the time asked for, preparation aside', async () => {
    const outcome = await run('cpu.int', 'seconds=0.2')
    expect(outcome.kind === 'result' && outcome.result.elapsedSeconds).toBeLessThan(5)
    expect(outcome.kind === 'result' && outcome.result.elapsedSeconds).toBeGreaterThan(0.1)
  })

  test.each([
    ['cpu.fly', "mode 'cpu.fly' is not known"],
    ['cpu.int speed=3', "argument 'speed' is not known"],
    ['cpu.int fast', "argument 'fast' is not key=value"],
    ['cpu.int cpus=3-1', "cpus '3-1' is not a list like 0-3,8 of numbers below 8192"],
    ['cpu.int cpus=0-9999', "cpus '0-9999' is not a list like 0-3,8 of numbers below 8192"],
    ['cpu.int cpus=8191', 'pinning a thread to CPU 8191 failed: Invalid argument'],
    ['cpu.int seconds=-1', "seconds '-1' is not a number of seconds from 0 to 86400"],
    ['cpu.fma isa=mmx', "isa 'mmx' is not known"],
    ['memory.triad', 'memory.triad wants bytes=N, the size of one of its three arrays'],
    ['memory.latency bytes=5000', 'size 5000 is not a power of two from 4096 up'],
    ['disk.read', 'disk.read wants path=FILE'],
    [
      'disk.read path=/no"where',
      'opening /no"where for direct reading failed: No such file or directory',
    ],
  ])('says what is wrong when it is asked for %s', async (words, message) => {
    expect(await run(...words.split(' '))).toEqual({
      kind: 'fault',
      fault: 'failed',
      detail: message,
    })
  })

  test('refuses a disk that is smaller than one read', async () => {
    const tiny = join(folder.path, 'tiny')
    await writeFile(tiny, randomBytes(4096))
    expect(await run('disk.read', `path=${tiny}`)).toMatchObject({
      detail: `${tiny} holds 4096 bytes, less than the 1048576 of one read`,
    })
  })
})
