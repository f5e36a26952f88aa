import { z } from 'zod'
import { bytes, count, type Frozen, kernelName, textOrNull } from './fields.ts'

/** A block device that is no disk of its own: software makes most of them of others. */
export const blockVolume = z.strictObject({
  name: kernelName,
  kind: z.enum([
    'lvm',
    'crypt',
    'multipath',
    'partition',
    'device-mapper',
    'raid',
    'bcache',
    'loop',
    'ram',
    'compressed-ram',
    'network',
    /** `mmcblk0boot0`: hardware that is no disk by itself. */
    'mmc-area',
    'floppy',
    /** Flash memory on the board, `mtdblock0`. */
    'flash',
    'other',
  ]),
  /** Name of the device mapper or of the array (`vg-lv`); null: it has none. */
  label: textOrNull,
  /** As its own tools write it, `LVM-...`, `CRYPT-LUKS2-...`; null: it has none. */
  uuid: textOrNull,
  sizeBytes: bytes,
  /** These are null where a recording does not tell. */
  logicalBlockSizeBytes: count.nullable(),
  physicalBlockSizeBytes: count.nullable(),
  rotational: z.boolean().nullable(),
  removable: z.boolean().nullable(),
  readOnly: z.boolean().nullable(),
  /** `running`, `suspended`; `clean`, `dirty` of a cache; of arrays theirs; null: it has none. */
  state: textOrNull,
  /** Kernel names of the devices it is made of. */
  members: z.array(kernelName).max(1024),
  /** Kernel names of devices built on it. */
  holders: z.array(kernelName).max(1024),
  /** Partitions on it. */
  partitions: z
    .array(z.strictObject({ name: kernelName, number: count, startBytes: bytes, sizeBytes: bytes }))
    .max(256),
})

/** A software RAID; kernel document admin-guide/md.rst. */
export const mdArray = z.strictObject({
  name: kernelName,
  /** `raid1`, `raid10`, `container`; null: the array is not assembled. */
  level: textOrNull,
  /** `clean`, `active`, `inactive`, `read-auto`. */
  state: textOrNull,
  /** `1.2`, `external:imsm`; null: none. */
  metadata: textOrNull,
  uuid: textOrNull,
  /** Members it is made for. */
  deviceCount: count.nullable(),
  /** Members it lacks; null for levels without redundancy. */
  degradedCount: count.nullable(),
  chunkSizeBytes: bytes.nullable(),
  /** `idle`, `resync`, `recover`, `check`; null for levels without redundancy. */
  syncAction: textOrNull,
  /** Sectors that were found to differ by the last check. */
  mismatchCount: count.nullable(),
  members: z
    .array(
      z.strictObject({
        name: kernelName,
        /** Its place in the array; null: a spare, or failed. */
        slot: count.nullable(),
        /** `in_sync`, `faulty`, `spare`, `write_mostly`. */
        states: z.array(z.string().max(32)).max(16),
        errorCount: count.nullable(),
      }),
    )
    .max(1024),
})

/** How the kernel treats some block devices alike; kernel document ABI/stable/sysfs-block. */
export const blockLimits = z.strictObject({
  /** Kernel names of those that have all of this in common. */
  devices: z.array(kernelName).max(8192),
  alignmentOffsetBytes: bytes.nullable(),
  minimumIoSizeBytes: bytes.nullable(),
  optimalIoSizeBytes: bytes.nullable(),
  /** All null: the kernel does not tell. 0: the device cannot. */
  discardAlignmentBytes: bytes.nullable(),
  discardGranularityBytes: bytes.nullable(),
  discardMaxBytes: bytes.nullable(),
  discardZeroesData: z.boolean().nullable(),
  writeSameMaxBytes: bytes.nullable(),
  writeZeroesMaxBytes: bytes.nullable(),
  readAheadBytes: bytes.nullable(),
  requestCount: count.nullable(),
  /** The scheduler in use; null: none can be chosen. */
  scheduler: textOrNull,
  addsRandomness: z.boolean().nullable(),
  writeCache: z.enum(['write back', 'write through']).nullable(),
  /** Writes that bypass the cache of the device. */
  forceUnitAccess: z.boolean().nullable(),
  /** Memory on the device can be mapped. */
  directAccess: z.boolean().nullable(),
  zoned: z.enum(['none', 'host-aware', 'host-managed']).nullable(),
  /** Null but for zoned devices. */
  zoneSizeBytes: bytes.nullable(),
  zoneCount: count.nullable(),
})

/** See {@link blockVolume}. */
export type BlockVolume = Frozen<z.infer<typeof blockVolume>>
/** See {@link mdArray}. */
export type MdArray = Frozen<z.infer<typeof mdArray>>
/** See {@link blockLimits}. */
export type BlockLimits = Frozen<z.infer<typeof blockLimits>>
