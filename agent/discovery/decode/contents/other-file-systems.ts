import { toHex, u16be, u16le, u32le, u64le, u8 } from '../integers.ts'
import { asciiOf, type Details, type Format, utf16Of, uuidOf } from './format.ts'
import { bytesAt, type DiskView, letters } from './view.ts'

const kib = 1024

/** File systems of Windows, macOS and of discs. */
export const otherFileSystems: readonly Format[] = [
  { name: 'fat', use: 'file-system', offsets: [54], magic: letters('FAT1'), describe: fatOf },
  { name: 'fat', use: 'file-system', offsets: [54], magic: letters('FAT  '), describe: fatOf },
  { name: 'fat', use: 'file-system', offsets: [82], magic: letters('FAT32'), describe: fatOf },
  { name: 'ntfs', use: 'file-system', offsets: [3], magic: letters('NTFS    '), describe: ntfsOf },
  {
    name: 'exfat',
    use: 'file-system',
    offsets: [3],
    magic: letters('EXFAT   '),
    describe: exfatOf,
  },
  {
    name: 'refs',
    use: 'file-system',
    offsets: [0],
    magic: Uint8Array.of(0, 0, 0, ...letters('ReFS'), 0),
  },
  { name: 'bitlocker', use: 'encryption', offsets: [3], magic: letters('-FVE-FS-') },
  {
    name: 'apfs',
    use: 'file-system',
    offsets: [32],
    magic: letters('NXSB'),
    describe: (view, at) => {
      const block = bytesAt(view, at - 32, 128)
      return block === null ? {} : { uuid: uuidOf(block, 72) }
    },
  },
  { name: 'hfsplus', use: 'file-system', offsets: [kib], magic: letters('H+'), describe: hfsOf },
  { name: 'hfsplus', use: 'file-system', offsets: [kib], magic: letters('HX'), describe: hfsOf },
  {
    name: 'iso9660',
    use: 'file-system',
    offsets: [32 * kib + 1],
    magic: letters('CD001'),
    describe: isoOf,
  },
  {
    name: 'udf',
    use: 'file-system',
    offsets: [0, 2, 4, 6, 8].map((sectors) => (32 + sectors) * kib + 1),
    magic: letters('NSR0'),
  },
]

/** Microsoft's FAT specification 1.03: 32-bit forms have no count of 16-bit sectors a table. */
function fatOf(view: DiskView): Details {
  const boot = bytesAt(view, 0, 512)
  if (boot === null) return {}
  const is32 = u16le(boot, 22) === 0
  const at = is32 ? 67 : 39
  const serial = u32le(boot, at)
  const own = asciiOf(boot, at + 4, 11)
  return {
    version: /^FAT(\d\d)/.exec(asciiOf(boot, at + 15, 8) ?? '')?.[1] ?? null,
    uuid: serial === 0 ? null : `${digits(serial >>> 16, 4)}-${digits(serial & 0xffff, 4)}`,
    label: fatRootLabel(view, boot, is32) ?? (own === 'NO NAME' ? null : own),
  }
}

/** The entry of the root directory that is the volume's label (§6.1, attribute 08h). */
function fatRootLabel(view: DiskView, boot: Uint8Array, is32: boolean): string | null {
  const sector = u16le(boot, 11)
  const tableSectors = is32 ? u32le(boot, 36) : u16le(boot, 22)
  const afterTables = (u16le(boot, 14) + u8(boot, 16) * tableSectors) * sector
  const cluster = u8(boot, 13) * sector
  const start = is32 ? afterTables + (u32le(boot, 44) - 2) * cluster : afterTables
  const size = is32 ? cluster : u16le(boot, 17) * 32
  const root = bytesAt(view, start, Math.min(size, 64 * kib)) ?? new Uint8Array(0)
  for (let at = 0; at + 32 <= root.length; at += 32) {
    if (root[at] === 0) return null
    // 0Fh is part of a long name, E5h is deleted.
    if (root[at] !== 0xe5 && ((root[at + 11] ?? 0) & 0x3f) === 0x08) return asciiOf(root, at, 11)
  }
  return null
}

/** The boot sector, and record 3 of the master file table (`$Volume`) where it was read. */
function ntfsOf(view: DiskView): Details {
  const boot = bytesAt(view, 0, 512)
  if (boot === null) return {}
  const serial = u64le(boot, 72).toString(16).padStart(16, '0').toUpperCase()
  const cluster = u16le(boot, 11) * u8(boot, 13)
  const size = u8(boot, 64)
  const record = size > 127 ? 2 ** (256 - size) : size * cluster
  const place = Number(u64le(boot, 48)) * cluster + 3 * record
  const volume = record > 4096 ? null : bytesAt(view, place, record)
  return { uuid: serial, label: volume === null ? null : ntfsVolumeName(volume) }
}

function ntfsVolumeName(record: Uint8Array): string | null {
  if (asciiOf(record, 0, 4) !== 'FILE') return null
  for (let at = u16le(record, 20); at + 24 <= record.length;) {
    const type = u32le(record, at)
    const length = u32le(record, at + 4)
    if (type === 0xffff_ffff || length < 24) return null
    if (type === 0x60 && u8(record, at + 8) === 0) {
      return utf16Of(record, at + u16le(record, at + 20), u32le(record, at + 16))
    }
    at += length
  }
  return null
}

/** Microsoft's exFAT specification §3.1, volume label directory entry §7.3. */
function exfatOf(view: DiskView): Details {
  const boot = bytesAt(view, 0, 512)
  if (boot === null) return {}
  const serial = u32le(boot, 100)
  const sector = 2 ** Math.min(u8(boot, 108), 12)
  const cluster = sector * 2 ** Math.min(u8(boot, 109), 25)
  const rootAt = u32le(boot, 88) * sector + (u32le(boot, 96) - 2) * cluster
  const root = bytesAt(view, rootAt, Math.min(cluster, 4 * kib)) ?? new Uint8Array(0)
  let label: string | null = null
  for (let at = 0; at + 32 <= root.length && root[at] !== 0; at += 32) {
    if (root[at] === 0x83) label = utf16Of(root, at + 2, Math.min(u8(root, at + 1), 11) * 2)
  }
  return {
    version: `${u8(boot, 105)}.${u8(boot, 104)}`,
    uuid: `${digits(serial >>> 16, 4)}-${digits(serial & 0xffff, 4)}`,
    label,
  }
}

/** Apple technical note TN1150: version 4 is HFS+, 5 its form with case. */
function hfsOf(view: DiskView, at: number): Details | null {
  const header = bytesAt(view, at, 4)
  if (header === null) return {}
  const version = u16be(header, 2)
  return version === 4 || version === 5 ? { version: String(version) } : null
}

/** Primary volume descriptor, ECMA-119 §8.4; its dates serve as an id. */
function isoOf(view: DiskView): Details {
  const block = bytesAt(view, 32 * kib, 2 * kib)
  if (block === null) return {}
  const dates = [830, 813].map((at) => /^\d{16}/.exec(asciiOf(block, at, 16) ?? '')?.[0])
  const date = dates.find((found) => found !== undefined && !/^0+$/.test(found))
  return {
    label: asciiOf(block, 40, 32),
    uuid:
      date === undefined
        ? null
        : date.replace(/^(.{4})(..)(..)(..)(..)(..)(..)$/, '$1-$2-$3-$4-$5-$6-$7'),
  }
}

function digits(value: number, count: number): string {
  return toHex(value, count).toUpperCase()
}
