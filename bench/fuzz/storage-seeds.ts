import { formats } from '../../agent/discovery/decode/contents/contents.ts'
import { madeController, madeNamespace, madeSmartLog } from './nvme-structures.ts'

const headBytes = 72 * 1024

/** Identify Controller and Identify Namespace, as bytes and as `xxd` prints them. */
export function nvmeIdentifySeeds(): readonly Uint8Array[] {
  const both = [madeController(), madeNamespace()]
  return [...both, ...both.map((bytes) => hexDump(bytes))]
}

/** SMART / Health logs, as bytes and as `xxd` prints them. */
export function nvmeSmartSeeds(): readonly Uint8Array[] {
  return [madeSmartLog(), hexDump(madeSmartLog(5))]
}

/** A page of each code that is decoded, with all it may hold. */
export function vpdPageSeeds(): readonly Uint8Array[] {
  const body = Array.from({ length: 60 }, (_, at) => at)
  const designators = [
    [0x61, 0x93, 0, 8, 0x50, 0, 0xc5, 0, 0x11, 0x22, 0x33, 0x44],
    [2, 1, 0, 12, ...new TextEncoder().encode('ATA     Disk')],
    [1, 2, 0, 8, 0, 0x25, 0x38, 0x45, 0x12, 0x34, 0x56, 0x78],
    [0x53, 0x28, 0, 8, ...new TextEncoder().encode('iqn.disk')],
  ]
  const ata = Array.from({ length: 568 }, (_, at) => (at * 7) & 0xff)
  const pages = [
    page(0x00, [0x00, 0x80, 0x83, 0x89, 0xb0, 0xb1, 0xb2, 0xb6]),
    page(0x80, [...new TextEncoder().encode('  SERIAL01  ')]),
    page(0x83, designators.flat()),
    page(0x89, ata),
    ...[0xb0, 0xb1, 0xb2, 0xb6].map((code) => page(code, body)),
  ]
  return [...pages, ...pages.slice(0, 3).map((bytes) => hexDump(bytes))]
}

function page(code: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([0, code, body.length >> 8, body.length & 0xff, ...body])
}

/** The beginning of a disk of each format whose magic number stands near it. */
export function diskHeadSeeds(): readonly Uint8Array[] {
  return formats.flatMap(({ offsets, magic }) => {
    const places = typeof offsets === 'function' ? [] : offsets
    const place = places.find((offset) => offset >= 0 && offset + magic.length <= headBytes)
    if (place === undefined) return []
    const bytes = new Uint8Array(headBytes)
    bytes.set(magic, place)
    // A boot sector with a table of one partition, which most formats leave room for.
    bytes.set([0x80, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 0, 1, 0], 446)
    bytes.set([0x55, 0xaa], 510)
    return [bytes]
  })
}

function hexDump(bytes: Uint8Array): Uint8Array {
  const lines = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, index) => {
    const hex = bytes.subarray(index * 16, index * 16 + 16).toHex()
    return `${(index * 16).toString(16).padStart(8, '0')}: ${hex.match(/.{1,4}/g)?.join(' ')}`
  })
  return new TextEncoder().encode(lines.join('\n'))
}
