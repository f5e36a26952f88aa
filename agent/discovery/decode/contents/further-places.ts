import { u32le, u64le, u8 } from '../integers.ts'
import { bytesAt, type DiskView, letters, standsAt } from './view.ts'

/** A place of a disk that is worth reading too. */
export interface Place {
  readonly offset: number
  readonly length: number
}

const kib = 1024

/** Where what was read says that more stands which tells of it; only what is in no piece yet. */
export function furtherPlaces(view: DiskView): readonly Place[] {
  const places = [backupEntries(view), exfatRoot(view)].filter((place) => place !== null)
  return places.filter(
    ({ offset, length }) =>
      offset >= 0 &&
      length > 0 &&
      offset + length <= view.sizeBytes &&
      bytesAt(view, offset, length) === null,
  )
}

/** 1,024 entries of 128 bytes, where 128 are usual. */
const maxEntriesBytes = 128 * kib

/**
 * Entries of the backup GPT: some tools leave them right behind the last usable block, a MiB before
 * the end (UEFI 2.10 §5.3.2).
 */
function backupEntries(view: DiskView): Place | null {
  const block = view.logicalBlockSizeBytes
  const header = bytesAt(view, view.sizeBytes - block, block)
  if (header === null || !standsAt(view, view.sizeBytes - block, letters('EFI PART'))) return null
  const length = u32le(header, 80) * u32le(header, 84)
  if (length > maxEntriesBytes) return null
  return { offset: Number(u64le(header, 72)) * block, length }
}

/** The root directory of exFAT, whose first entries have the label; the specification §3.1. */
function exfatRoot(view: DiskView): Place | null {
  const boot = bytesAt(view, 0, 512)
  if (boot === null || !standsAt(view, 3, letters('EXFAT   '))) return null
  const sector = 2 ** Math.min(u8(boot, 108), 12)
  const cluster = sector * 2 ** Math.min(u8(boot, 109), 25)
  const offset = u32le(boot, 88) * sector + (u32le(boot, 96) - 2) * cluster
  return { offset, length: Math.min(cluster, 4 * kib) }
}
