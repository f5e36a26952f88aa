import { DecodeError } from '../../../../protocol/errors.ts'
import type { DiskContents, DiskSignature } from '../../../../protocol/facts/disk-contents.ts'
import { firmwareRaid } from './firmware-raid.ts'
import type { Details, Format } from './format.ts'
import { otherFileSystems } from './other-file-systems.ts'
import { decodePartitionTable } from './partition-table.ts'
import { unixFileSystems } from './unix-file-systems.ts'
import { type DiskView, standsAt } from './view.ts'
import { volumeMembers } from './volume-members.ts'

/** Every format, in the order they are looked for. */
export const formats: readonly Format[] = [
  ...volumeMembers,
  ...firmwareRaid,
  ...unixFileSystems,
  ...otherFileSystems,
]

/** More than this on one device and its bytes are a test's, not a machine's. */
const maxSignatures = 32

/**
 * What a disk or partition holds. Nothing on it makes this fail: a superblock that is damaged behind
 * its magic number is a signature without label and id.
 */
export function decodeContents(view: DiskView): DiskContents {
  const found = new Map<string, DiskSignature>()
  for (const format of formats) {
    const signature = found.has(format.name) ? null : signatureOf(view, format)
    if (signature !== null && found.size < maxSignatures) found.set(signature.name, signature)
  }
  const signatures = [...found.values()].toSorted((a, b) => a.offsetBytes - b.offsetBytes)
  // A boot sector of these ends like an MBR and has none.
  const isVolume = signatures.some(({ name }) => bootSectors.has(name))
  return { partitionTable: decodePartitionTable(view, isVolume), signatures }
}

const bootSectors: ReadonlySet<string> = new Set(['fat', 'ntfs', 'exfat', 'refs', 'bitlocker'])

function signatureOf(view: DiskView, format: Format): DiskSignature | null {
  const offsets =
    typeof format.offsets === 'function'
      ? format.offsets(view)
      : format.offsets.map((offset) => (offset < 0 ? view.sizeBytes + offset : offset))
  for (const offsetBytes of offsets) {
    if (offsetBytes < 0 || !standsAt(view, offsetBytes, format.magic)) continue
    const details = described(view, format, offsetBytes)
    if (details === null) continue
    const { name = format.name, version = null, label = null, uuid = null } = details
    return { name, use: format.use, offsetBytes, version, label, uuid }
  }
  return null
}

function described(view: DiskView, format: Format, at: number): Details | null {
  try {
    return format.describe === undefined ? {} : format.describe(view, at)
  } catch (error) {
    if (error instanceof DecodeError) return {}
    throw error
  }
}
