import { constants } from 'node:fs'
import { lstat, open, readdir, readlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { answerPath, type DeviceQuestion, partPath } from './device-question.ts'
import { errorCode } from './discovery/error-code.ts'
import type { RecordedGaps } from './recording-notes.ts'

/** '/' is the live machine, any other root a recorded one; nothing else differs. */
export interface Host {
  /** True for the machine we run on: what is no file (a USB open, an ioctl) may be asked too. */
  readonly live: boolean
  /** The whole file as UTF-8; undefined when there is no such file. Every other failure throws. */
  text(path: string): Promise<string | undefined>
  /** The whole file; undefined when there is no such file. Throws above {@link maxFileBytes}. */
  bytes(path: string): Promise<Uint8Array | undefined>
  /**
   * `lengthBytes` of a file or a block device from `offsetBytes` on, fewer at its end; undefined when
   * there is no such file. A recording answers from the whole file or from that recorded part.
   */
  part(path: string, offsetBytes: number, lengthBytes: number): Promise<Uint8Array | undefined>
  /**
   * What a device answers to a question that no file answers; undefined when there is no such device,
   * it does not know the question, or the recording has no answer. Throws when the device fails or
   * does not answer in time.
   */
  ask(question: DeviceQuestion): Promise<Uint8Array | undefined>
  /** Names in a directory, sorted; none when there is no such directory. */
  list(path: string): Promise<readonly string[]>
  /** Target of a symbolic link as it is written; undefined when there is no such link. */
  link(path: string): Promise<string | undefined>
}

/** The largest file a probe may read: the largest known (a 4,096-CPU /proc/cpuinfo) has 6 MB. */
export const maxFileBytes = 16 * 1024 * 1024

/** Files open at a time; leaves room under the usual limit of 1,024 descriptors. */
const maxOpenFiles = 64

/** Asks a device of the machine we run on, as {@link Host.ask}. */
export type AskDevice = (question: DeviceQuestion) => Promise<Uint8Array | undefined>

/** The machine we run on; `ask` reaches its devices, which are left alone without it. */
export function liveHost(ask: AskDevice = () => Promise.resolve(undefined)): Host {
  const run = limited(maxOpenFiles)
  return {
    live: true,
    text: (path) => run(async () => decodeText(await absentAsUndefined(() => readWhole(path)))),
    bytes: (path) => run(() => absentAsUndefined(() => readWhole(path))),
    part: (path, offset, length) =>
      run(() => absentAsUndefined(() => readPart(path, offset, length))),
    ask,
    list: (path) => run(async () => (await absentAsUndefined(() => names(path))) ?? []),
    link: (path) => run(async () => (await absentAsUndefined(() => linkOrNull(path))) ?? undefined),
  }
}

/**
 * A recorded machine under `root`. Links are followed inside the root and never out of it. What the
 * recording notes as unreadable or unread fails, see recording-notes.ts.
 */
export function rootedHost(root: string): Host {
  const run = limited(maxOpenFiles)
  let gaps: Promise<RecordedGaps> | null = null
  const tree: RecordedTree = {
    root,
    folders: new Map(),
    gaps: () => (gaps ??= readGaps(root)),
  }
  return {
    live: false,
    text: (path) => run(async () => decodeText(await recordedBytes(tree, path))),
    bytes: (path) => run(() => recordedBytes(tree, path)),
    part: (path, offset, length) =>
      run(async () => {
        const part = await recordedBytes(tree, partPath(path, offset, length))
        if (part !== undefined) return part
        const whole = await recordedFile(tree, path)
        return whole === undefined ? undefined : readPart(whole, offset, length)
      }),
    ask: (question) => run(() => recordedBytes(tree, answerPath(question))),
    list: (path) =>
      run(async () => {
        const found = await resolveInside(tree, path)
        return found === undefined ? [] : recordedNames(tree, found)
      }),
    link: (path) =>
      run(async () => {
        const slash = path.lastIndexOf('/')
        const folder = await resolveInside(tree, path.slice(0, slash))
        if (folder === undefined) return undefined
        const found = join(folder, path.slice(slash + 1))
        const target = await absentAsUndefined(() => linkOrNull(found))
        if (target === undefined) await refuseGap(tree, `/${relative(root, found)}`)
        return target ?? undefined
      }),
  }
}

async function recordedBytes(tree: RecordedTree, path: string): Promise<Uint8Array | undefined> {
  const found = await recordedFile(tree, path)
  return found === undefined ? undefined : absentAsUndefined(() => readWhole(found))
}

/** Where the plain file is that a recording keeps under `path`. */
async function recordedFile(tree: RecordedTree, path: string): Promise<string | undefined> {
  const found = await resolveInside(tree, path)
  if (found === undefined) return undefined
  // A recording may hold a pipe or a device node; opening one of those could hang or do harm.
  const status = await absentAsUndefined(() => lstat(found))
  if (status === undefined) return undefined
  if (status.isDirectory()) throw new Error(`Cannot read ${path}: it is a directory`)
  if (!status.isFile()) throw new Error(`Cannot read ${path}: it is not a plain file`)
  return found
}

/** A recording, what it lacks, and where its folders that were looked up before really are. */
interface RecordedTree {
  readonly root: string
  readonly folders: Map<string, readonly string[]>
  gaps(): Promise<RecordedGaps>
}

/** Loaded when first wanted: a booted agent has no recording and shall start fast. */
async function readGaps(root: string): Promise<RecordedGaps> {
  const { notesPath, recordedGaps } = await import('./recording-notes.ts')
  const text = decodeText(await absentAsUndefined(() => readWhole(join(root, notesPath))))
  return recordedGaps(text ?? null)
}

/** Throws for a path that is not in the recording but was on the machine. */
async function refuseGap(tree: RecordedTree, path: string): Promise<void> {
  const failure = (await tree.gaps()).failure(path)
  if (failure !== null) throw failure
}

async function recordedNames(tree: RecordedTree, found: string): Promise<readonly string[]> {
  const folder = `/${relative(tree.root, found)}`
  await refuseGap(tree, `${folder}/`)
  const unread = (await tree.gaps()).unreadIn(folder)
  const recorded = (await absentAsUndefined(() => names(found))) ?? []
  return unread.length === 0 ? recorded : [...new Set([...recorded, ...unread])].sort()
}

const maxLinks = 40

/** The real path under the root that `path` leads to; undefined when a part of it is missing. */
async function resolveInside(tree: RecordedTree, path: string): Promise<string | undefined> {
  const slash = path.lastIndexOf('/')
  const folder = path.slice(0, slash)
  const known = tree.folders.get(folder)
  if (known !== undefined) return walk(tree, known, path.slice(slash + 1))
  const parts = await walkParts(tree, [], folder)
  if (parts === undefined) return undefined
  tree.folders.set(folder, parts)
  return walk(tree, parts, path.slice(slash + 1))
}

async function walk(tree: RecordedTree, start: readonly string[], path: string) {
  const parts = await walkParts(tree, start, path)
  return parts === undefined ? undefined : join(tree.root, ...parts)
}

/** Parts of the real path, none of them a link, that `path` leads to from `start`. */
async function walkParts(
  tree: RecordedTree,
  start: readonly string[],
  path: string,
): Promise<readonly string[] | undefined> {
  const todo = path.split('/').reverse()
  const done = [...start]
  for (let links = 0; todo.length > 0;) {
    const part = todo.pop()
    if (part === undefined || part === '' || part === '.') continue
    if (part === '..') {
      done.pop()
      continue
    }
    const target = await absentAsUndefined(() => linkOrNull(join(tree.root, ...done, part)))
    if (target === undefined) {
      await refuseGap(tree, `/${[...done, part].join('/')}`)
      return undefined
    }
    if (target === null) {
      done.push(part)
      continue
    }
    if (++links > maxLinks) throw new Error(`Cannot resolve ${path}: more than ${maxLinks} links`)
    if (target.startsWith('/')) done.length = 0
    todo.push(...target.split('/').reverse())
  }
  return done
}

/** Null for what is there and no link. */
async function linkOrNull(path: string): Promise<string | null> {
  try {
    return await readlink(path)
  } catch (error) {
    if (errorCode(error) === 'EINVAL') return null
    throw error
  }
}

async function names(path: string): Promise<readonly string[]> {
  return (await readdir(path)).sort()
}

/** Reads to the end: files of /proc and /sys report 0 or 4096 whatever they hold. */
async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    let buffer = new Uint8Array(4096)
    let used = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, used, buffer.length - used, null)
      if (bytesRead === 0) return buffer.subarray(0, used)
      used += bytesRead
      if (used > maxFileBytes) throw new Error(`Cannot read ${path}: over ${maxFileBytes} bytes`)
      if (used < buffer.length) continue
      const larger = new Uint8Array(buffer.length * 4)
      larger.set(buffer)
      buffer = larger
    }
  } finally {
    await file.close()
  }
}

async function readPart(path: string, offsetBytes: number, lengthBytes: number) {
  if (lengthBytes > maxFileBytes) throw new Error(`Cannot read ${path}: over ${maxFileBytes} bytes`)
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const buffer = new Uint8Array(lengthBytes)
    let used = 0
    while (used < lengthBytes) {
      const at = offsetBytes + used
      const { bytesRead } = await file.read(buffer, used, lengthBytes - used, at)
      if (bytesRead === 0) break
      used += bytesRead
    }
    return buffer.subarray(0, used)
  } finally {
    await file.close()
  }
}

const decoder = new TextDecoder()

function decodeText(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : decoder.decode(bytes)
}

async function absentAsUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

/** Runs at most `limit` of the functions given to it at a time, in order. */
function limited(limit: number): <T>(job: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (job) => {
    if (running >= limit) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
    } else running++
    try {
      return await job()
    } finally {
      // A waiting job takes over this one's place, so `running` stays.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
