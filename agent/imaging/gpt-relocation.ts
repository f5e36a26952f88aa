import { DecodeError } from '../../protocol/errors.ts'
import { decodeGpt, entriesSizeBytes, headerCrc } from '../../protocol/gpt.ts'

/** What to write so that an image's GPT fits a disk larger than the image. */
export interface RelocatedGpt {
  /** The image's first bytes with the protective MBR and the first header mended. */
  readonly head: Uint8Array
  /** Backup entries and backup header: the disk's last bytes. */
  readonly backup: Uint8Array
  readonly backupOffsetBytes: number
}

/**
 * Moves a GPT's backup to the end of the disk and lets the table use all of it (UEFI 2.10 §5.3).
 * Partitions and GUIDs stay as they are. `head` is the image's beginning, 1 MiB is enough.
 * Throws `DecodeError` when it has no sound GPT or the disk has no room for its partitions.
 */
export function relocateGpt(
  head: Uint8Array,
  logicalBlockSizeBytes: number,
  diskSizeBytes: number,
): RelocatedGpt {
  const gpt = decodeGpt(head, logicalBlockSizeBytes)
  if (gpt === null) throw new DecodeError('image has no GPT to move')
  const { header, entries, facts } = gpt
  const entrySectors = Math.ceil(entriesSizeBytes(header) / logicalBlockSizeBytes)
  const lastLba = diskSizeBytes / logicalBlockSizeBytes - 1
  const backupEntriesLba = lastLba - entrySectors
  const lastUsableLba = backupEntriesLba - 1
  const lastUsedLba = Math.max(0, ...facts.partitions.map((partition) => partition.lastLba))
  if (lastUsedLba > lastUsableLba) {
    throw new DecodeError(`disk of ${lastLba + 1} sectors has no room for a backup GPT`)
  }
  const first = { myLba: 1, alternateLba: lastLba, entriesLba: header.entriesLba, lastUsableLba }
  const second = { myLba: lastLba, alternateLba: 1, entriesLba: backupEntriesLba, lastUsableLba }
  const sector = head.subarray(logicalBlockSizeBytes, 2 * logicalBlockSizeBytes)

  const newHead = new Uint8Array(head)
  newHead.set(withPlaces(sector, header.headerSizeBytes, first), logicalBlockSizeBytes)
  mendProtectiveMbr(newHead, lastLba)
  const backup = new Uint8Array((entrySectors + 1) * logicalBlockSizeBytes)
  backup.set(entries, 0)
  backup.set(
    withPlaces(sector, header.headerSizeBytes, second),
    entrySectors * logicalBlockSizeBytes,
  )
  return { head: newHead, backup, backupOffsetBytes: backupEntriesLba * logicalBlockSizeBytes }
}

interface Places {
  readonly myLba: number
  readonly alternateLba: number
  readonly entriesLba: number
  readonly lastUsableLba: number
}

function withPlaces(sector: Uint8Array, headerSizeBytes: number, places: Places): Uint8Array {
  const moved = new Uint8Array(sector)
  const view = new DataView(moved.buffer)
  view.setBigUint64(24, BigInt(places.myLba), true)
  view.setBigUint64(32, BigInt(places.alternateLba), true)
  view.setBigUint64(48, BigInt(places.lastUsableLba), true)
  view.setBigUint64(72, BigInt(places.entriesLba), true)
  view.setUint32(16, headerCrc(moved, headerSizeBytes), true)
  return moved
}

/** The protective record covers the disk, as far as 32 bits reach. A hybrid MBR is left alone. */
function mendProtectiveMbr(head: Uint8Array, lastLba: number): void {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const isProtective = view.getUint8(450) === 0xee && view.getUint32(454, true) === 1
  const isAlone = head.subarray(462, 510).every((byte) => byte === 0)
  if (isProtective && isAlone) view.setUint32(458, Math.min(lastLba, 0xffffffff), true)
}
