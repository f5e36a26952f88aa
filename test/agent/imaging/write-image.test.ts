import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bunDecompressor, loadDecompressor } from '../../../agent/imaging/decompress.ts'
import { openFileDisk } from '../../../agent/imaging/file-disk.ts'
import { writeImage, WriteError } from '../../../agent/imaging/write-image.ts'
import type { WriteJob } from '../../../agent/imaging/write-image.ts'
import { writePhases } from '../../../protocol/deployment.ts'
import type { WriteProgress } from '../../../protocol/deployment.ts'
import { decodeGpt } from '../../../protocol/gpt.ts'
import {
  fileIdentity,
  hurriedClock,
  makeDirtyFile,
  makeImage,
  mib,
  serveFiles,
  temporaryDirectory,
  testEffects,
  usualDisk,
} from './fixtures.ts'
import type { DiskSpec, Fault, ImageFixture } from './fixtures.ts'

const imageSpec = usualDisk(18 * mib)

let home: Awaited<ReturnType<typeof temporaryDirectory>>
let usual: ImageFixture

beforeAll(async () => {
  home = await temporaryDirectory()
  usual = await makeImage(home.path, imageSpec)
})

afterAll(() => home[Symbol.asyncDispose]())

interface Outcome {
  readonly error: WriteError | null
  readonly disk: Uint8Array
  readonly raw: Uint8Array
  readonly progress: readonly WriteProgress[]
  readonly requests: readonly string[]
}

/** Imports an image, writes it to a dirty file, and tells what became of the file. */
async function write(
  options: {
    readonly image?: DiskSpec
    readonly target?: DiskSpec
    readonly fault?: (request: number) => Fault
    readonly job?: (job: WriteJob) => Partial<WriteJob>
  } = {},
): Promise<Outcome> {
  await using directory = await temporaryDirectory()
  const { raw, image } =
    options.image === undefined ? usual : await makeImage(directory.path, options.image)
  const spec = options.target ?? options.image ?? imageSpec
  const file = join(directory.path, 'target')
  await makeDirtyFile(file, spec)
  await using server = await serveFiles({ '/blob': await readFile(image.blobFile) }, options.fault)
  const progress: WriteProgress[] = []
  let error: WriteError | null = null
  {
    await using disk = await openFileDisk(file, fileIdentity(spec))
    const job: WriteJob = {
      disk,
      identity: fileIdentity(spec),
      index: image.signed.index,
      blobUrl: `${server.url}/blob`,
      seed: null,
      effects: testEffects,
      decompressor: loadDecompressor(),
      confirmHead: async () => {},
      onProgress: (step) => progress.push(step),
      signal: new AbortController().signal,
    }
    try {
      await writeImage({ ...job, ...options.job?.(job) })
    } catch (caught) {
      if (!(caught instanceof WriteError)) throw caught
      error = caught
    }
  }
  return { error, disk: await readFile(file), raw, progress, requests: [...server.requests] }
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

/** What a failed write leaves: nothing a firmware would start or mend. */
function expectUnbootable({ disk }: Outcome): void {
  expect(isZero(disk.subarray(0, mib))).toBe(true)
  expect(isZero(disk.subarray(disk.length - mib))).toBe(true)
}

function reason({ error }: Outcome): string {
  return error?.cause instanceof Error ? error.cause.message : ''
}

describe('writeImage', () => {
  test('gives a disk of the same size the exact bytes of the image, on dirty ground', async () => {
    const { error, disk, raw, progress } = await write()
    expect(error).toBeNull()
    expect(Buffer.compare(disk, raw)).toBe(0)
    const steps = progress.map(({ phase }) => phase)
    expect([...new Set(steps)]).toEqual([...writePhases])
    expect(steps).toEqual(steps.toSorted((a, b) => writePhases.indexOf(a) - writePhases.indexOf(b)))
    const written = progress.findLast(({ phase }) => phase === 'write')
    expect(written?.bytesWritten).toBe(raw.length)
    expect(written?.chunksDone).toBe(written?.chunksTotal)
  })

  test('does so without libzstd too', async () => {
    const { disk, raw } = await write({ job: () => ({ decompressor: bunDecompressor }) })
    expect(Buffer.compare(disk, raw)).toBe(0)
  })

  test('writes an image of 4096-byte sectors and of an odd number of MiB', async () => {
    const { error, disk, raw } = await write({ image: usualDisk(13 * mib, 4096) })
    expect(error).toBeNull()
    expect(Buffer.compare(disk, raw)).toBe(0)
  })

  test('moves the backup GPT to the end of a larger disk', async () => {
    const target = usualDisk(40 * mib)
    const { error, disk, raw } = await write({ target })
    expect(error).toBeNull()
    const head = decodeGpt(disk, 512)
    expect(head?.header.alternateLba).toBe(target.sizeBytes / 512 - 1)
    expect(head?.facts.partitions).toEqual(decodeGpt(raw, 512)?.facts.partitions)
    const from = 34 * 512
    const to = raw.length - 33 * 512
    expect(Buffer.compare(disk.subarray(from, to), raw.subarray(from, to))).toBe(0)
    expect(isZero(disk.subarray(to, raw.length))).toBe(true)
  })

  test('puts the seed into the partition named CIDATA and nothing else', async () => {
    const seed = { files: { 'meta-data': 'instance-id: m1\n', 'user-data': '#cloud-config\n' } }
    const { error, disk, raw } = await write({ job: () => ({ seed }) })
    expect(error).toBeNull()
    const volume = disk.subarray(2 * mib, 3 * mib)
    expect(Buffer.from(volume.subarray(43, 54)).toString()).toBe('CIDATA     ')
    expect(Buffer.from(volume).includes('instance-id: m1\n')).toBe(true)
    expect(Buffer.compare(disk.subarray(0, 2 * mib), raw.subarray(0, 2 * mib))).toBe(0)
    expect(Buffer.compare(disk.subarray(3 * mib), raw.subarray(3 * mib))).toBe(0)
  })

  test('outlasts cut, reset, stalled, damaged and refused answers', async () => {
    const faults: readonly Fault[] = ['truncate', 'reset', 'stall', 'flip', 503]
    const { error, disk, raw, requests } = await write({
      fault: (request) => faults[request - 1] ?? 'none',
    })
    expect(error).toBeNull()
    expect(Buffer.compare(disk, raw)).toBe(0)
    expect(requests.length).toBeGreaterThan(faults.length)
  })

  test('fails and leaves no bootable disk when a byte of the blob is wrong for good', async () => {
    const outcome = await write({ fault: () => 'flip' })
    expect(outcome.error).toMatchObject({ step: 'write', touched: true, cleared: true })
    expect(reason(outcome)).toMatch(/^chunk \d+ .* hash|^zstd frame does not decode/)
    expectUnbootable(outcome)
  })

  test.for(['truncate', 'reset', 'stall', 503] as const)(
    'gives up after bounded attempts when every answer is %s',
    async (fault) => {
      const effects = { ...testEffects, clock: hurriedClock(300) }
      const outcome = await write({ fault: () => fault, job: () => ({ effects }) })
      expect(outcome.error).toMatchObject({ step: 'write', touched: true, cleared: true })
      expect(outcome.requests.length).toBeLessThan(80)
      expectUnbootable(outcome)
    },
  )

  test.for(['whole', 404] as const)(
    'asks no second time when the server says %s',
    async (fault) => {
      const outcome = await write({ fault: () => fault })
      expect(outcome.error).toMatchObject({ step: 'write', cleared: true })
      expect(outcome.requests.length).toBeLessThanOrEqual(4)
      expectUnbootable(outcome)
    },
  )

  test('never makes the disk bootable when the command is not confirmed', async () => {
    let seen: Uint8Array | null = null
    const outcome = await write({
      job: (job) => ({
        confirmHead: async () => {
          seen = await readFile(job.disk.path)
          throw new Error('command is no longer wanted')
        },
      }),
    })
    expect(outcome.error).toMatchObject({ step: 'head', touched: true, cleared: true })
    expect(reason(outcome)).toBe('command is no longer wanted')
    expectUnbootable(outcome)
    expect(seen).not.toBeNull()
    expectUnbootable({ ...outcome, disk: seen ?? new Uint8Array(0) })
    expect(
      Buffer.compare(outcome.disk.subarray(mib, 17 * mib), outcome.raw.subarray(mib, 17 * mib)),
    ).toBe(0)
  })

  test('stops and clears when it is aborted', async () => {
    const abort = new AbortController()
    const outcome = await write({
      fault: (request) => {
        if (request === 2) abort.abort(new Error('aborted by the server'))
        return request < 2 ? 'none' : 'stall'
      },
      job: () => ({ signal: abort.signal }),
    })
    expect(reason(outcome)).toBe('aborted by the server')
    expectUnbootable(outcome)
  })

  test('finds a disk that loses writes', async () => {
    const outcome = await write({
      job: ({ disk }) => ({
        disk: {
          ...disk,
          write: (offset, buffer) =>
            offset === 8 * mib ? Promise.resolve() : disk.write(offset, buffer),
        },
      }),
    })
    expect(outcome.error).toMatchObject({ step: 'verify', touched: true, cleared: true })
    expect(reason(outcome)).toMatch(/does not give back chunk 2 as it was written$/)
    expectUnbootable(outcome)
  })

  test('says so when the disk cannot be cleared after a failure', async () => {
    let isBroken = false
    const outcome = await write({
      job: ({ disk }) => ({
        disk: {
          ...disk,
          zero: (offset, length) =>
            isBroken ? Promise.reject(new Error('EIO')) : disk.zero(offset, length),
        },
        confirmHead: async () => {
          isBroken = true
          throw new Error('not wanted')
        },
      }),
    })
    expect(outcome.error).toMatchObject({ step: 'head', touched: true, cleared: false })
    expect(outcome.error?.message).toMatch(/the disk is NOT cleared$/)
  })

  test.for([
    ['another serial', { serial: 'FILE-2' }, /is \{.*"serial":"FILE-1".*wanted .*FILE-2/],
    ['another size', { sizeBytes: 25 * mib }, /"sizeBytes":18874368.*wanted/],
  ] as const)('writes no byte to a disk with %s', async ([, change, message]) => {
    const { error, disk } = await write({
      job: (job) => ({ identity: { ...job.identity, ...change } }),
    })
    expect(error).toMatchObject({ touched: false })
    expect(reason({ error, disk, raw: disk, progress: [], requests: [] })).toMatch(message)
    expect(isZero(disk.subarray(0, mib))).toBe(false)
  })

  test('writes no byte when the disk has other sectors than the image', async () => {
    const outcome = await write({ target: usualDisk(18 * mib, 4096) })
    expect(outcome.error).toMatchObject({ touched: false })
    expect(reason(outcome)).toMatch(/is made for 512-byte sectors, disk .* has 4096-byte sectors$/)
    expect(outcome.requests).toEqual([])
  })

  test('writes no byte to a disk that is too small', async () => {
    const outcome = await write({ target: usualDisk(12 * mib) })
    expect(outcome.error).toMatchObject({ touched: false })
    expect(reason(outcome)).toMatch(/wants a disk of 18874368 bytes/)
  })
})
