import assert from 'node:assert/strict'

/**
 * One entry of an archive. Paths are relative, without a leading slash and without `.` or `..`;
 * `mode` holds the permission bits only.
 */
export type CpioEntry =
  | {
      readonly kind: 'file'
      readonly path: string
      readonly mode: number
      readonly bytes: Uint8Array
    }
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  /** A further name of the `file` entry whose path is `target`. */
  | { readonly kind: 'hardLink'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'device'
      readonly path: string
      readonly mode: number
      readonly device: 'character' | 'block'
      readonly major: number
      readonly minor: number
    }

/**
 * A "newc" archive, as the kernel unpacks it (Documentation/driver-api/early-userspace/
 * buffer-format.rst). The same entries in any order give the same bytes: sorted by path, times,
 * owners and device numbers zero, inode numbers counted. Missing parent folders are added with mode
 * 755. The length is a multiple of four.
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array<ArrayBuffer> {
  const records = [...planRecords(withParents(entries)), trailer]
  const archive = new Uint8Array(records.reduce((sum, record) => sum + recordSizeBytes(record), 0))
  let offset = 0
  for (const record of records) {
    archive.set(headerBytes(record), offset)
    offset += padded(headerSizeBytes + nameSizeBytes(record))
    archive.set(record.body, offset)
    offset += padded(record.body.length)
  }
  return archive
}

/** A header and what follows it. Archive words: `rdev` is the device a node stands for. */
interface Record {
  readonly name: Uint8Array
  readonly inode: number
  readonly mode: number
  readonly linkCount: number
  readonly rdevMajor: number
  readonly rdevMinor: number
  readonly body: Uint8Array
}

const headerSizeBytes = 110
const emptyBody = new Uint8Array(0)
const encoder = new TextEncoder()

/** stat(2) file type bits. */
const fileType = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  character: 0o020000,
  block: 0o060000,
} as const

const trailer: Record = {
  name: encoder.encode('TRAILER!!!'),
  inode: 0,
  mode: 0,
  linkCount: 1,
  rdevMajor: 0,
  rdevMinor: 0,
  body: emptyBody,
}

/** Sorted by path, so that a folder comes before what is in it. */
function withParents(entries: readonly CpioEntry[]): readonly CpioEntry[] {
  const byPath = new Map<string, CpioEntry>()
  for (const entry of entries) {
    checkPath(entry.path)
    assert(!byPath.has(entry.path), `archive holds "${entry.path}" twice`)
    byPath.set(entry.path, entry)
  }
  for (const path of byPath.keys()) {
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/')
      const found = byPath.get(parent) ?? { kind: 'directory', path: parent, mode: 0o755 }
      assert(found.kind === 'directory', `"${parent}" has entries below it but is no folder`)
      byPath.set(parent, found)
    }
  }
  return [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function checkPath(path: string): void {
  const parts = path.split('/')
  const plain = parts.every((part) => part !== '' && part !== '.' && part !== '..')
  assert(plain && !path.includes('\0'), `archive path "${path}" is not a plain relative path`)
}

/** All names of one file share an inode; the last of them carries the bytes, as GNU cpio expects. */
function planRecords(entries: readonly CpioEntry[]): readonly Record[] {
  const names = new Map<string, CpioEntry[]>()
  for (const entry of entries) {
    const owner = entry.kind === 'hardLink' ? entry.target : entry.path
    names.set(owner, [...(names.get(owner) ?? []), entry])
  }
  const inodes = new Map([...names.keys()].map((owner, index) => [owner, index + 1]))
  const byPath = new Map(entries.map((entry) => [entry.path, entry]))
  return entries.map((entry) => {
    const owner = byPath.get(entry.kind === 'hardLink' ? entry.target : entry.path)
    assert(owner !== undefined && owner.kind !== 'hardLink', `"${entry.path}" links to no file`)
    assert(entry.kind !== 'hardLink' || owner.kind === 'file', `"${entry.path}" links to no file`)
    const links = names.get(owner.path) ?? []
    const inode = inodes.get(owner.path)
    assert(inode !== undefined)
    return {
      ...describe(owner),
      name: encoder.encode(entry.path),
      inode,
      linkCount: owner.kind === 'directory' ? 2 : links.length,
      body: links.at(-1) === entry ? bodyOf(owner) : emptyBody,
    }
  })
}

function describe(entry: Exclude<CpioEntry, { kind: 'hardLink' }>) {
  if (entry.kind === 'device') {
    const mode = fileType[entry.device] | entry.mode
    return { mode, rdevMajor: entry.major, rdevMinor: entry.minor }
  }
  const permissions = entry.kind === 'symlink' ? 0o777 : entry.mode
  return { mode: fileType[entry.kind] | permissions, rdevMajor: 0, rdevMinor: 0 }
}

function bodyOf(entry: CpioEntry): Uint8Array {
  if (entry.kind === 'file') return entry.bytes
  return entry.kind === 'symlink' ? encoder.encode(entry.target) : emptyBody
}

/** Thirteen numbers of eight hexadecimal digits after the magic; owner and time stay zero. */
function headerBytes(record: Record): Uint8Array {
  const fields = [
    record.inode,
    record.mode,
    0, // uid
    0, // gid
    record.linkCount,
    0, // mtime
    record.body.length,
    0, // device major
    0, // device minor
    record.rdevMajor,
    record.rdevMinor,
    nameSizeBytes(record),
    0, // checksum, not used by this form
  ]
  const hex = fields.map((field) => {
    assert(field >= 0 && field <= 0xffff_ffff, `archive field ${field} does not fit 32 bits`)
    return field.toString(16).padStart(8, '0')
  })
  const header = new Uint8Array(headerSizeBytes + record.name.length)
  header.set(encoder.encode(`070701${hex.join('')}`))
  header.set(record.name, headerSizeBytes)
  return header
}

/** With the terminating zero byte. */
function nameSizeBytes(record: Record): number {
  return record.name.length + 1
}

function recordSizeBytes(record: Record): number {
  return padded(headerSizeBytes + nameSizeBytes(record)) + padded(record.body.length)
}

function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / 4) * 4
}
