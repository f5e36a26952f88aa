import { answerPath, partPath } from '../device-question.ts'
import { errorCode } from '../discovery/error-code.ts'
import type { Host } from '../host.ts'
import type { RecordingNotes } from '../recording-notes.ts'
import { RealPaths } from './real-paths.ts'

/** What of a machine was read, by real path. */
export interface Recording {
  readonly files: ReadonlyMap<string, Uint8Array>
  readonly links: ReadonlyMap<string, string>
  /** Folders that were listed or led somewhere; some have files, some nothing. */
  readonly folders: readonly string[]
  readonly notes: RecordingNotes
}

/**
 * The files of a recording together. A machine with 2,000 PCI functions, 1,000 disks and 4,096 CPUs
 * comes to about 60 MB.
 */
export const maxRecordingBytes = 256 * 1024 * 1024

/**
 * A host that notes all that is read through it. A file is read once: whoever reads it again gets the
 * same bytes, so what is found here is what will be found in the recording.
 */
export class Recorder {
  readonly host: Host
  readonly #inner: Host
  readonly #paths: RealPaths
  readonly #reads = new Map<string, Promise<Uint8Array | undefined>>()
  readonly #files = new Map<string, Uint8Array>()
  readonly #listings = new Map<string, readonly string[]>()
  readonly #failures = new Map<string, RecordingNotes['failures'][string]>()
  readonly #maxBytes: number
  #sizeBytes = 0

  constructor(inner: Host, maxBytes = maxRecordingBytes) {
    this.#inner = inner
    this.#maxBytes = maxBytes
    this.#paths = new RealPaths(inner)
    this.host = {
      // What is no file cannot be recorded, so nobody shall ask for it.
      live: false,
      text: async (path) => {
        const bytes = await this.#bytes(path)
        return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
      },
      bytes: (path) => this.#bytes(path),
      part: (path, offsetBytes, lengthBytes) =>
        this.#once(partPath(path, offsetBytes, lengthBytes), () =>
          inner.part(path, offsetBytes, lengthBytes),
        ),
      ask: (question) => this.#once(answerPath(question), () => inner.ask(question)),
      list: (path) => this.#list(path),
      link: (path) => this.#link(path),
    }
  }

  /** Puts a file into the recording that was not read through {@link host}. */
  add(path: string, bytes: Uint8Array): void {
    this.#reads.set(path, Promise.resolve(bytes))
    this.#keep(path, bytes)
  }

  /** All that was read until now. Throws when it is more than a recording may hold. */
  async recording(): Promise<Recording> {
    if (this.#sizeBytes > this.#maxBytes) {
      const sizes = `${this.#sizeBytes} bytes were read, over the limit of ${this.#maxBytes}`
      throw new Error(`Cannot record this machine: ${sizes}`)
    }
    const kept = new Set<string>()
    const { links, folders } = this.#paths
    const places = [...this.#files.keys(), ...links.keys(), ...folders, ...this.#listings.keys()]
    for (const path of places) addAll(kept, path)
    const unread: Record<string, string[]> = {}
    for (const [folder, names] of this.#listings) {
      const at = folder === '/' ? '' : folder
      for (const name of names) {
        // A name that leads elsewhere is a link worth having, whether or not it was followed.
        if (!kept.has(`${at}/${name}`)) await this.#paths.resolve(`${at}/${name}`)
      }
      const left = names.filter((name) => !kept.has(`${at}/${name}`) && !links.has(`${at}/${name}`))
      if (left.length > 0) unread[folder] = left
    }
    return {
      files: this.#files,
      links,
      folders: [...new Set([...folders, ...this.#listings.keys()])],
      notes: { failures: sorted(this.#failures), unread: sorted(Object.entries(unread)) },
    }
  }

  async #bytes(path: string): Promise<Uint8Array | undefined> {
    const real = await this.#paths.resolve(path)
    return real === null ? this.#inner.bytes(path) : this.#once(real, () => this.#inner.bytes(real))
  }

  #once(at: string, read: () => Promise<Uint8Array | undefined>) {
    const known = this.#reads.get(at)
    if (known !== undefined) return known
    const reading = this.#noted(at, async () => {
      const bytes = await read()
      if (bytes !== undefined) this.#keep(at, bytes)
      return bytes
    })
    this.#reads.set(at, reading)
    return reading
  }

  #keep(at: string, bytes: Uint8Array): void {
    this.#sizeBytes += bytes.length
    // Past the limit nothing more is kept; `recording` then refuses.
    if (this.#sizeBytes <= this.#maxBytes) this.#files.set(at, bytes)
  }

  async #list(path: string): Promise<readonly string[]> {
    const real = await this.#paths.resolve(path)
    const names = await this.#noted(`${real ?? path}/`, () => this.#inner.list(path))
    // A file has no names either, and must not become a folder.
    if (real !== null && (names.length > 0 || !(await this.#isFile(real)))) {
      this.#listings.set(real, names)
    }
    return names
  }

  async #isFile(real: string): Promise<boolean> {
    if (this.#files.has(real)) return true
    const bytes = await this.#inner.bytes(real).catch(() => undefined)
    return bytes !== undefined
  }

  async #link(path: string): Promise<string | undefined> {
    const slash = path.lastIndexOf('/')
    const folder = await this.#paths.resolve(path.slice(0, slash))
    const real = folder === null ? path : `${folder}/${path.slice(slash + 1)}`
    const target = await this.#noted(real, () => this.#inner.link(path))
    if (target !== undefined) this.#paths.links.set(real, target)
    else if (folder !== null) await this.#keepFolder(folder)
    return target
  }

  /** A folder in which a link was looked for is there, and not a name that was never followed. */
  async #keepFolder(real: string): Promise<void> {
    const { folders } = this.#paths
    if (folders.has(real) || this.#listings.has(real)) return
    const names = await this.#inner.list(real).catch(() => [])
    if (names.length > 0) folders.add(real)
  }

  /** Notes how reading failed, and fails the same way. */
  async #noted<T>(at: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      this.#failures.set(at, {
        code: errorCode(error)?.slice(0, 32) ?? null,
        message: message.slice(0, 1024),
      })
      throw error
    }
  }
}

/** Adds a path and every folder above it. */
function addAll(paths: Set<string>, path: string): void {
  for (let at = path; at.length > 0 && !paths.has(at); at = at.slice(0, at.lastIndexOf('/'))) {
    paths.add(at)
  }
}

/** In the order of the keys: who read first is chance. */
function sorted<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries([...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
