import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Image } from '../protocol/api.ts'
import type { Clock, Random } from '../protocol/effects.ts'
import { AppError } from '../protocol/errors.ts'
import { chunkSizeBytes, imageChunksMaximum, indexDigest } from '../protocol/image.ts'
import type { SigningKey } from '../protocol/signing.ts'
import type { ImageLibrary } from './api/image-endpoints.ts'
import { isErrorCode } from './error-code.ts'
import type { ImageStore, StoredImage } from './images/image-store.ts'
import { importRawImage } from './images/import.ts'
import type { ImageCatalog } from './service-deps.ts'

/** The longest raw image: what an index can hold. */
const rawSizeMaximumBytes = imageChunksMaximum * chunkSizeBytes

/** Imports that run at once: each takes all cores for its compression. */
const importsMaximum = 2

/** The image store as the API sees it: what arrives is kept aside, then converted and signed. */
export function createImageLibrary(deps: {
  readonly store: ImageStore
  readonly signingKey: SigningKey
  /** For images on their way in; on the same disk as the store. */
  readonly incomingDir: string
  readonly clock: Clock
  readonly random: Random
}): ImageLibrary {
  const { store, signingKey, incomingDir, clock, random } = deps
  let running = 0

  const importStream = async (
    image: { readonly name: string; readonly version: string; readonly allowNoGpt: boolean },
    raw: ReadableStream<Uint8Array>,
  ): Promise<StoredImage> => {
    await mkdir(incomingDir, { recursive: true })
    const file = path.join(incomingDir, `${random.uuid()}.raw`)
    try {
      await saveStream(raw, file)
      return await importRawImage({
        ...image,
        file,
        kind: 'disk',
        signingKey,
        outDir: store.directory,
        createdAt: clock.now(),
      })
    } catch (error) {
      throw withoutPath(error, file)
    } finally {
      await rm(file, { force: true })
    }
  }

  return {
    list: async () => (await store.list()).map(presentImage),
    get: async (name, version) => presentImage(await store.get(name, version)),
    async add(image, raw) {
      if (running >= importsMaximum) {
        const detail = `${running} images are being imported, try again when one is done`
        throw new AppError('too-many-requests', detail)
      }
      running += 1
      try {
        return presentImage(await importStream(image, raw))
      } finally {
        running -= 1
      }
    },
    remove: (name, version) => store.remove(name, version),
  }
}

/** The image store as deployments see it. */
export function createImageCatalog(store: ImageStore): ImageCatalog {
  return {
    async resolve(nameAtVersion) {
      const [name = '', version = null] = nameAtVersion.split('@')
      const { index } = (await store.get(name, version)).signed
      return {
        name: index.name,
        version: index.version,
        indexDigest: indexDigest(index),
        sizeBytes: index.sizeBytes,
        logicalBlockSizeBytes: index.logicalBlockSizeBytes,
        minimumDiskSizeBytes: index.minimumDiskSizeBytes,
        bootModes: index.bootModes,
      }
    },
  }
}

function presentImage({ signed: { index } }: StoredImage): Image {
  return {
    name: index.name,
    version: index.version,
    kind: index.kind,
    sizeBytes: index.sizeBytes,
    blobSizeBytes: index.blobSizeBytes,
    logicalBlockSizeBytes: index.logicalBlockSizeBytes,
    bootModes: [...index.bootModes],
    indexDigest: indexDigest(index),
    createdAtMs: index.createdAt,
  }
}

/** Writes as it arrives, so that memory holds one piece whatever the length. */
async function saveStream(stream: ReadableStream<Uint8Array>, file: string): Promise<void> {
  await using handle = await open(file, 'wx', 0o600)
  let sizeBytes = 0
  for await (const bytes of stream) {
    sizeBytes += bytes.length
    if (sizeBytes > rawSizeMaximumBytes) {
      throw new AppError('too-large', `image is over ${rawSizeMaximumBytes} bytes`)
    }
    await writeAll(handle, bytes)
  }
}

async function writeAll(
  handle: { write(bytes: Uint8Array): Promise<{ readonly bytesWritten: number }> },
  bytes: Uint8Array,
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes.subarray(done))).bytesWritten
  }
}

/** The client sent no file, so it hears of none; a full disk is worth a word of its own. */
function withoutPath(error: unknown, file: string): unknown {
  if (error instanceof AppError) {
    const message = error.message.replaceAll(`image '${file}'`, 'image')
    return new AppError(error.code, message, error.details, { cause: error })
  }
  if (isErrorCode(error, 'ENOSPC')) {
    return new AppError('unavailable', 'the disk of the server is full', {}, { cause: error })
  }
  return error
}
