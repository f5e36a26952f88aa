import type { Seed } from '../../protocol/deployment.ts'
import { AppError } from '../../protocol/errors.ts'
import type { ImageIndex } from '../../protocol/image.ts'
import { seedVolume } from './seed-volume.ts'

/** Sizes of a disk, as the open descriptor tells them. */
export interface DiskGeometry {
  readonly path: string
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: number
}

/**
 * Throws `unprocessable` when the image cannot work on the disk: another sector size (the write
 * would succeed and the disk hold no partitions), too small, no place for the backup table or seed.
 */
export function checkFit(index: ImageIndex, disk: DiskGeometry, seed: Seed | null): void {
  const label = `image '${index.name}@${index.version}'`
  const refuse = (why: string) => new AppError('unprocessable', why)
  if (index.logicalBlockSizeBytes !== disk.logicalBlockSizeBytes) {
    throw refuse(
      `${label} is made for ${index.logicalBlockSizeBytes}-byte sectors, ` +
        `disk '${disk.path}' has ${disk.logicalBlockSizeBytes}-byte sectors`,
    )
  }
  if (disk.sizeBytes < index.minimumDiskSizeBytes) {
    throw refuse(
      `${label} wants a disk of ${index.minimumDiskSizeBytes} bytes, ` +
        `disk '${disk.path}' has ${disk.sizeBytes}`,
    )
  }
  if (seed !== null && seedVolume(seed, index) === null) {
    throw refuse(`${label} has no partition named CIDATA for the seed of this plan`)
  }
}
