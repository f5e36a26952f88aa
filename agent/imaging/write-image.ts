import { diskDigest } from '../../protocol/deployment.ts'
import type { DiskIdentity, Seed, WriteProgress } from '../../protocol/deployment.ts'
import { AppError, DecodeError } from '../../protocol/errors.ts'
import { decodeGpt } from '../../protocol/gpt.ts'
import type { ImageIndex } from '../../protocol/image.ts'
import { canonicalJson } from '../../protocol/canonical.ts'
import { laneCount, makeLanes, verifyChunks, writeChunks } from './chunk-passes.ts'
import type { ChunkJob } from './chunk-passes.ts'
import type { Decompressor } from './decompress.ts'
import { alignedBuffer, writeProven, zeroProven } from './disk.ts'
import type { Disk } from './disk.ts'
import { checkFit } from './fit.ts'
import { relocateGpt } from './gpt-relocation.ts'
import type { FetchEffects } from './http-source.ts'
import { seedVolume } from './seed-volume.ts'
import { ProgressReporter } from './write-progress.ts'
import { headSizeBytes, WithheldEnds } from './withheld.ts'

export interface WriteJob {
  readonly disk: Disk
  /** What the disk must be, asked through the open descriptor before the first byte and the head. */
  readonly identity: DiskIdentity
  /** Verified, see `verifyIndex`. */
  readonly index: ImageIndex
  readonly blobUrl: string
  readonly seed: Seed | null
  readonly effects: FetchEffects
  readonly decompressor: Decompressor
  /** Resolves when the command is still wanted. Only then the disk is made bootable. */
  readonly confirmHead: () => Promise<void>
  readonly onProgress: (progress: WriteProgress) => void
  readonly signal: AbortSignal
}

export interface WriteResult {
  readonly elapsedSeconds: number
  /** Raw bytes of the image, all read back. */
  readonly bytesWritten: number
}

/** A write that failed. The cause says why; the disk is not bootable unless `cleared` is false. */
export class WriteError extends Error {
  override readonly name = 'WriteError'
  readonly step: 'write' | 'verify' | 'head'
  /** A byte may have been written. */
  readonly touched: boolean
  /** The disk's ends were zeroed after the failure, and read back as zeros. */
  readonly cleared: boolean

  constructor(
    failure: {
      readonly step: WriteError['step']
      readonly touched: boolean
      readonly cleared: boolean
    },
    cause: unknown,
  ) {
    const state = failure.touched ? (failure.cleared ? 'cleared' : 'NOT cleared') : 'untouched'
    super(`image was not written (${failure.step}), the disk is ${state}`, { cause })
    this.step = failure.step
    this.touched = failure.touched
    this.cleared = failure.cleared
  }
}

/**
 * Writes an image to a disk: both ends zeroed, every chunk fetched, proven and written, everything
 * read back, then, if the command is still wanted, backup GPT and seed, and the first MiB last.
 * At no time before that does the disk hold anything bootable. Throws `WriteError`.
 */
export async function writeImage(job: WriteJob): Promise<WriteResult> {
  const startedAt = job.effects.clock.monotonic()
  const progress = new ProgressReporter(job.effects.clock, job.onProgress)
  let step: WriteError['step'] = 'write'
  let touched = false
  try {
    checkFit(job.index, job.disk, job.seed)
    await checkIdentity(job)
    job.signal.throwIfAborted()
    const withheld = new WithheldEnds(job.index)
    const chunks: ChunkJob = {
      ...job,
      withheld,
      lanes: makeLanes(job.index, laneCount),
      onChunk: (bytes) => progress.add(bytes),
    }
    touched = true
    await clearEnds(job.disk)
    progress.begin('write', job.index.chunks.length, job.index.sizeBytes)
    await writeChunks(chunks)
    await job.disk.flush()
    step = 'verify'
    progress.begin('verify', job.index.chunks.length, job.index.sizeBytes)
    await verifyChunks(chunks)
    checkTable(job.index, withheld.head)
    step = 'head'
    await job.confirmHead()
    job.signal.throwIfAborted()
    await checkIdentity(job)
    await finish(job, withheld, progress)
  } catch (error) {
    const cleared = touched && (await tryToClear(job.disk, error))
    throw new WriteError({ step, touched, cleared }, error)
  }
  const elapsedSeconds = (job.effects.clock.monotonic() - startedAt) / 1000
  return { elapsedSeconds, bytesWritten: job.index.sizeBytes }
}

/** Backup GPT, seed, then the head: from its first byte on the disk boots. */
async function finish(
  job: WriteJob,
  withheld: WithheldEnds,
  progress: ProgressReporter,
): Promise<void> {
  const { disk, index } = job
  const seed = job.seed === null ? null : seedVolume(job.seed, index)
  progress.begin('configure', 1, withheld.tail.length + (seed?.bytes.length ?? 0))
  const head = await placeTable(disk, index, withheld)
  if (seed !== null) await writeProven(disk, seed.offsetBytes, aligned(seed.bytes))
  progress.add(withheld.tail.length + (seed?.bytes.length ?? 0))

  progress.begin('head', 1, head.length)
  await writeProven(disk, 0, aligned(head))
  const partitionCount = await disk.rereadPartitions()
  const wanted = index.gpt?.partitions.length ?? partitionCount
  if (partitionCount !== null && partitionCount !== wanted) {
    throw new Error(`kernel finds ${partitionCount} partitions on '${disk.path}', wanted ${wanted}`)
  }
  progress.add(head.length)
}

/** Writes the backup table where this disk wants it, and gives the head that goes with it. */
async function placeTable(
  disk: Disk,
  index: ImageIndex,
  withheld: WithheldEnds,
): Promise<Uint8Array> {
  const { head, tail, tailStartBytes } = withheld
  if (index.gpt === null) return head
  if (disk.sizeBytes === index.sizeBytes) {
    await writeProven(disk, tailStartBytes, tail)
    return head
  }
  if (tail.length > 0) await zeroProven(disk, tailStartBytes, tail.length)
  const table = relocateGpt(head, index.logicalBlockSizeBytes, disk.sizeBytes)
  await writeProven(disk, table.backupOffsetBytes, aligned(table.backup))
  return table.head
}

/** Nothing of an older system boots from here on, and no firmware mends the old table. */
async function clearEnds(disk: Disk): Promise<void> {
  const size = Math.min(headSizeBytes, disk.sizeBytes)
  await zeroProven(disk, 0, size)
  await zeroProven(disk, disk.sizeBytes - size, size)
}

/** False: the disk took no zeros either; the reason joins the first one as its cause. */
async function tryToClear(disk: Disk, failure: unknown): Promise<boolean> {
  try {
    await clearEnds(disk)
    return true
  } catch (error) {
    if (failure instanceof Error && failure.cause === undefined) failure.cause = error
    return false
  }
}

async function checkIdentity(job: WriteJob): Promise<void> {
  const found = await job.disk.identity()
  const geometry = job.disk.sizeBytes === found.sizeBytes
  if (geometry && diskDigest(found) === diskDigest(job.identity)) return
  const values = `is ${canonicalJson(found)}, wanted ${canonicalJson(job.identity)}`
  throw new AppError('precondition-failed', `disk '${job.disk.path}' ${values}`)
}

/** The signed index tells the same partitions as the bytes that came. */
function checkTable(index: ImageIndex, head: Uint8Array): void {
  const found = decodeGpt(head, index.logicalBlockSizeBytes)?.facts ?? null
  if (index.gpt !== null && canonicalJson(found) !== canonicalJson(index.gpt)) {
    throw new DecodeError('image holds another partition table than its index says')
  }
}

function aligned(bytes: Uint8Array): Uint8Array {
  const copy = alignedBuffer(bytes.length)
  copy.set(bytes)
  return copy
}
