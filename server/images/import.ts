import { mkdir, mkdtemp, open, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sha256Hex } from '../../protocol/canonical.ts'
import { AppError } from '../../protocol/errors.ts'
import {
  checkIndex,
  chunkSizeBytes,
  imageChunksMaximum,
  imageIndexSchema,
  signIndex,
} from '../../protocol/image.ts'
import type { BootMode, ImageChunk, SignedIndex } from '../../protocol/image.ts'
import type { SigningKey } from '../../protocol/signing.ts'
import { imagePaths } from './image-store.ts'
import type { StoredImage } from './image-store.ts'
import { inspectRawImage, readAt } from './raw-image.ts'

export interface ImportRequest {
  /** A raw disk image: the exact bytes a disk shall hold. */
  readonly file: string
  readonly name: string
  readonly version: string
  readonly kind: 'disk'
  readonly signingKey: SigningKey
  /** The image store's directory. */
  readonly outDir: string
  /** Milliseconds since the epoch; goes into the signed index. */
  readonly createdAt: number
  /** Milliseconds since the epoch. Null or left out: does not expire. */
  readonly expiresAt?: number | null
  /** Sector size the image was made for; found from its GPT when left out. */
  readonly logicalBlockSizeBytes?: 512 | 4096
  /** Firmware it boots under; found from its boot code and partition types when left out. */
  readonly bootModes?: readonly BootMode[]
  /** Smallest disk it may be written to; its own size when left out. */
  readonly minimumDiskSizeBytes?: number
  /** Take an image that has no GPT. */
  readonly allowNoGpt?: boolean
  /** zstd's, 1 to 19; 3 when left out. The speed of decoding hardly depends on it. */
  readonly compressionLevel?: number
  readonly onProgress?: (progress: ImportProgress) => void
}

export interface ImportProgress {
  readonly bytesRead: number
  readonly bytesTotal: number
  /** Of the blob so far. */
  readonly bytesStored: number
}

/** Frames compressed at once, 4 MiB raw each: one a core of a small server. */
const framesInFlight = 4

/**
 * Turns a raw disk image into a blob of independent zstd frames and a signed index. The same file,
 * options and key give the same bytes. The image appears in the store complete or not at all.
 * Throws `AppError` when the image is not fit to be written to a disk, or already there.
 */
export async function importRawImage(request: ImportRequest): Promise<StoredImage> {
  const paths = imagePaths(request.outDir, request.name, request.version)
  const taken = new AppError(
    'conflict',
    `image '${request.name}@${request.version}' already exists`,
  )
  if (await isThere(paths.directory)) throw taken
  await mkdir(dirname(paths.directory), { recursive: true })
  const draft = await mkdtemp(join(request.outDir, '.import-'))
  try {
    const signed = await build(request, draft)
    await rename(draft, paths.directory)
    return { ...paths, signed }
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    if (isCode(error, 'ENOTEMPTY') || isCode(error, 'EEXIST')) throw taken
    throw error
  }
}

async function build(request: ImportRequest, directory: string): Promise<SignedIndex> {
  await using source = await openImage(request.file)
  const raw = await inspectRawImage(source, {
    file: request.file,
    logicalBlockSizeBytes: request.logicalBlockSizeBytes ?? null,
    allowNoGpt: request.allowNoGpt ?? false,
  })
  if (raw.sizeBytes > imageChunksMaximum * chunkSizeBytes) {
    throw new AppError('too-large', `image '${request.file}' is larger than 1 TiB`)
  }
  const chunks = await writeBlob(request, source, raw.sizeBytes, join(directory, 'blob.zst'))
  const index = imageIndexSchema.parse({
    format: 'assay.image.v1',
    name: request.name,
    version: request.version,
    kind: request.kind,
    sizeBytes: raw.sizeBytes,
    blobSizeBytes: chunks.reduce((sum, chunk) => sum + chunk.sizeBytes, 0),
    logicalBlockSizeBytes: raw.logicalBlockSizeBytes,
    bootModes: request.bootModes ?? raw.bootModes,
    minimumDiskSizeBytes: request.minimumDiskSizeBytes ?? raw.sizeBytes,
    gpt: raw.gpt,
    expiresAt: request.expiresAt ?? null,
    createdAt: request.createdAt,
    chunkSizeBytes,
    chunks,
  })
  checkIndex(index)
  const signed = signIndex(request.signingKey, index)
  await writeDurably(join(directory, 'index.json'), JSON.stringify(signed))
  return signed
}

/** Compresses a few chunks at a time and appends their frames in order. */
async function writeBlob(
  request: ImportRequest,
  source: FileHandle,
  sizeBytes: number,
  file: string,
): Promise<readonly ImageChunk[]> {
  await using blob = await open(file, 'wx')
  const chunks: ImageChunk[] = []
  const pending: Promise<Frame>[] = []
  const chunkCount = Math.ceil(sizeBytes / chunkSizeBytes)
  let offsetBytes = 0
  for (let next = 0; chunks.length < chunkCount;) {
    while (next < chunkCount && pending.length < framesInFlight) {
      const start = next * chunkSizeBytes
      const raw = await readAt(source, start, Math.min(chunkSizeBytes, sizeBytes - start))
      pending.push(makeFrame(raw, request.compressionLevel ?? 3))
      next += 1
    }
    const { bytes, ...facts } = (await pending.shift()) ?? noFrame()
    await blob.appendFile(bytes)
    chunks.push({ offsetBytes, sizeBytes: bytes.length, ...facts })
    offsetBytes += bytes.length
    request.onProgress?.({
      bytesRead: Math.min(chunks.length * chunkSizeBytes, sizeBytes),
      bytesTotal: sizeBytes,
      bytesStored: offsetBytes,
    })
  }
  await blob.sync()
  return chunks
}

interface Frame {
  readonly bytes: Uint8Array
  readonly sha256: string
  readonly zero: boolean
}

async function makeFrame(raw: Uint8Array, level: number): Promise<Frame> {
  const sha256 = sha256Hex(raw)
  if (Buffer.compare(raw, zeros.subarray(0, raw.length)) === 0) {
    return { bytes: new Uint8Array(0), sha256, zero: true }
  }
  return { bytes: await Bun.zstdCompress(raw, { level }), sha256, zero: false }
}

const zeros = new Uint8Array(chunkSizeBytes)

function noFrame(): never {
  throw new RangeError('no frame is pending')
}

async function openImage(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r')
  } catch (error) {
    if (isCode(error, 'ENOENT'))
      throw new AppError('not-found', `image file '${file}' does not exist`)
    throw error
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'wx')
  await handle.writeFile(text)
  await handle.sync()
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
