import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { DecodeError } from '../../protocol/errors.ts'
import { notesPath } from '../recording-notes.ts'
import { maxRecordingBytes, type Recording } from './recorder.ts'
import { readTar } from './read-tar.ts'
import type { TarEntry } from './tar-entry.ts'
import { writeTar } from './write-tar.ts'

/** Recordings are kept and sent: smaller is worth a few seconds. */
const compressionLevel = 12

/** A recording as a `.tar.zst`. The same recording gives the same bytes. */
export function archiveOf(recording: Recording): Uint8Array {
  const notes = new TextEncoder().encode(`${JSON.stringify(recording.notes, null, 1)}\n`)
  const relative = (path: string) => path.replace(/^\//, '')
  // The notes bring their folder with them.
  const taken = new Set([...recording.files.keys(), ...recording.links.keys(), dirname(notesPath)])
  const entries: TarEntry[] = [
    ...[...recording.files].map(([path, bytes]) => file(relative(path), bytes)),
    ...[...recording.links].map(([path, target]) => link(relative(path), target)),
    ...recording.folders
      .filter((path) => path !== '/' && !taken.has(path))
      .map((path) => ({ kind: 'folder', path: relative(path) }) as const),
    file(relative(notesPath), notes),
  ]
  return Bun.zstdCompressSync(writeTar(entries), { level: compressionLevel })
}

/**
 * A recorded machine out of a `.tar`, `.tar.gz` or `.tar.zst`, in a folder of its own that goes with
 * it. Throws DecodeError for anything else.
 */
export async function unpackArchive(
  archive: Uint8Array,
): Promise<AsyncDisposable & { readonly root: string }> {
  const entries = readTar(decompressed(archive))
  const root = await mkdtemp(join(tmpdir(), 'assay-recording-'))
  const remove = () => rm(root, { recursive: true, force: true })
  try {
    const folders = new Set(
      entries.map(({ kind, path }) => (kind === 'folder' ? path : dirname(path))),
    )
    for (const folder of folders) await mkdir(join(root, folder), { recursive: true })
    for (const entry of entries) {
      if (entry.kind === 'file') await writeFile(join(root, entry.path), entry.bytes)
      if (entry.kind === 'link') await symlink(entry.target, join(root, entry.path))
    }
  } catch (error) {
    await remove()
    throw error
  }
  return { root, [Symbol.asyncDispose]: remove }
}

function file(path: string, bytes: Uint8Array): TarEntry {
  return { kind: 'file', path, bytes }
}

function link(path: string, target: string): TarEntry {
  return { kind: 'link', path, target }
}

/** Headers and padding beside the files. */
const limits = { maxOutputLength: 2 * maxRecordingBytes }

function decompressed(archive: Uint8Array): Uint8Array {
  try {
    const magic = archive.subarray(0, 4).toHex()
    if (magic === '28b52ffd') return zstdDecompressSync(archive, limits)
    return magic.startsWith('1f8b') ? gunzipSync(archive, limits) : archive
  } catch (cause) {
    throw new DecodeError('Cannot decompress the archive', { cause })
  }
}
