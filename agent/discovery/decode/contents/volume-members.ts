import { hexOf, toHex, u16be, u32le, u64le, u8 } from '../integers.ts'
import { asciiOf, type Details, type Format, utf8Of, uuidOf } from './format.ts'
import { bytesAt, bytesFrom, type DiskView, letters } from './view.ts'
import { zfsFormats } from './zfs.ts'

const kib = 1024
const mib = 1024 * kib

/** Parts of volumes, arrays and pools that software builds on several disks. */
export const volumeMembers: readonly Format[] = [
  {
    name: 'lvm2',
    use: 'volume-member',
    offsets: [0x18, 0x218, 0x418, 0x618],
    magic: letters('LVM2 001'),
    describe: lvmOf,
  },
  {
    name: 'mdraid',
    use: 'raid-member',
    offsets: ({ sizeBytes }) => [
      0,
      4096,
      // Version 1.0: 8 KiB from the end, on a multiple of 4 KiB. Version 0.90: the last 64 KiB.
      Math.floor((Math.floor(sizeBytes / 512) - 16) / 8) * 8 * 512,
      Math.floor(sizeBytes / (64 * kib)) * 64 * kib - 64 * kib,
    ],
    magic: Uint8Array.of(0xfc, 0x4e, 0x2b, 0xa9),
    describe: mdOf,
  },
  {
    name: 'mdraid',
    use: 'raid-member',
    offsets: ({ sizeBytes }) => [Math.floor(sizeBytes / (64 * kib)) * 64 * kib - 64 * kib],
    magic: Uint8Array.of(0xa9, 0x2b, 0x4e, 0xfc),
  },
  {
    name: 'luks',
    use: 'encryption',
    // The second header of version 2 stands at one of these (LUKS2 specification §2.1).
    offsets: [0],
    magic: Uint8Array.of(...letters('LUKS'), 0xba, 0xbe),
    describe: luksOf,
  },
  {
    name: 'luks',
    use: 'encryption',
    offsets: [16, 32, 64, 128, 256, 512, 1024, 2048, 4096].map((size) => size * kib),
    magic: Uint8Array.of(...letters('SKUL'), 0xba, 0xbe),
    describe: luksOf,
  },
  {
    name: 'bcache',
    use: 'volume-member',
    offsets: [4096 + 24],
    magic: Uint8Array.fromHex('c68573f64e1a45ca8265f57f48ba6d81'),
    describe: at(24, (block) => ({ uuid: uuidOf(block, 40), label: utf8Of(block, 72, 32) })),
  },
  ...zfsFormats,
  {
    name: 'ceph',
    use: 'volume-member',
    offsets: [0],
    magic: letters('bluestore block device'),
    describe: at(0, (block) => ({
      uuid: /^bluestore block device\n([0-9a-f-]{36})\n/.exec(asciiLines(block))?.[1] ?? null,
    })),
  },
  {
    name: 'vmfs-volume',
    use: 'volume-member',
    offsets: [mib],
    magic: Uint8Array.of(0x0d, 0xd0, 0x01, 0xc0),
    describe: at(0, (block) => ({ version: String(u32le(block, 4)), uuid: vmfsId(block, 130) })),
  },
  {
    name: 'vmfs',
    use: 'file-system',
    offsets: [2 * mib],
    magic: Uint8Array.of(0x5e, 0xf1, 0xab, 0x2f),
    describe: at(0, (block) => ({
      version: String(u8(block, 8)),
      uuid: vmfsId(block, 9),
      label: utf8Of(block, 29, 128),
    })),
  },
  ...[0x6b, 0x6c, 0x6d].map((last): Format => ({
    name: 'drbd',
    use: 'volume-member',
    offsets: ({ sizeBytes }) => [Math.floor(sizeBytes / 4096) * 4096 - 4096 + 60],
    magic: Uint8Array.of(0x83, 0x74, 0x02, last),
    describe: at(60, (block) => {
      const version = last === 0x6d ? 9 : 8
      const place = version === 9 ? 48 : 40
      return { version: String(version), uuid: hexOf(block, place, place + 8).replace(/^0+/, '') }
    }),
  })),
  {
    name: 'stratis',
    use: 'volume-member',
    offsets: [512 + 4, 9 * 512 + 4],
    magic: Uint8Array.of(...letters('!Stra0tis'), 0x86, 0xff, 0x02, 0x5e, 0x41, ...letters('rh')),
    describe: at(4, (block) => {
      const text = asciiOf(block, 64, 32)?.replace(
        /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
        '$1-$2-$3-$4-$5',
      )
      return { uuid: text ?? null }
    }),
  },
  {
    name: 'vdo',
    use: 'volume-member',
    offsets: [0],
    magic: letters('dmvdo001'),
    describe: at(0, (block) => ({ uuid: uuidOf(block, 40) })),
  },
  {
    name: 'dm-integrity',
    use: 'volume-member',
    offsets: [0],
    magic: Uint8Array.of(...letters('integrt'), 0),
  },
  {
    name: 'dm-verity',
    use: 'volume-member',
    offsets: [0],
    magic: Uint8Array.of(...letters('verity'), 0, 0),
    describe: at(0, (block) => ({ version: String(u32le(block, 8)), uuid: uuidOf(block, 16) })),
  },
]

/** Reads the block that begins `before` bytes ahead of the magic number. */
function at(before: number, read: (block: Uint8Array) => Details) {
  return (view: DiskView, place: number): Details => {
    const block = bytesFrom(view, place - before)
    return block === null ? {} : read(block)
  }
}

function asciiLines(block: Uint8Array): string {
  return String.fromCharCode(...block.subarray(0, 64))
}

/** Label header and physical volume header, lib/format_text/layout.h of LVM2. */
function lvmOf(view: DiskView, place: number): Details {
  const label = bytesAt(view, place - 24, 512)
  if (label === null) return {}
  const header = label.subarray(u32le(label, 20))
  const id = asciiOf(header, 0, 32)?.replace(
    /^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/,
    '$1-$2-$3-$4-$5-$6-$7',
  )
  return { version: 'LVM2 001', uuid: id ?? null, label: volumeGroup(view, header) }
}

/** Behind the data areas the header lists the metadata areas; both lists end with zeros. */
function volumeGroup(view: DiskView, header: Uint8Array): string | null {
  let list = 40
  while (u64le(header, list) !== 0n) list += 16
  const area = Number(u64le(header, list + 16))
  const head = bytesAt(view, area, 512)
  if (head === null || asciiOf(head, 4, 16) !== 'LVM2 x[5A%r0N*>') return null
  const text = bytesFrom(view, area + Number(u64le(head, 40)))
  if (text === null || u64le(head, 48) === 0n) return null
  return /^([\w+.-]{1,128}) \{/.exec(asciiOf(text, 0, 200) ?? '')?.[1] ?? null
}

/** include/uapi/linux/raid/md_p.h: mdp_superblock_1, and mdp_superblock_s of version 0.90. */
function mdOf(view: DiskView, place: number): Details {
  const block = bytesAt(view, place, 256)
  if (block === null) return {}
  if (u32le(block, 4) === 1) {
    const version = place === 0 ? '1.1' : place === 4096 ? '1.2' : '1.0'
    return { version, uuid: uuidOf(block, 16), label: utf8Of(block, 32, 32) }
  }
  const words = [20, 52, 56, 60].map((word) => toHex(u32le(block, word), 8))
  const id = Uint8Array.fromHex(words.join(''))
  return {
    version: `${u32le(block, 4)}.${u32le(block, 8)}.${u32le(block, 12)}`,
    uuid: uuidOf(id, 0),
  }
}

/** LUKS1 on-disk format 1.2.3 §2.4; LUKS2 on-disk format §2.2. Big-endian. */
function luksOf(view: DiskView, place: number): Details {
  const block = bytesAt(view, place, 256)
  if (block === null) return {}
  const version = u16be(block, 6)
  return {
    version: String(version),
    uuid: asciiOf(block, 168, 40),
    label: version === 2 ? utf8Of(block, 24, 48) : null,
  }
}

/** Two little-endian words, one of 16 bits, six bytes: as VMware writes the ids of its volumes. */
function vmfsId(block: Uint8Array, offset: number): string {
  const part = (from: number, to: number) =>
    block
      .subarray(offset + from, offset + to)
      .toReversed()
      .toHex()
  const tail = hexOf(block, offset + 10, offset + 16)
  return `${part(0, 4)}-${part(4, 8)}-${part(8, 10)}-${tail}`
}
