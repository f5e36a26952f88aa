import { blockBytes, field, headerChecksum, type TarEntry } from './tar-entry.ts'

/**
 * A ustar archive with pax headers for long names. The same entries give the same bytes: sorted by
 * path, of nobody, from 1970.
 */
export function writeTar(entries: readonly TarEntry[]): Uint8Array {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  const blocks = sorted.flatMap((entry) => entryBlocks(entry))
  return Buffer.concat([...blocks, new Uint8Array(2 * blockBytes)])
}

const utf8 = new TextEncoder()
const typeFlags = { file: '0', folder: '5', link: '2' } as const
const modes = { file: 0o644, folder: 0o755, link: 0o777 } as const

function entryBlocks(entry: TarEntry): readonly Uint8Array[] {
  const name = entry.kind === 'folder' ? `${entry.path}/` : entry.path
  const target = entry.kind === 'link' ? entry.target : ''
  const content = entry.kind === 'file' ? entry.bytes : new Uint8Array(0)
  const long = [
    ...(fits(name, field.name[1]) ? [] : [paxRecord('path', name)]),
    ...(fits(target, field.link[1]) ? [] : [paxRecord('linkpath', target)]),
  ]
  const pax = utf8.encode(long.join(''))
  return [
    ...(pax.length === 0 ? [] : [header('pax', '', 'x', 0o644, pax.length), ...padded(pax)]),
    header(name, target, typeFlags[entry.kind], modes[entry.kind], content.length),
    ...padded(content),
  ]
}

function fits(text: string, limit: number): boolean {
  return utf8.encode(text).length <= limit
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = utf8.encode(` ${key}=${value}\n`).length
  let length = rest + 1
  while (String(length).length + rest !== length) length = String(length).length + rest
  return `${length} ${key}=${value}\n`
}

function header(name: string, target: string, type: string, mode: number, size: number) {
  const block = new Uint8Array(blockBytes)
  const put = ([at, limit]: readonly [number, number], text: string) =>
    block.set(utf8.encode(text).subarray(0, limit), at)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  put(field.name, name)
  put(field.mode, octal(mode, 7))
  put(field.owner, octal(0, 7))
  put(field.group, octal(0, 7))
  put(field.size, octal(size, 11))
  put(field.modified, octal(0, 11))
  put(field.type, type)
  put(field.link, target)
  put(field.magic, 'ustar\x0000')
  put(field.checksum, `${octal(headerChecksum(block), 6)} `)
  return block
}

function padded(content: Uint8Array): readonly Uint8Array[] {
  const left = (blockBytes - (content.length % blockBytes)) % blockBytes
  return content.length === 0 ? [] : [content, new Uint8Array(left)]
}
