import type { DiskContents } from '../../../protocol/facts/disk-contents.ts'
import type { Host } from '../../host.ts'
import { decodeContents } from '../decode/contents/contents.ts'
import { furtherPlaces } from '../decode/contents/further-places.ts'
import { all } from '../probe.ts'

const kib = 1024
const mib = 1024 * kib

/** The size of a device and of its sectors. */
export interface DeviceSize {
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: number
}

/** Nearly everything stands in the first 68 KiB; ZFS writes its pool's name within the next. */
const headBytes = 128 * kib

/** VMFS: the volume 1 MiB from the start, the file system on it 2 MiB. */
const farPlaces = [mib, 2 * mib].map((offset) => [offset, 4 * kib] as const)

/** Backup GPT, md 0.90 in the last but one 64 KiB at most, firmware RAID. */
const tailBytes = 128 * kib

/**
 * What a disk or partition holds, by pieces of its beginning and end; null where it could not be
 * read: there is no such device node, no medium, or the recording has not these parts.
 */
export async function readContents(
  host: Host,
  path: string,
  { sizeBytes, logicalBlockSizeBytes }: DeviceSize,
): Promise<DiskContents | null> {
  if (sizeBytes === 0) return null
  const head = await piece(host, path, 0, Math.min(headBytes, sizeBytes))
  if (head === null) return null
  const tailAt = Math.max(headBytes, sizeBytes - tailBytes)
  const places = [...farPlaces, [tailAt, sizeBytes - tailAt] as const]
  const others = await all(
    places.filter(([offset, length]) => length > 0 && offset + length <= sizeBytes),
    ([offset, length]) => piece(host, path, offset, length),
  )
  const pieces = [head, ...others.filter((one) => one !== null)]
  const further = furtherPlaces({ sizeBytes, logicalBlockSizeBytes, pieces })
  const named = await all(further, ({ offset, length }) => piece(host, path, offset, length))
  return decodeContents({
    sizeBytes,
    logicalBlockSizeBytes,
    pieces: [...pieces, ...named.filter((one) => one !== null)],
  })
}

/** Null for less than was asked: a file of a recording that stands for the disk and is not it. */
async function piece(host: Host, path: string, offsetBytes: number, length: number) {
  const bytes = await host.part(path, offsetBytes, length)
  return bytes === undefined || bytes.length < length ? null : { offsetBytes, bytes }
}
