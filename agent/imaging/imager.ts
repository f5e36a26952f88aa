import { sha256Hex } from '../../protocol/canonical.ts'
import { diskDigest, evidenceDigest, planDigest } from '../../protocol/deployment.ts'
import type { DeployPlan, PrepareEvidence, WriteProgress } from '../../protocol/deployment.ts'
import { AppError } from '../../protocol/errors.ts'
import type { StorageFacts } from '../../protocol/facts/storage.ts'
import { indexDigest, verifyIndex } from '../../protocol/image.ts'
import type { ImageIndex } from '../../protocol/image.ts'
import type { Host } from '../host.ts'
import type { Decompressor } from './decompress.ts'
import { findTarget, readDiskCatalog } from './disk-catalog.ts'
import type { TargetDisk } from './disk-catalog.ts'
import { readRange } from './disk.ts'
import type { Disk } from './disk.ts'
import { checkFit } from './fit.ts'
import { fetchJson } from './http-source.ts'
import type { FetchEffects } from './http-source.ts'
import { decodeContents, headReadBytes, sharedSignatures } from './signatures.ts'
import { headSizeBytes } from './withheld.ts'
import { writeImage, WriteError } from './write-image.ts'
import type { WriteResult } from './write-image.ts'

/** What imaging needs of the world. */
export interface ImagerDeps {
  readonly host: Host
  /** The storage probe on this host: disks are named the same way in facts and in plans. */
  readonly storage: () => Promise<StorageFacts>
  readonly openDisk: (path: string) => Promise<Disk>
  readonly effects: FetchEffects
  readonly decompressor: Decompressor
  /** Ed25519 keys whose images may be written, hex. */
  readonly imageKeys: readonly string[]
  /** The server's time, milliseconds since the epoch: for the expiry of images. */
  readonly now: () => number
}

export interface WriteHooks {
  readonly onProgress: (progress: WriteProgress) => void
  /** Resolves when the server confirms that the command is still wanted. */
  readonly confirmHead: () => Promise<void>
  readonly signal: AbortSignal
}

/** Looks at a plan's disk, and writes a plan's image. */
export interface Imager {
  /** Finds the one disk the plan names, asks every guard and looks at the disk; writes nothing. */
  prepare(plan: DeployPlan, signal: AbortSignal): Promise<PrepareEvidence>
  /**
   * Looks again, and writes only when the disk is still as in `evidence`. The caller has verified
   * the commit. Throws `WriteError`; see {@link writeImage} for the order of things.
   */
  write(plan: DeployPlan, evidence: PrepareEvidence, hooks: WriteHooks): Promise<WriteResult>
}

/** The last guard: the disk itself says that others may be using it. */
const sharedGuard = 'not-shared'

/** Partitions that are looked into for their contents. */
const partitionsMaximum = 16

/** Bytes of a partition that are looked at: all signatures but VMFS's lie within. */
const partitionReadBytes = 256 * 1024

export function createImager(deps: ImagerDeps): Imager {
  return {
    async prepare(plan, signal) {
      const index = await loadIndex(deps, plan, signal)
      const target = findTarget(await readDiskCatalog(deps.host, deps.storage), plan.disk)
      await using disk = await deps.openDisk(target.path)
      return await examine(plan, index, target, disk)
    },
    async write(plan, evidence, hooks) {
      const { index, disk } = await reopen(deps, plan, evidence, hooks.signal)
      await using held = disk
      return await writeImage({
        disk: held,
        identity: plan.disk,
        index,
        blobUrl: plan.image.blobUrl,
        seed: plan.seed,
        effects: deps.effects,
        decompressor: deps.decompressor,
        ...hooks,
      })
    },
  }
}

/** Everything `prepare` did, once more: what differs from the evidence refuses the write. */
async function reopen(
  deps: ImagerDeps,
  plan: DeployPlan,
  evidence: PrepareEvidence,
  signal: AbortSignal,
): Promise<{ readonly index: ImageIndex; readonly disk: Disk }> {
  try {
    const index = await loadIndex(deps, plan, signal)
    const target = findTarget(await readDiskCatalog(deps.host, deps.storage), plan.disk)
    const disk = await deps.openDisk(target.path)
    try {
      const found = await examine(plan, index, target, disk)
      if (evidenceDigest(found) !== evidenceDigest(evidence)) {
        throw new AppError(
          'precondition-failed',
          `disk '${target.path}' is not as it was when it was prepared`,
        )
      }
      return { index, disk }
    } catch (error) {
      await disk[Symbol.asyncDispose]()
      throw error
    }
  } catch (error) {
    throw new WriteError({ step: 'write', touched: false, cleared: false }, error)
  }
}

async function loadIndex(
  deps: ImagerDeps,
  plan: DeployPlan,
  signal: AbortSignal,
): Promise<ImageIndex> {
  const signed = await fetchJson(deps.effects, plan.image.indexUrl, signal)
  const index = verifyIndex(signed, deps.imageKeys, deps.now())
  const { name, version } = plan.image
  if (indexDigest(index) !== plan.image.indexDigest) {
    throw new AppError(
      'precondition-failed',
      `'${plan.image.indexUrl}' holds another index than the plan's '${name}@${version}'`,
    )
  }
  return index
}

async function examine(
  plan: DeployPlan,
  index: ImageIndex,
  target: TargetDisk,
  disk: Disk,
): Promise<PrepareEvidence> {
  const found = diskDigest(await disk.identity())
  if (found !== diskDigest(plan.disk) || disk.sizeBytes !== plan.disk.sizeBytes) {
    throw new AppError('precondition-failed', `'${target.path}' became another disk meanwhile`)
  }
  checkFit(index, disk, plan.seed)
  const endSize = Math.min(headSizeBytes, disk.sizeBytes)
  const head = await readRange(disk, 0, Math.min(headReadBytes, disk.sizeBytes))
  const tail = await readRange(disk, disk.sizeBytes - endSize, endSize)
  const signatures = await readSignatures(disk, head, tail)
  const shared = signatures.find((name) => sharedSignatures.has(name))
  if (shared !== undefined) {
    const message = `disk '${target.path}' is refused by guard '${sharedGuard}': it holds ${shared}`
    throw new AppError('conflict', message, { guard: sharedGuard })
  }
  return {
    diskDigest: found,
    planDigest: planDigest(plan),
    diskPath: target.path,
    signatures,
    headSha256: sha256Hex(head.subarray(0, endSize)),
    tailSha256: sha256Hex(tail),
    guards: [...target.guards, sharedGuard],
  }
}

/** Signatures of the disk and of its first partitions. */
async function readSignatures(
  disk: Disk,
  head: Uint8Array,
  tail: Uint8Array,
): Promise<readonly string[]> {
  const { sizeBytes, logicalBlockSizeBytes } = disk
  const whole = decodeContents({ head, tail, sizeBytes, logicalBlockSizeBytes })
  const found = new Set(whole.signatures)
  for (const offset of whole.partitionOffsetsBytes.slice(0, partitionsMaximum)) {
    const length = Math.min(partitionReadBytes, sizeBytes - offset)
    if (length <= 0) continue
    const start = await readRange(disk, offset, length)
    const inside = {
      head: start,
      tail: new Uint8Array(0),
      sizeBytes: length,
      logicalBlockSizeBytes,
    }
    for (const name of decodeContents(inside).signatures) found.add(name)
  }
  return [...found].toSorted()
}
