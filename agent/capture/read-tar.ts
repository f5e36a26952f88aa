import { DecodeError } from '../../protocol/errors.ts'
import { blockBytes, field, headerChecksum, type TarEntry } from './tar-entry.ts'

/** Entries an archive may have: 2,000 PCI functions with 50 files each, and the rest. */
const maxEntries = 500_000

/**
 * Entries of a tar archive as `writeTar`, GNU tar and pax write it. Devices and pipes are left out,
 * a hard link is a copy. Throws DecodeError for what is no archive, or would be unpacked outside of
 * its folder.
 */
export function readTar(archive: Uint8Array): readonly TarEntry[] {
  const entries = new Map<string, TarEntry>()
  let long: LongNames = {}
  for (let at = 0; at + blockBytes <= archive.length;) {
    const header = archive.subarray(at, at + blockBytes)
    if (header.every((byte) => byte === 0)) break
    checkHeader(header, at)
    const size = long.size ?? number(header, field.size)
    const from = at + blockBytes
    if (from + size > archive.length) throw malformed(at, 'the file is longer than the archive')
    const content = archive.subarray(from, from + size)
    at = from + Math.ceil(size / blockBytes) * blockBytes
    const type = text(header, field.type)
    const next = longNames(type, content)
    if (next !== null) {
      long = { ...long, ...next }
      continue
    }
    const entry = entryOf(header, type, content, long, entries)
    long = {}
    if (entry !== null) entries.set(entry.path, entry)
    if (entries.size > maxEntries) throw malformed(at, `more than ${maxEntries} entries`)
  }
  const all = [...entries.values()]
  refuseBehindLinks(all)
  return all
}

/** What a header before the entry's own says of it. */
interface LongNames {
  readonly path?: string
  readonly linkpath?: string
  readonly size?: number
}

/** pax and GNU headers; null for the header of an entry. */
function longNames(type: string, content: Uint8Array): LongNames | null {
  const value = () => new TextDecoder().decode(content).replace(/\0.*$/s, '')
  switch (type) {
    case 'x':
      return paxRecords(content)
    case 'g':
    case 'V':
      return {}
    case 'L':
      return { path: value() }
    case 'K':
      return { linkpath: value() }
    default:
      return null
  }
}

function paxRecords(content: Uint8Array): LongNames {
  const records: Record<string, string> = {}
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at)
    const length = Number(new TextDecoder().decode(content.subarray(at, space)))
    const isRecord = space > at && Number.isInteger(length) && at + length <= content.length
    if (!isRecord || at + length <= space) throw malformed(at, 'a pax header is broken')
    const record = new TextDecoder().decode(content.subarray(space + 1, at + length - 1))
    const equals = record.indexOf('=')
    records[record.slice(0, equals)] = record.slice(equals + 1)
    at += length
  }
  const { path, linkpath, size } = records
  return {
    ...(path === undefined ? {} : { path }),
    ...(linkpath === undefined ? {} : { linkpath }),
    ...(/^\d{1,12}$/.test(size ?? '') ? { size: Number(size) } : {}),
  }
}

function entryOf(
  header: Uint8Array,
  type: string,
  content: Uint8Array,
  long: LongNames,
  entries: ReadonlyMap<string, TarEntry>,
): TarEntry | null {
  const isUstar = text(header, field.magic).startsWith('ustar')
  const prefix = isUstar && header[field.magic[0] + 5] === 0 ? text(header, field.prefix) : ''
  const short = text(header, field.name)
  const name = long.path ?? (prefix === '' ? short : `${prefix}/${short}`)
  const path = insidePath(name)
  if (path === '') return null
  const target = long.linkpath ?? text(header, field.link)
  if (type === '5' || (type !== '2' && name.endsWith('/'))) return { kind: 'folder', path }
  if (type === '2') return { kind: 'link', path, target }
  if (type === '1') {
    const original = entries.get(insidePath(target))
    return original?.kind === 'file' ? { kind: 'file', path, bytes: original.bytes } : null
  }
  return ['', '0', '7'].includes(type) ? { kind: 'file', path, bytes: content } : null
}

/** Throws for a name that leads out of the archive's folder. */
function insidePath(name: string): string {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (!parts.includes('..')) return parts.join('/')
  throw new DecodeError(`Cannot unpack '${name}': it leads out of the archive`)
}

/** Nothing may be written through a link. */
function refuseBehindLinks(entries: readonly TarEntry[]): void {
  const leaves = new Set(entries.flatMap(({ kind, path }) => (kind === 'folder' ? [] : [path])))
  for (const { path } of entries) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      if (!leaves.has(path.slice(0, at))) continue
      throw new DecodeError(`Cannot unpack '${path}': ${path.slice(0, at)} is no folder`)
    }
  }
}

function checkHeader(header: Uint8Array, at: number): void {
  const sum = number(header, field.checksum)
  if (sum !== headerChecksum(header)) throw malformed(at, 'its checksum is wrong')
}

function text(header: Uint8Array, [at, length]: readonly [number, number]): string {
  return new TextDecoder().decode(header.subarray(at, at + length)).replace(/\0.*$/s, '')
}

/** Octal digits, or from the second byte on in base 256 where the first has its top bit set. */
function number(header: Uint8Array, [at, length]: readonly [number, number]): number {
  const bytes = header.subarray(at, at + length)
  const value =
    bytes[0] === 0x80
      ? bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0)
      : Number.parseInt(text(header, [at, length]).trim() || '0', 8)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw malformed(at, 'a number in it is none')
}

function malformed(at: number, reason: string): DecodeError {
  return new DecodeError(`Cannot read the archive at byte ${at}: ${reason}`)
}
