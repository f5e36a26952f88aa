import { DecodeError } from '../../protocol/errors.ts'
import { decodeGpt } from '../../protocol/gpt.ts'

/** The beginning and the end of a disk or a partition. */
export interface DiskEnds {
  /** Bytes from 0; {@link headReadBytes} of them where there are as many. */
  readonly head: Uint8Array
  /** Bytes up to the end. Empty: not read, signatures there are not looked for. */
  readonly tail: Uint8Array
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: number
}

/** What a disk holds: names of its signatures, sorted, and where its partitions start. */
export interface DiskContents {
  readonly signatures: readonly string[]
  readonly partitionOffsetsBytes: readonly number[]
}

/** VMFS keeps its superblock 2 MiB from the start; nothing known lies further. */
export const headReadBytes = 2 * 1024 * 1024 + 64 * 1024

/** Signatures of storage that other machines may be using at this moment. */
export const sharedSignatures: ReadonlySet<string> = new Set([
  'vmfs',
  'gfs2',
  'ocfs2',
  'ceph',
  'gpfs',
])

const kib = 1024
const mib = 1024 * kib

/** Name, offset from the start, bytes. Numbers as in libblkid and the kernel's own headers. */
const atStart = [
  ['gpt', 512, text('EFI PART')],
  ['gpt', 4096, text('EFI PART')],
  ['luks', 0, Uint8Array.of(...text('LUKS'), 0xba, 0xbe)],
  ['lvm2', 0x18, text('LVM2 001')],
  ['lvm2', 0x218, text('LVM2 001')],
  ['lvm2', 0x418, text('LVM2 001')],
  ['lvm2', 0x618, text('LVM2 001')],
  ['mdraid', 0, Uint8Array.of(0xfc, 0x4e, 0x2b, 0xa9)],
  ['mdraid', 4096, Uint8Array.of(0xfc, 0x4e, 0x2b, 0xa9)],
  ['bcache', 4096 + 24, Uint8Array.of(0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca)],
  ['ext', 1080, Uint8Array.of(0x53, 0xef)],
  ['xfs', 0, text('XFSB')],
  ['btrfs', 64 * kib + 0x40, text('_BHRfS_M')],
  ['swap', 4096 - 10, text('SWAPSPACE2')],
  ['swap', 64 * kib - 10, text('SWAPSPACE2')],
  ['fat', 54, text('FAT1')],
  ['fat', 82, text('FAT32')],
  ['ntfs', 3, text('NTFS    ')],
  ['exfat', 3, text('EXFAT   ')],
  ['iso9660', 32 * kib + 1, text('CD001')],
  ['vmfs', mib, Uint8Array.of(0x0d, 0xd0, 0x01, 0xc0)],
  ['vmfs', 2 * mib, Uint8Array.of(0x5e, 0xf1, 0xab, 0x2f)],
  ['gfs2', 64 * kib, Uint8Array.of(0x01, 0x16, 0x19, 0x70)],
  ['ocfs2', 8 * kib, text('OCFSV2')],
  ['ceph', 0, text('bluestore block device')],
] as const satisfies readonly (readonly [string, number, Uint8Array])[]

/** GPT partition types that say who owns the partition. */
const gptTypes: Readonly<Record<string, string>> = {
  'aa31e02a-400f-11db-9590-000c2911d1b8': 'vmfs',
  '37affc90-ef7d-4e96-91c3-2d7ae055b174': 'gpfs',
  '4fbd7e29-9d25-41b8-afd0-062c0ceff05d': 'ceph',
  '45b0969e-9b03-4f30-b4c6-b4b80ceff106': 'ceph',
  'cafecafe-9b03-4f30-b4c6-b4b80ceff106': 'ceph',
  '6a898cc3-1dd2-11b2-99a6-080020736631': 'zfs',
  'a19d880f-05fc-4d3b-a006-743f0f84911e': 'mdraid',
  'e6d6d379-f507-44c2-a23c-238f2a3df928': 'lvm2',
}

/** Reads the signatures at both ends. Pure; nothing on a disk makes it fail. */
export function decodeContents(ends: DiskEnds): DiskContents {
  const found = new Set<string>()
  for (const [name, offset, bytes] of atStart) {
    if (matches(ends.head, offset, bytes)) found.add(name)
  }
  for (const name of endSignatures(ends)) found.add(name)
  if (hasZfsLabel(ends)) found.add('zfs')
  const gpt = gptPartitions(ends)
  for (const name of gpt.owners) found.add(name)
  const mbr = mbrPartitions(ends)
  const isVolume = ['fat', 'ntfs', 'exfat'].some((name) => found.has(name))
  if (!isVolume && mbr.length > 0) found.add('mbr')
  return {
    signatures: [...found].toSorted(),
    partitionOffsetsBytes: isVolume ? [] : [...gpt.offsetsBytes, ...mbr],
  }
}

/** Backup GPT, md superblocks 0.90 and 1.0, and firmware RAID, all counted from the end. */
function endSignatures(ends: DiskEnds): readonly string[] {
  const { tail, sizeBytes, logicalBlockSizeBytes } = ends
  const tailStart = sizeBytes - tail.length
  const has = (offset: number, bytes: Uint8Array) => matches(tail, offset - tailStart, bytes)
  const magic = Uint8Array.of(0xfc, 0x4e, 0x2b, 0xa9)
  const version10 = Math.floor((Math.floor(sizeBytes / 512) - 16) / 8) * 8 * 512
  const version090 = Math.floor(sizeBytes / (64 * kib)) * 64 * kib - 64 * kib
  const found: string[] = []
  if (has(sizeBytes - logicalBlockSizeBytes, text('EFI PART'))) found.push('gpt')
  if (has(version10, magic) || has(version090, magic)) found.push('mdraid')
  if (has(sizeBytes - 1024, text('Intel Raid ISM Cfg. Sig. '))) found.push('imsm')
  if (has(sizeBytes - 512, Uint8Array.of(0xde, 0x11, 0xde, 0x11))) found.push('ddf')
  return found
}

/** A ring of uberblocks, 1 KiB apart, in each of four labels of 256 KiB: two at either end. */
function hasZfsLabel(ends: DiskEnds): boolean {
  const { head, tail, sizeBytes } = ends
  const label = 256 * kib
  const end = Math.floor(sizeBytes / label) * label
  const tailStart = sizeBytes - tail.length
  return [0, label, end - 2 * label, end - label].some((start, at) => {
    const from = start + 128 * kib - (at < 2 ? 0 : tailStart)
    return hasUberblock(at < 2 ? head : tail, from, from + 128 * kib)
  })
}

function hasUberblock(bytes: Uint8Array, from: number, to: number): boolean {
  const little = Uint8Array.of(0x0c, 0xb1, 0xba, 0, 0, 0, 0, 0)
  const big = little.toReversed()
  for (let at = from; at < to; at += kib) {
    if (matches(bytes, at, little) || matches(bytes, at, big)) return true
  }
  return false
}

/** A damaged table has no partitions we could look into; its signature is reported all the same. */
function gptPartitions(ends: DiskEnds): {
  readonly offsetsBytes: readonly number[]
  readonly owners: readonly string[]
} {
  try {
    const partitions = decodeGpt(ends.head, ends.logicalBlockSizeBytes)?.facts.partitions ?? []
    return {
      offsetsBytes: partitions.map(({ firstLba }) => firstLba * ends.logicalBlockSizeBytes),
      owners: partitions.flatMap(({ typeGuid }) => gptTypes[typeGuid] ?? []),
    }
  } catch (error) {
    if (error instanceof DecodeError) return { offsetsBytes: [], owners: [] }
    throw error
  }
}

/** Offsets of the primary partitions. None: no MBR, or one that only protects a GPT. */
function mbrPartitions({ head, logicalBlockSizeBytes }: DiskEnds): readonly number[] {
  if (!matches(head, 510, Uint8Array.of(0x55, 0xaa))) return []
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const entries = [446, 462, 478, 494]
  if (entries.some((at) => (view.getUint8(at) & 0x7f) !== 0)) return []
  return entries
    .filter((at) => ![0, 0xee].includes(view.getUint8(at + 4)))
    .map((at) => view.getUint32(at + 8, true) * logicalBlockSizeBytes)
}

function matches(bytes: Uint8Array, offset: number, wanted: Uint8Array): boolean {
  if (offset < 0 || offset + wanted.length > bytes.length) return false
  return wanted.every((byte, at) => bytes[offset + at] === byte)
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}
