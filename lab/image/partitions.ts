import { crc32 } from 'node:zlib'

/** A GUID Partition Table (UEFI 2.10 §5) with the partitions of a disk of 512-byte blocks. */
export interface PartitionTable {
  readonly diskGuid: string
  readonly blockCount: number
  readonly partitions: readonly Partition[]
}

export interface Partition {
  /** At most 36 UTF-16 code units. */
  readonly name: string
  readonly typeGuid: string
  readonly guid: string
  readonly firstBlock: number
  readonly blockCount: number
}

/** Types the lab image uses: UEFI 2.10 §5.3.3, the GRUB manual, the Discoverable Partitions list. */
export const partitionType = {
  biosBoot: '21686148-6449-6e6f-744e-656564454649',
  efiSystem: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  basicData: 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7',
  linuxRootX64: '4f68bce3-e8cd-4db1-96e7-fbcaf984b709',
} as const

/** Bytes of a block, the only size this writer knows. */
export const blockSizeBytes = 512

/** The first blocks of a disk that belong to the table, and the last. */
export interface EncodedTable {
  /** Protective MBR (boot code zero), header, entries: blocks 0 to 33. */
  readonly head: Uint8Array
  /** Backup entries and header: the last 33 blocks. */
  readonly tail: Uint8Array
}

const entryCount = 128
const entrySizeBytes = 128
const entryBlocks = (entryCount * entrySizeBytes) / blockSizeBytes

export function encodePartitionTable(table: PartitionTable): EncodedTable {
  const entries = encodeEntries(table.partitions)
  const lastBlock = table.blockCount - 1
  const head = new Uint8Array((2 + entryBlocks) * blockSizeBytes)
  head.set(protectiveMbr(table.blockCount), 0)
  head.set(header(table, entries, { self: 1, other: lastBlock, entries: 2 }), blockSizeBytes)
  head.set(entries, 2 * blockSizeBytes)
  const tail = new Uint8Array((1 + entryBlocks) * blockSizeBytes)
  const backup = { self: lastBlock, other: 1, entries: lastBlock - entryBlocks }
  tail.set(entries, 0)
  tail.set(header(table, entries, backup), entries.length)
  return { head, tail }
}

/** UEFI 2.10 §5.2.3: one partition of type EE over the whole disk. */
function protectiveMbr(blockCount: number): Uint8Array {
  const mbr = Buffer.alloc(blockSizeBytes)
  mbr.set([0x00, 0x00, 0x02, 0x00, 0xee, 0xff, 0xff, 0xff], 446)
  mbr.writeUInt32LE(1, 454)
  mbr.writeUInt32LE(Math.min(blockCount - 1, 0xffff_ffff), 458)
  mbr.writeUInt16LE(0xaa55, 510)
  return mbr
}

interface Places {
  readonly self: number
  readonly other: number
  readonly entries: number
}

/** UEFI 2.10 table 5.5. The header's checksum is taken with its own field zero. */
function header(table: PartitionTable, entries: Uint8Array, places: Places): Uint8Array {
  const bytes = Buffer.alloc(blockSizeBytes)
  bytes.write('EFI PART', 0, 'latin1')
  bytes.writeUInt32LE(0x0001_0000, 8)
  bytes.writeUInt32LE(92, 12)
  bytes.writeBigUInt64LE(BigInt(places.self), 24)
  bytes.writeBigUInt64LE(BigInt(places.other), 32)
  bytes.writeBigUInt64LE(BigInt(2 + entryBlocks), 40)
  bytes.writeBigUInt64LE(BigInt(table.blockCount - entryBlocks - 2), 48)
  bytes.set(guidBytes(table.diskGuid), 56)
  bytes.writeBigUInt64LE(BigInt(places.entries), 72)
  bytes.writeUInt32LE(entryCount, 80)
  bytes.writeUInt32LE(entrySizeBytes, 84)
  bytes.writeUInt32LE(crc32(entries), 88)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 92)), 16)
  return bytes
}

/** UEFI 2.10 table 5.6. */
function encodeEntries(partitions: readonly Partition[]): Uint8Array {
  const bytes = Buffer.alloc(entryCount * entrySizeBytes)
  for (const [index, partition] of partitions.entries()) {
    const at = index * entrySizeBytes
    bytes.set(guidBytes(partition.typeGuid), at)
    bytes.set(guidBytes(partition.guid), at + 16)
    bytes.writeBigUInt64LE(BigInt(partition.firstBlock), at + 32)
    bytes.writeBigUInt64LE(BigInt(partition.firstBlock + partition.blockCount - 1), at + 40)
    bytes.write(partition.name, at + 56, 72, 'utf16le')
  }
  return bytes
}

/** The first three groups of a GUID are stored little-endian, the last two as written. */
function guidBytes(guid: string): Uint8Array {
  const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex')
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes
}
