import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError, DecodeError } from '../../protocol/errors.ts'
import {
  checkIndex,
  imageNameSchema,
  imageVersionSchema,
  signedIndexSchema,
} from '../../protocol/image.ts'
import type { SignedIndex } from '../../protocol/image.ts'

/** Where an image's two files are: `<directory>/{index.json,blob.zst}`. */
export interface ImagePaths {
  readonly directory: string
  readonly indexFile: string
  readonly blobFile: string
}

/** An image of a store. */
export interface StoredImage extends ImagePaths {
  readonly signed: SignedIndex
}

/**
 * Images kept in a directory as `<name>/<version>/`. Files never change once they are there, so
 * that any HTTP server or cache may serve them.
 */
export class ImageStore {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** The directory that `importRawImage` is given as `outDir`. */
  get directory(): string {
    return this.#directory
  }

  /** All images, by name, the newest of a name first. */
  async list(): Promise<readonly StoredImage[]> {
    const found: StoredImage[] = []
    for (const name of await names(this.#directory)) {
      const versions: StoredImage[] = []
      for (const version of await names(join(this.#directory, name))) {
        const image = await this.#read(name, version)
        if (image !== null) versions.push(image)
      }
      found.push(...versions.toSorted(newestFirst))
    }
    return found
  }

  /** One version, or the newest when `version` is null. Throws `not-found`. */
  async get(name: string, version: string | null): Promise<StoredImage> {
    if (version !== null) {
      const image = await this.#read(name, version)
      if (image === null) throw new AppError('not-found', `no image is named '${name}@${version}'`)
      return image
    }
    const newest = (await this.list()).find(({ signed }) => signed.index.name === name)
    if (newest === undefined) throw new AppError('not-found', `no image is named '${name}'`)
    return newest
  }

  paths(name: string, version: string): ImagePaths {
    return imagePaths(this.#directory, name, version)
  }

  /** Removes one version. Throws `not-found`. */
  async remove(name: string, version: string): Promise<void> {
    const image = await this.get(name, version)
    await rm(image.directory, { recursive: true })
  }

  async #read(name: string, version: string): Promise<StoredImage | null> {
    const paths = this.paths(name, version)
    const text = await readText(paths.indexFile)
    if (text === null) return null
    const parsed = signedIndexSchema.safeParse(parseJson(text, paths.indexFile))
    if (!parsed.success) {
      const reason = z.prettifyError(parsed.error)
      throw new DecodeError(`image index '${paths.indexFile}' is malformed: ${reason}`)
    }
    checkIndex(parsed.data.index)
    return { ...paths, signed: parsed.data }
  }
}

/** Throws `bad-request` for a name or version that is none, so that no path leaves the store. */
export function imagePaths(directory: string, name: string, version: string): ImagePaths {
  if (!imageNameSchema.safeParse(name).success) {
    throw new AppError('bad-request', `image name '${name}' is not a-z, 0-9, '.', '_' and '-'`)
  }
  if (!imageVersionSchema.safeParse(version).success) {
    throw new AppError(
      'bad-request',
      `image version '${version}' has other signs than A-z, 0-9, '.'`,
    )
  }
  const home = join(directory, name, version)
  return {
    directory: home,
    indexFile: join(home, 'index.json'),
    blobFile: join(home, 'blob.zst'),
  }
}

function newestFirst(a: StoredImage, b: StoredImage): number {
  const later = b.signed.index.createdAt - a.signed.index.createdAt
  return later === 0 ? b.signed.index.version.localeCompare(a.signed.index.version) : later
}

/** Names of sub-directories, sorted; drafts of running imports start with a dot and are no images. */
async function names(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .toSorted()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new DecodeError(`image index '${file}' is not JSON`, { cause: error })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
