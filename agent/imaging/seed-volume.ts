import { digestOf } from '../../protocol/canonical.ts'
import type { Seed } from '../../protocol/deployment.ts'
import type { ImageIndex } from '../../protocol/image.ts'
import { buildFatVolume, fatVolumeMaximumBytes } from './fat-volume.ts'

/** A NoCloud seed, ready for its partition. */
export interface SeedVolume {
  readonly offsetBytes: number
  readonly bytes: Uint8Array
}

/**
 * The seed as a FAT volume labelled CIDATA, for the image's partition of that name: what cloud-init's
 * NoCloud data source looks for. Null when the image has no such partition. FAT and not ISO 9660,
 * whose 2 KiB sectors no 4Kn disk can mount.
 */
export function seedVolume(seed: Seed, index: ImageIndex): SeedVolume | null {
  const partition = index.gpt?.partitions.find(({ name }) => name.toUpperCase() === 'CIDATA')
  if (partition === undefined) return null
  const sectorSizeBytes = index.logicalBlockSizeBytes
  const partitionSizeBytes = (partition.lastLba - partition.firstLba + 1) * sectorSizeBytes
  const encoder = new TextEncoder()
  const files = Object.entries(seed.files)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => [name, encoder.encode(text)] as const)
  const bytes = buildFatVolume(Object.fromEntries(files), {
    sizeBytes: Math.min(partitionSizeBytes, fatVolumeMaximumBytes),
    sectorSizeBytes,
    label: 'CIDATA',
    volumeId: Number.parseInt(digestOf(seed).slice(0, 8), 16),
    hiddenSectors: Math.min(partition.firstLba, 0xffffffff),
  })
  return { offsetBytes: partition.firstLba * sectorSizeBytes, bytes }
}
