import { dlopen, ptr } from 'bun:ffi'

/**
 * The three calls on block devices that Bun has no API for. Linux, 64-bit; glibc, which Bun itself
 * is linked with. Numbers from include/uapi/linux/fs.h and falloc.h.
 */
const { symbols: libc } = dlopen('libc.so.6', {
  fallocate: { args: ['i32', 'i32', 'i64', 'i64'], returns: 'i32' },
  ioctl: { args: ['i32', 'u64', 'ptr'], returns: 'i32' },
})

const BLKROGET = 0x125e
const BLKRRPART = 0x125f
const BLKSSZGET = 0x1268
const BLKGETSIZE64 = 0x80081272
const FALLOC_FL_KEEP_SIZE = 0x01
const FALLOC_FL_PUNCH_HOLE = 0x02

/** Makes a range read as zeros without writing them. False: the file or device cannot. */
export function punchHole(fd: number, offsetBytes: number, lengthBytes: number): boolean {
  const mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE
  return libc.fallocate(fd, mode, offsetBytes, lengthBytes) === 0
}

/** Size and sector size of an open block device, as the kernel has them now. */
export function blockDeviceGeometry(fd: number): {
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: number
  readonly readOnly: boolean
} {
  const size = new BigUint64Array(1)
  const sector = new Int32Array(1)
  const readOnly = new Int32Array(1)
  query(fd, BLKGETSIZE64, size, 'BLKGETSIZE64')
  query(fd, BLKSSZGET, sector, 'BLKSSZGET')
  query(fd, BLKROGET, readOnly, 'BLKROGET')
  return {
    sizeBytes: Number(size[0]),
    logicalBlockSizeBytes: Number(sector[0]),
    readOnly: readOnly[0] !== 0,
  }
}

/** Has the kernel read the partition table again. False: it did not (busy, or no partitions here). */
export function rereadPartitionTable(fd: number): boolean {
  return libc.ioctl(fd, BLKRRPART, null) === 0
}

/** Address of a buffer's first byte, for alignment. */
export function addressOf(buffer: Uint8Array): number {
  return ptr(buffer)
}

function query(fd: number, request: number, into: NodeJS.TypedArray, name: string): void {
  if (libc.ioctl(fd, request, ptr(into)) !== 0) {
    throw new Error(`ioctl ${name} failed on an open file that should be a block device`)
  }
}
