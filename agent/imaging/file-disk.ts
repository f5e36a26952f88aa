import { open } from 'node:fs/promises'
import type { DiskIdentity } from '../../protocol/deployment.ts'
import { OpenDisk } from './disk.ts'
import type { Disk } from './disk.ts'

/**
 * A regular file as a disk: for writing image files and for tests. It keeps to the same rules of
 * alignment as a block device, and knows no partitions.
 */
export async function openFileDisk(
  path: string,
  identity: Omit<DiskIdentity, 'sizeBytes'>,
): Promise<Disk> {
  const handle = await open(path, 'r+')
  const { size: sizeBytes } = await handle.stat()
  const { logicalBlockSizeBytes } = identity
  const disk = new OpenDisk(handle, path, { sizeBytes, logicalBlockSizeBytes })
  return {
    path,
    sizeBytes,
    logicalBlockSizeBytes,
    identity: async () => ({ ...identity, sizeBytes: (await handle.stat()).size }),
    read: (offsetBytes, buffer) => disk.read(offsetBytes, buffer),
    write: (offsetBytes, buffer) => disk.write(offsetBytes, buffer),
    zero: (offsetBytes, lengthBytes) => disk.zero(offsetBytes, lengthBytes),
    flush: () => disk.flush(),
    rereadPartitions: async () => null,
    [Symbol.asyncDispose]: () => handle.close(),
  }
}
