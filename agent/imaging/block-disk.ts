import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { DiskIdentity } from '../../protocol/deployment.ts'
import { AppError } from '../../protocol/errors.ts'
import { OpenDisk } from './disk.ts'
import type { Disk } from './disk.ts'
import { blockDeviceGeometry, rereadPartitionTable } from './libc.ts'

/** What the kernel tells of a block device that is known by its number, `major:minor`. */
export interface BlockDevices {
  /** Identity of the whole disk with this number. Throws when it is no disk, or gone. */
  identify(deviceNumber: string): Promise<DiskIdentity>
  /** Partitions the kernel sees on it. */
  countPartitions(deviceNumber: string): Promise<number>
}

/**
 * Opens a whole disk for direct I/O, exclusively: the kernel refuses what is mounted or part of
 * another device, and refuses to mount it while it is open (open(2), O_EXCL on a block device).
 * Throws `conflict` when it is in use.
 */
export async function openBlockDisk(path: string, devices: BlockDevices): Promise<Disk> {
  const handle = await openExclusively(path)
  try {
    return await blockDisk(handle, path, devices)
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function blockDisk(handle: FileHandle, path: string, devices: BlockDevices): Promise<Disk> {
  const stat = await handle.stat()
  if (!stat.isBlockDevice()) throw new AppError('unprocessable', `'${path}' is no block device`)
  const number = deviceNumber(stat.rdev)
  const geometry = blockDeviceGeometry(handle.fd)
  if (geometry.readOnly) throw new AppError('conflict', `disk '${path}' is read-only`)
  const disk = new OpenDisk(handle, path, geometry)
  return {
    path,
    sizeBytes: geometry.sizeBytes,
    logicalBlockSizeBytes: geometry.logicalBlockSizeBytes,
    identity: () => devices.identify(number),
    read: (offsetBytes, buffer) => disk.read(offsetBytes, buffer),
    write: (offsetBytes, buffer) => disk.write(offsetBytes, buffer),
    zero: (offsetBytes, lengthBytes) => disk.zero(offsetBytes, lengthBytes),
    flush: () => disk.flush(),
    async rereadPartitions() {
      return rereadPartitionTable(handle.fd) ? await devices.countPartitions(number) : null
    },
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

async function openExclusively(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDWR | constants.O_EXCL | constants.O_DIRECT)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    if (error.code === 'EBUSY') {
      const message = `disk '${path}' is in use: mounted, or part of another device`
      throw new AppError('conflict', message, {}, { cause: error })
    }
    throw error
  }
}

/** `major:minor` of a device number as glibc packs it (makedev(3)). */
function deviceNumber(rdev: number): string {
  const packed = BigInt(rdev)
  const major = ((packed >> 8n) & 0xfffn) | ((packed >> 32n) & 0xfffff000n)
  const minor = (packed & 0xffn) | ((packed >> 12n) & 0xffffff00n)
  return `${major}:${minor}`
}
