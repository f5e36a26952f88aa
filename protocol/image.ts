import { z } from 'zod'
import { canonicalJson, digestOf } from './canonical.ts'
import { AppError, DecodeError } from './errors.ts'
import { verifySignature } from './signing.ts'
import type { SigningKey } from './signing.ts'

/** Raw bytes per chunk. Every chunk but the last has exactly this size. */
export const chunkSizeBytes = 4 * 1024 * 1024

/** A raw image holds at most 1 TiB: the index is read whole, and 262,144 chunks are 30 MB of JSON. */
export const imageChunksMaximum = 262_144

/** The longest zstd frame of one chunk: ZSTD_compressBound(4 MiB), rounded up. */
export const frameSizeMaximumBytes = chunkSizeBytes + 64 * 1024

/** The longest signed index that is read: `imageChunksMaximum` chunks at 160 bytes each. */
export const indexSizeMaximumBytes = 48 * 1024 * 1024

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const guid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)

/** Image names and versions: what is safe in a path, a URL and `name@version`. */
export const imageNameSchema = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/)
export const imageVersionSchema = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._+-]{0,62}$/)

/** Machine firmware an image boots under. */
export const bootModeSchema = z.enum(['bios', 'uefi'])
export type BootMode = z.infer<typeof bootModeSchema>

/** UEFI 2.10 §5.3.3. GUIDs in their text form, lower case; LBAs in the image's sectors, inclusive. */
export const gptPartitionSchema = z
  .strictObject({
    /** Position in the entry array, from 1, as in `/dev/sda1`. */
    index: z.number().int().min(1).max(128),
    typeGuid: guid,
    uniqueGuid: guid,
    name: z.string().max(36),
    firstLba: count,
    lastLba: count,
  })
  .readonly()
export type GptPartition = z.infer<typeof gptPartitionSchema>

/** What the image's partition table says, for choosing and for the writer. */
export const gptFactsSchema = z
  .strictObject({
    diskGuid: guid,
    firstUsableLba: count,
    lastUsableLba: count,
    partitions: z.array(gptPartitionSchema).max(128).readonly(),
  })
  .readonly()
export type GptFacts = z.infer<typeof gptFactsSchema>

/** One 4 MiB piece of the raw image, stored as one independent zstd frame of the blob. */
export const imageChunkSchema = z
  .strictObject({
    /** Where its frame starts in the blob. */
    offsetBytes: count,
    /** Length of its frame; 0 for a zero chunk, which has none. */
    sizeBytes: z.number().int().min(0).max(frameSizeMaximumBytes),
    /** Of the raw bytes. */
    sha256,
    /** All raw bytes are zero. */
    zero: z.boolean(),
  })
  .readonly()
export type ImageChunk = z.infer<typeof imageChunkSchema>

export const imageIndexSchema = z
  .strictObject({
    format: z.literal('assay.image.v1'),
    name: imageNameSchema,
    version: imageVersionSchema,
    kind: z.enum(['disk']),
    /** Of the raw image: what is written to the disk. */
    sizeBytes: count.min(512),
    /** Of the blob: the sum of all frames. */
    blobSizeBytes: count,
    /** Sector size the image was made for. A disk with another one is refused. */
    logicalBlockSizeBytes: z.union([z.literal(512), z.literal(4096)]),
    bootModes: z.array(bootModeSchema).max(2).readonly(),
    minimumDiskSizeBytes: count,
    /** Null: the image has no GPT, and none is made for it. */
    gpt: gptFactsSchema.nullable(),
    /** Milliseconds since the epoch. Null: does not expire. */
    expiresAt: count.nullable(),
    /** Milliseconds since the epoch. */
    createdAt: count,
    chunkSizeBytes: z.literal(chunkSizeBytes),
    chunks: z.array(imageChunkSchema).min(1).max(imageChunksMaximum).readonly(),
  })
  .readonly()
export type ImageIndex = z.infer<typeof imageIndexSchema>

/** An index and who vouches for it. The signature is over the index's canonical JSON. */
export const signedIndexSchema = z
  .strictObject({
    index: imageIndexSchema,
    publicKey: z.string().regex(/^[0-9a-f]{64}$/),
    signature: z.string().regex(/^[0-9a-f]{128}$/),
  })
  .readonly()
export type SignedIndex = z.infer<typeof signedIndexSchema>

/** What a plan names an image's exact content by. */
export function indexDigest(index: ImageIndex): string {
  return digestOf(index)
}

/** Signs an index. */
export function signIndex(key: SigningKey, index: ImageIndex): SignedIndex {
  return { index, publicKey: key.publicKey, signature: key.sign('assay.image.v1', encode(index)) }
}

/**
 * The index inside, once it is proven: its form, a trusted key, the signature, the expiry and that
 * its fields agree with each other. Throws `DecodeError` for a bad form, `AppError` for a lack of
 * trust. `now` is in milliseconds since the epoch.
 */
export function verifyIndex(
  signed: unknown,
  trustedKeys: readonly string[],
  now: number,
): ImageIndex {
  const parsed = signedIndexSchema.safeParse(signed)
  if (!parsed.success) {
    throw new DecodeError(`image index is malformed: ${z.prettifyError(parsed.error)}`)
  }
  const { index, publicKey, signature } = parsed.data
  const label = `image '${index.name}@${index.version}'`
  if (!trustedKeys.includes(publicKey)) {
    throw new AppError('forbidden', `${label} is signed by '${publicKey}', which is no trusted key`)
  }
  if (!verifySignature(publicKey, 'assay.image.v1', encode(index), signature)) {
    throw new AppError('forbidden', `${label} does not match its signature: its index was altered`)
  }
  if (index.expiresAt !== null && index.expiresAt <= now) {
    const at = new Date(index.expiresAt).toISOString()
    throw new AppError('precondition-failed', `${label} expired at ${at}, import a newer version`)
  }
  checkIndex(index)
  return index
}

/** Raw size of chunk `at`: 4 MiB, or what is left for the last one. */
export function rawChunkSizeBytes(index: ImageIndex, at: number): number {
  return Math.min(index.chunkSizeBytes, index.sizeBytes - at * index.chunkSizeBytes)
}

/** Throws `DecodeError` when the fields of an index contradict each other. */
export function checkIndex(index: ImageIndex): void {
  const chunkCount = Math.ceil(index.sizeBytes / index.chunkSizeBytes)
  const wants = (holds: boolean, what: string) => {
    if (!holds) throw new DecodeError(`image index contradicts itself: ${what}`)
  }
  wants(index.sizeBytes % index.logicalBlockSizeBytes === 0, 'its size is no number of sectors')
  wants(index.minimumDiskSizeBytes >= index.sizeBytes, 'its minimum disk is less than its size')
  wants(
    index.chunks.length === chunkCount,
    `it has ${index.chunks.length} chunks, its size wants ${chunkCount}`,
  )
  let offsetBytes = 0
  for (const [at, chunk] of index.chunks.entries()) {
    wants(chunk.offsetBytes === offsetBytes, `chunk ${at} does not follow the one before it`)
    wants(chunk.zero === (chunk.sizeBytes === 0), `chunk ${at} is zero and has bytes, or neither`)
    offsetBytes += chunk.sizeBytes
  }
  wants(offsetBytes === index.blobSizeBytes, 'its chunks do not add up to its blob')
  if (index.gpt !== null) checkGpt(index, index.gpt)
}

function checkGpt(index: ImageIndex, gpt: GptFacts): void {
  const lastLba = index.sizeBytes / index.logicalBlockSizeBytes - 1
  if (gpt.lastUsableLba > lastLba) {
    throw new DecodeError('image index contradicts itself: its usable sectors end past its size')
  }
  for (const { index: at, firstLba, lastLba: end } of gpt.partitions) {
    if (firstLba < gpt.firstUsableLba || end < firstLba || end > gpt.lastUsableLba) {
      throw new DecodeError(`image index contradicts itself: partition ${at} is out of bounds`)
    }
  }
}

function encode(index: ImageIndex): Uint8Array {
  return new TextEncoder().encode(canonicalJson(index))
}
