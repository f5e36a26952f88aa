import { DecodeError } from '../../../../protocol/errors.ts'
import type { DiskContents } from '../../../../protocol/facts/disk-contents.ts'
import { u64le } from '../integers.ts'
import { decodeContents } from './contents.ts'
import { letters, standsAt } from './view.ts'

const maxBytes = 64 * 1024 * 1024

/** What the beginning of a disk or partition says that it holds; the rest of it is not needed. */
export function decodeDiskHead(bytes: Uint8Array): DiskContents {
  if (bytes.length < 512 || bytes.length > maxBytes) {
    throw new DecodeError(
      `Cannot read beginning of a disk: want 512 to ${maxBytes} bytes, found ${bytes.length}`,
    )
  }
  const pieces = [{ offsetBytes: 0, bytes }]
  const small = { sizeBytes: bytes.length, logicalBlockSizeBytes: 512, pieces }
  const isAt = (block: number) => standsAt(small, block, letters('EFI PART'))
  const block = !isAt(512) && isAt(4096) ? 4096 : 512
  return decodeContents({
    sizeBytes: isAt(block) ? Math.max(bytes.length, sizeByGpt(bytes, block)) : bytes.length,
    logicalBlockSizeBytes: block,
    pieces,
  })
}

/** The backup header stands in the last block of the disk (UEFI 2.10 §5.3.2, AlternateLBA). */
function sizeByGpt(bytes: Uint8Array, block: number): number {
  if (bytes.length < block + 40) return 0
  const size = (u64le(bytes, block + 32) + 1n) * BigInt(block)
  return size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : 0
}
