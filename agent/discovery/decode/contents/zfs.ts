import { DecodeError } from '../../../../protocol/errors.ts'
import { deviceText } from '../device-text.ts'
import { u8 } from '../integers.ts'
import type { Details, Format } from './format.ts'
import { bytesFrom, type DiskView } from './view.ts'

const kib = 1024
const labelBytes = 256 * kib

/** Each label: 16 KiB of blank and boot header, the pool's description, a ring of uberblocks. */
const descriptionAt = 16 * kib
const ringAt = 128 * kib

/** ZFS keeps four labels of 256 KiB, two at either end ("ZFS On-Disk Specification" §1.2). */
export const zfsFormats: readonly Format[] = [
  {
    name: 'zfs',
    use: 'volume-member',
    offsets: labelsOf,
    magic: new Uint8Array(0),
    describe: poolOf,
  },
  ...[
    Uint8Array.of(0x0c, 0xb1, 0xba, 0, 0, 0, 0, 0),
    Uint8Array.of(0, 0, 0, 0, 0, 0xba, 0xb1, 0x0c),
  ].map((magic): Format => ({
    name: 'zfs',
    use: 'volume-member',
    offsets: (view) =>
      labelsOf(view).flatMap((label) =>
        Array.from({ length: 128 }, (_, slot) => label + ringAt + slot * kib),
      ),
    magic,
    describe: (view, at) => {
      const label = labelsOf(view).findLast((start) => start <= at) ?? 0
      return poolOf(view, label) ?? {}
    },
  })),
]

function labelsOf({ sizeBytes }: DiskView): readonly number[] {
  const end = Math.floor(sizeBytes / labelBytes) * labelBytes
  return [0, labelBytes, end - 2 * labelBytes, end - labelBytes].filter(
    (start, index) => start >= 0 && (index < 2 || start >= 2 * labelBytes),
  )
}

/** The description of the pool that a label holds; null where there is none. */
function poolOf(view: DiskView, label: number): Details | null {
  const list = bytesFrom(view, label + descriptionAt)
  // Encoded as XDR (1) by a machine of either byte order.
  if (list === null || list[0] !== 1 || (list[1] ?? 2) > 1) return null
  const pairs = pairsOf(list)
  const id = pairs.get('pool_guid')
  if (id === undefined) return null
  return {
    version: pairs.get('version') ?? null,
    uuid: id,
    label: deviceText(pairs.get('name')),
  }
}

const typeUint64 = 8
const typeString = 9
const maxPairs = 256

/** Names and values, in text, of the numbers and strings on the upper level of a name-value list. */
function pairsOf(list: Uint8Array): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>()
  let at = 12
  for (let count = 0; count < maxPairs; count++) {
    const size = u32be(list, at)
    if (size === 0) return pairs
    const nameLength = u32be(list, at + 8)
    const typeAt = at + 12 + Math.ceil(nameLength / 4) * 4
    if (size < 20 || nameLength > 256 || at + size > list.length) break
    const name = textOf(list, at + 12, nameLength)
    const type = u32be(list, typeAt)
    const value = typeAt + 8
    if (type === typeUint64) {
      const number = (BigInt(u32be(list, value)) << 32n) + BigInt(u32be(list, value + 4))
      pairs.set(name, number.toString())
    } else if (type === typeString) {
      pairs.set(name, textOf(list, value + 4, Math.min(u32be(list, value), 256)))
    }
    at += size
  }
  throw new DecodeError('Cannot read the ZFS label: its list of names and values does not end')
}

function textOf(bytes: Uint8Array, at: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(at, at + length))
}

function u32be(bytes: Uint8Array, at: number): number {
  return (
    u8(bytes, at) * 0x100_0000 +
    ((u8(bytes, at + 1) << 16) | (u8(bytes, at + 2) << 8) | u8(bytes, at + 3))
  )
}
