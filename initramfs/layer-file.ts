import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CpioEntry, writeCpio } from './cpio.ts'

/** Where layers are written and kept. */
export interface LayerFolders {
  /** The finished layers. */
  readonly output: string
  /** Compressed layers by content, because level 19 takes the better part of a minute. */
  readonly cache: string
}

/** A file of the boot media, as the manifest has it. */
export interface BootFile {
  readonly file: string
  readonly sizeBytes: number
  readonly sha256: string
}

/** 19 for what is shipped; 3 is a hundred times faster and a fifth larger. */
export type CompressionLevel = 3 | 19

/**
 * Writes `<name>.cpio.zst`, padded with zeros to four bytes: older iPXE on UEFI puts the next layer
 * right behind it, and the kernel finds an archive only at such an offset.
 */
export async function writeLayer(
  name: string,
  entries: readonly CpioEntry[],
  level: CompressionLevel,
  folders: LayerFolders,
): Promise<BootFile> {
  const archive = writeCpio(entries)
  const prefix = `${name}-${level}-`
  const cached = join(folders.cache, `${prefix}${sha256(archive)}.zst`)
  await mkdir(folders.cache, { recursive: true })
  if (!(await readdir(folders.cache)).some((entry) => join(folders.cache, entry) === cached)) {
    await dropFiles(folders.cache, prefix)
    await writeWhole(cached, padToFour(compress(archive, level)))
  }
  return await placeBootFile(cached, join(folders.output, `${name}.cpio.zst`))
}

/** Copies a file into place in one step and describes it. */
export async function placeBootFile(source: string, target: string): Promise<BootFile> {
  const unfinished = `${target}.${process.pid}.new`
  await copyFile(source, unfinished)
  await rename(unfinished, target)
  const bytes = await readFile(target)
  const file = target.slice(target.lastIndexOf('/') + 1)
  return { file, sizeBytes: bytes.length, sha256: sha256(bytes) }
}

/** zstd with its threads: the result does not depend on how many there are. */
function compress(archive: Uint8Array, level: CompressionLevel): Uint8Array {
  const options = [`-${level}`, '--threads=0', '--quiet', '--stdout']
  return execFileSync('zstd', options, { input: archive, maxBuffer: 1 << 30 })
}

/** Appends up to three zero bytes, which the kernel skips between archives. */
export function padToFour(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4)
  padded.set(bytes)
  return padded
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${file}.${process.pid}.new`
  await writeFile(unfinished, bytes)
  await rename(unfinished, file)
}

/** One cached layer of each name and level is enough. */
async function dropFiles(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix)) await rm(join(folder, name), { force: true })
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
