import { DecodeError } from '../../protocol/errors.ts'
import { frameSizeMaximumBytes, rawChunkSizeBytes } from '../../protocol/image.ts'
import type { ImageChunk, ImageIndex } from '../../protocol/image.ts'
import type { Decompressor } from './decompress.ts'
import { alignedBuffer } from './disk.ts'
import type { Disk } from './disk.ts'
import { fetchRange, withRetries } from './http-source.ts'
import type { FetchEffects } from './http-source.ts'
import type { WithheldEnds } from './withheld.ts'

/** What both passes over the chunks work on. */
export interface ChunkJob {
  readonly disk: Disk
  readonly index: ImageIndex
  readonly blobUrl: string
  readonly withheld: WithheldEnds
  readonly effects: FetchEffects
  readonly decompressor: Decompressor
  readonly lanes: readonly Lane[]
  /** A chunk is done; its raw size. */
  readonly onChunk: (bytes: number) => void
  readonly signal: AbortSignal
}

/** Memory of one lane: one frame and one raw chunk. Lanes bound the memory of a write. */
export interface Lane {
  readonly frame: Uint8Array
  readonly raw: Uint8Array<ArrayBuffer>
}

/** Lanes at 8 MiB each: four fill a link and a disk while one decompresses. */
export const laneCount = 4

/** Buffers for `count` chunks at once, no larger than the image needs. */
export function makeLanes(index: ImageIndex, count: number): readonly Lane[] {
  const longest = index.chunks.reduce((most, chunk) => Math.max(most, chunk.sizeBytes), 1)
  return Array.from({ length: Math.min(count, index.chunks.length) }, () => ({
    frame: new Uint8Array(Math.min(longest, frameSizeMaximumBytes)),
    raw: alignedBuffer(index.chunkSizeBytes),
  }))
}

/** Fetches, proves and writes every chunk but the withheld ends. */
export async function writeChunks(job: ChunkJob): Promise<void> {
  await forEachChunk(job, async (at, chunk, lane, signal) => {
    const start = at * job.index.chunkSizeBytes
    const raw = lane.raw.subarray(0, rawChunkSizeBytes(job.index, at))
    if (chunk.zero) {
      const range = job.withheld.writable(start, raw.length)
      if (range !== null) await job.disk.zero(range.from, range.to - range.from)
      return
    }
    await withRetries(job.effects, signal, () => fetchChunk(job, { at, chunk, lane, raw }, signal))
    const range = job.withheld.keep(start, raw)
    if (range === null) return
    signal.throwIfAborted()
    await job.disk.write(range.from, raw.subarray(range.from - start, range.to - start))
  })
}

/** Reads every chunk back from the disk and compares it with the index. */
export async function verifyChunks(job: ChunkJob): Promise<void> {
  await forEachChunk(job, async (at, chunk, lane) => {
    const start = at * job.index.chunkSizeBytes
    const raw = lane.raw.subarray(0, rawChunkSizeBytes(job.index, at))
    await job.disk.read(start, raw)
    job.withheld.overlay(start, raw)
    if ((await sha256(raw)) !== chunk.sha256) {
      throw new Error(`disk '${job.disk.path}' does not give back chunk ${at} as it was written`)
    }
  })
}

async function fetchChunk(
  job: ChunkJob,
  task: {
    readonly at: number
    readonly chunk: ImageChunk
    readonly lane: Lane
    readonly raw: Uint8Array<ArrayBuffer>
  },
  signal: AbortSignal,
): Promise<void> {
  const { at, chunk, lane, raw } = task
  const range = {
    url: job.blobUrl,
    offsetBytes: chunk.offsetBytes,
    lengthBytes: chunk.sizeBytes,
    totalBytes: job.index.blobSizeBytes,
  }
  const frame = await fetchRange(job.effects, range, lane.frame, signal)
  job.decompressor.decompress(frame, raw)
  if ((await sha256(raw)) !== chunk.sha256) {
    throw new DecodeError(`chunk ${at} of '${job.blobUrl}' does not match its hash in the index`)
  }
}

type ChunkStep = (at: number, chunk: ImageChunk, lane: Lane, signal: AbortSignal) => Promise<void>

/**
 * Runs `step` for every chunk, one at a time in each lane. The first failure stops the others, and
 * is thrown only when every lane stands still, so that no write comes after.
 */
async function forEachChunk(job: ChunkJob, step: ChunkStep): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([job.signal, stop.signal])
  const chunks = job.index.chunks.entries()
  const runLane = async (lane: Lane) => {
    try {
      for (const [at, chunk] of chunks) {
        signal.throwIfAborted()
        await step(at, chunk, lane, signal)
        job.onChunk(rawChunkSizeBytes(job.index, at))
      }
    } catch (error) {
      stop.abort(error)
      throw error
    }
  }
  const results = await Promise.allSettled(job.lanes.map(runLane))
  if (signal.aborted) throw signal.reason
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

/** Hashes on another thread, so that lanes overlap. */
async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
}
