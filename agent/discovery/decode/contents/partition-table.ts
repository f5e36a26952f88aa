import { DecodeError } from '../../../../protocol/errors.ts'
import type { PartitionTable } from '../../../../protocol/facts/disk-contents.ts'
import {
  decodeGpt,
  decodeGptHeader,
  entriesSizeBytes,
  withEntries,
} from '../../../../protocol/gpt.ts'
import type { Gpt } from '../../../../protocol/gpt.ts'
import { deviceText } from '../device-text.ts'
import { toHex, u16be, u32le, u64le, u8 } from '../integers.ts'
import { asciiOf } from './format.ts'
import { gptTypeNames, mbrTypeNames } from './partition-types.ts'
import { bytesAt, bytesFrom, type DiskView, letters, standsAt } from './view.ts'

type TablePartition = PartitionTable['partitions'][number]

/** The table of a disk; null without one. `isVolume`: its first sector is a file system's own. */
export function decodePartitionTable(view: DiskView, isVolume: boolean): PartitionTable | null {
  return gptOf(view) ?? otherTable(view) ?? (isVolume ? null : mbrOf(view))
}

/** UEFI 2.10 §5.3: the primary at LBA 1, the backup in the last block. */
function gptOf(view: DiskView): PartitionTable | null {
  const block = view.logicalBlockSizeBytes
  const primary = copyOf(() => {
    const head = bytesFrom(view, 0)
    return head === null ? null : decodeGpt(head, block)
  })
  const backup = copyOf(() => backupOf(view))
  // The signature alone tells that there was one, also where the disk's sectors are others.
  const isThere = [512, 4096].some((at) => standsAt(view, at, letters('EFI PART')))
  if (primary === null && backup === null && !isThere) return null
  const good = isGpt(primary) ? primary : isGpt(backup) ? backup : null
  return {
    kind: 'gpt',
    id: good?.header.diskGuid ?? null,
    state: gptState(view, primary, backup),
    partitions: good === null ? [] : gptPartitions(good, block),
  }
}

/** A table, `damaged`, `unread` where a part of it lies in no piece, or null where there is none. */
type Copy = Gpt | 'damaged' | 'unread' | null

function copyOf(read: () => Copy): Copy {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError) return 'damaged'
    throw error
  }
}

function isGpt(copy: Copy): copy is Gpt {
  return copy !== null && copy !== 'damaged' && copy !== 'unread'
}

/** Its entries may stand anywhere behind the last usable block (UEFI 2.10 §5.3.1). */
function backupOf(view: DiskView): Gpt | 'unread' | null {
  const block = view.logicalBlockSizeBytes
  const sector = bytesAt(view, view.sizeBytes - block, block)
  const header = sector === null ? null : decodeGptHeader(sector)
  if (header === null) return null
  const [start, size] = [header.entriesLba * block, entriesSizeBytes(header)]
  const entries = bytesAt(view, start, size)
  if (entries !== null) return withEntries(header, entries)
  if (start + size <= view.sizeBytes) return 'unread'
  throw new DecodeError('GPT entries of the backup are not where it says')
}

function gptState(view: DiskView, primary: Copy, backup: Copy): PartitionTable['state'] {
  if (!isGpt(primary)) return 'primary-damaged'
  const block = view.logicalBlockSizeBytes
  if (bytesAt(view, view.sizeBytes - block, block) === null) return 'backup-unread'
  if (backup === 'unread') return 'backup-unread'
  if (!isGpt(backup)) return 'backup-damaged'
  const isSame =
    primary.header.entriesCrc === backup.header.entriesCrc &&
    primary.header.diskGuid === backup.header.diskGuid
  return isSame ? 'good' : 'copies-differ'
}

/** UEFI 2.10 table 5.8, and the bits that Windows gives basic data partitions. */
const attributeBits: readonly (readonly [bigint, TablePartition['attributes'][number]])[] = [
  [0n, 'required'],
  [1n, 'no-block-io'],
  [2n, 'legacy-boot'],
  [60n, 'read-only'],
  [61n, 'shadow-copy'],
  [62n, 'hidden'],
  [63n, 'no-drive-letter'],
]

function gptPartitions({ header, entries, facts }: Gpt, block: number): readonly TablePartition[] {
  return facts.partitions.map((found) => {
    const bits = u64le(entries, (found.index - 1) * header.entrySizeBytes + 48)
    return {
      number: found.index,
      startBytes: sizeOf(found.firstLba, block),
      sizeBytes: sizeOf(found.lastLba - found.firstLba + 1, block),
      typeId: found.typeGuid,
      typeName: gptTypeNames.get(found.typeGuid) ?? null,
      uniqueId: found.uniqueGuid,
      name: deviceText(found.name),
      attributes: attributeBits.flatMap(([bit, name]) =>
        ((bits >> bit) & 1n) === 1n ? [name] : [],
      ),
    }
  })
}

/** Bytes of so many blocks; a count that is below zero or past any disk is no size. */
function sizeOf(blocks: number, block: number): number {
  const size = blocks * block
  return size >= 0 && Number.isSafeInteger(size) ? size : 0
}

/** Four entries at byte 446, then the chain of the extended partition as far as it was read. */
function mbrOf(view: DiskView): PartitionTable | null {
  const sector = bytesAt(view, 0, 512)
  if (sector === null || sector[510] !== 0x55 || sector[511] !== 0xaa) return null
  const starts = [446, 462, 478, 494]
  if (starts.some((at) => ((sector[at] ?? 0) & 0x7f) !== 0)) return null
  const primary = starts.flatMap((at, index) => entryOf(view, sector, at, 0, index + 1))
  // An empty one, or one that only protects a GPT, says nothing by itself.
  if (primary.every(({ typeId }) => typeId === 'ee')) return null
  const extended = primary.find(({ typeId }) => ['05', '0f', '85'].includes(typeId))
  const logical = extended === undefined ? [] : logicalPartitions(view, extended.startBytes)
  const id = u32le(sector, 440)
  return {
    kind: 'mbr',
    id: id === 0 ? null : toHex(id, 8),
    state: 'not-kept-twice',
    partitions: [...primary, ...logical],
  }
}

const maxLogicalPartitions = 60

function logicalPartitions(view: DiskView, extendedBytes: number): readonly TablePartition[] {
  const found: TablePartition[] = []
  const seen = new Set<number>()
  let place = extendedBytes
  while (found.length < maxLogicalPartitions && !seen.has(place)) {
    seen.add(place)
    const sector = bytesAt(view, place, 512)
    if (sector === null || sector[510] !== 0x55 || sector[511] !== 0xaa) break
    found.push(...entryOf(view, sector, 446, place, 5 + found.length))
    const next = u32le(sector, 462 + 8)
    if (next === 0 || u8(sector, 462 + 4) === 0) break
    place = extendedBytes + next * view.logicalBlockSizeBytes
  }
  return found
}

function entryOf(
  view: DiskView,
  sector: Uint8Array,
  at: number,
  baseBytes: number,
  number: number,
): readonly TablePartition[] {
  const type = u8(sector, at + 4)
  const count = u32le(sector, at + 12)
  if (type === 0 || count === 0) return []
  const typeId = toHex(type, 2)
  return [
    {
      number,
      startBytes: baseBytes + u32le(sector, at + 8) * view.logicalBlockSizeBytes,
      sizeBytes: count * view.logicalBlockSizeBytes,
      typeId,
      typeName: mbrTypeNames.get(type) ?? null,
      uniqueId: null,
      name: null,
      attributes: u8(sector, at) === 0x80 ? ['active'] : [],
    },
  ]
}

/** Tables of other systems: that they are there, not what is in them. */
function otherTable(view: DiskView): PartitionTable | null {
  const sector = bytesAt(view, 0, 512)
  if (sector === null) return null
  const kind = isSun(sector)
    ? 'sun'
    : standsAt(view, 512, letters('PM')) && asciiOf(sector, 0, 2) === 'ER'
      ? 'apple'
      : standsAt(view, 0, Uint8Array.of(0x0b, 0xe5, 0xa9, 0x41))
        ? 'sgi'
        : [0, 64, 512].some((at) => standsAt(view, at, Uint8Array.of(0x57, 0x45, 0x56, 0x82)))
          ? 'bsd'
          : [1024, 4096, 8192].some((at) =>
                standsAt(view, at, Uint8Array.of(0xe5, 0xd6, 0xd3, 0xf1)),
              )
            ? 'dasd'
            : null
  return kind === null ? null : { kind, id: null, state: 'not-kept-twice', partitions: [] }
}

/** The words of the sector, with the sum that ends it, come to 0. */
function isSun(sector: Uint8Array): boolean {
  if (u16be(sector, 508) !== 0xdabe) return false
  let sum = 0
  for (let at = 0; at < 512; at += 2) sum ^= u16be(sector, at)
  return sum === 0
}
