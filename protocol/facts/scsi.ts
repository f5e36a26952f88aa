import { z } from 'zod'
import { ataIdentify } from './ata.ts'
import { bytes, count, type Frozen, hex, textOrNull } from './fields.ts'

/** A name in the device identification page, SPC-6 §7.7.6. */
const designator = z.strictObject({
  /** What it names. */
  association: z.enum(['logical-unit', 'target-port', 'target-device', 'reserved']),
  type: z.enum([
    'vendor',
    't10',
    'eui-64',
    'naa',
    'relative-port',
    'port-group',
    'unit-group',
    'md5',
    'name-string',
    'protocol-port',
    'uuid',
    'other',
  ]),
  /** `fcp`, `sas`, `iscsi`; null: not told. */
  protocol: textOrNull,
  /** Text where its code set is ASCII or UTF-8; null for binary ones. */
  text: textOrNull,
  /** All of its bytes. */
  hex: z.string().max(512),
})

const blockLimits = z.strictObject({
  kind: z.literal('block-limits'),
  /** In logical blocks; 0 as the standard has it becomes null: no limit, or not told. */
  optimalGranularityBlocks: count.nullable(),
  maximumTransferBlocks: count.nullable(),
  optimalTransferBlocks: count.nullable(),
  maximumPrefetchBlocks: count.nullable(),
  maximumUnmapBlocks: count.nullable(),
  maximumUnmapDescriptors: count.nullable(),
  optimalUnmapBlocks: count.nullable(),
  unmapAlignmentBlocks: count.nullable(),
  /** 64 bits. */
  maximumWriteSameBlocks: z.number().nonnegative().nullable(),
  maximumAtomicBlocks: count.nullable(),
})

const characteristics = z.strictObject({
  kind: z.literal('block-characteristics'),
  /** 0: a medium that does not rotate; null: not told. */
  rotationRpm: count.nullable(),
  formFactor: textOrNull,
  productType: count,
  zoned: z.enum(['host-aware', 'device-managed']).nullable(),
})

const provisioning = z.strictObject({
  kind: z.literal('provisioning'),
  provisioningType: z.enum(['full', 'resource', 'thin', 'reserved']),
  unmap: z.boolean(),
  writeSame16Unmaps: z.boolean(),
  writeSame10Unmaps: z.boolean(),
  /** What unmapped blocks read as. */
  unmappedReads: z.enum(['anything', 'zeros', 'vendor pattern']),
  anchors: z.boolean(),
  thresholdExponent: count.nullable(),
})

const plainPages = [
  z.strictObject({ kind: z.literal('supported-pages'), codes: z.array(hex(2)).max(256) }),
  z.strictObject({ kind: z.literal('serial'), serial: textOrNull }),
  z.strictObject({
    kind: z.literal('identification'),
    /** NAA name of the logical unit; null: none. */
    wwn: z.union([hex(16), hex(32)]).nullable(),
    eui64: z.string().max(32).nullable(),
    designators: z.array(designator).max(256),
  }),
  z.strictObject({
    kind: z.literal('ata-information'),
    vendor: textOrNull,
    product: textOrNull,
    revision: textOrNull,
    identify: ataIdentify.nullable(),
  }),
  z.strictObject({
    kind: z.literal('zoned-characteristics'),
    unrestrictedReads: z.boolean(),
    optimalOpenZones: count.nullable(),
    optimalNonSequentialZones: count.nullable(),
    maximumOpenZones: count.nullable(),
  }),
  z.strictObject({
    kind: z.literal('extended-inquiry'),
    /** 1: new microcode runs after the last block came, 2: after a reset; 0: not told. */
    activateMicrocode: z.int().min(0).max(3),
    /** Kinds of protection information (T10 PI) a disk can be formatted with, if it is told. */
    protectionTypes: z.array(z.int().min(1).max(3)).max(3),
    /** Names of the bits that are set: `volatile-cache`, `write-uncorrectable`. */
    features: z.array(z.string().max(48)).max(32),
    /** Null: not told. */
    extendedSelfTestMinutes: count.nullable(),
    maximumSenseBytes: count.nullable(),
  }),
  z.strictObject({
    kind: z.literal('block-limits-extension'),
    /** 0 as the standard has it becomes null: none, no limit, or not told. */
    maximumStreams: count.nullable(),
    optimalStreamWriteBlocks: count.nullable(),
    /** In units of the optimal write. */
    streamGranularity: count.nullable(),
    maximumScatteredRangeBlocks: count.nullable(),
    maximumScatteredRanges: count.nullable(),
    maximumScatteredBlocks: count.nullable(),
  }),
  z.strictObject({ kind: z.literal('other'), data: z.string().max(131_072) }),
] as const

/** What `decode scsi-vpd` prints: one vital product data page, SPC-6 §7.7 and SBC-4 §6.6. */
export const scsiVpdPage = z.strictObject({
  code: hex(2),
  /** SPC-6 table 151: `disk`, `zoned-disk`, `optical`, `enclosure`; null for others. */
  deviceType: textOrNull,
  page: z.discriminatedUnion('kind', [...plainPages, blockLimits, characteristics, provisioning]),
})

/** Where a SCSI disk is, and what its VPD pages tell of this one. */
export const scsiAttachment = z.strictObject({
  kind: z.literal('scsi'),
  /** `host:channel:target:lun`. */
  address: z.string().max(64),
  /** `running`, `offline`. */
  state: textOrNull,
  queueDepth: count.nullable(),
  /** SAS address of its port; null: no SAS. */
  sasAddress: hex(16).nullable(),
  linkSpeedBitsPerSecond: count.nullable(),
  /** Logical identifier of its housing, and the place in it; null: not told. */
  enclosure: textOrNull,
  slot: count.nullable(),
})

/** What is alike in all disks of a model, by its VPD pages B0, B1 and B2. */
export const scsiAbilities = z.strictObject({
  kind: z.literal('scsi'),
  limits: blockLimits.nullable(),
  characteristics: characteristics.nullable(),
  provisioning: provisioning.nullable(),
})

/** An SD card or eMMC; kernel document driver-api/mmc/mmc-dev-attrs.rst. */
export const mmcAttachment = z.strictObject({
  kind: z.literal('mmc'),
  type: z.enum(['SD', 'MMC', 'SDIO', 'SDcombo']).nullable(),
  /** Manufacturer and OEM of the CID register. */
  manufacturerId: hex(6).nullable(),
  oemId: hex(4).nullable(),
  /** `month/year`. */
  date: textOrNull,
  hardwareRevision: textOrNull,
  /** In units of 512 bytes that are erased together, as bytes. */
  preferredEraseSizeBytes: bytes.nullable(),
})

/** Persistent memory used as a disk; kernel document driver-api/nvdimm/nvdimm.rst. */
export const pmemAttachment = z.strictObject({
  kind: z.literal('pmem'),
  /** `fsdax`: files on it can be mapped; `sector`: blocks are written whole or not at all. */
  mode: z.enum(['fsdax', 'sector', 'raw']),
  uuid: textOrNull,
  /** Kernel name of the region of memory; null: not told. */
  region: textOrNull,
  /** `memory_controller`, `cpu_cache`: what a loss of power reaches. */
  persistenceDomain: textOrNull,
  /** Kernel names of its modules, `nmem0`. */
  modules: z.array(z.string().max(64)).max(64),
})

/** See {@link scsiVpdPage}. */
export type ScsiVpdPage = Frozen<z.infer<typeof scsiVpdPage>>
/** See {@link scsiAttachment}. */
export type ScsiAttachment = Frozen<z.infer<typeof scsiAttachment>>
/** See {@link scsiAbilities}. */
export type ScsiAbilities = Frozen<z.infer<typeof scsiAbilities>>
/** See {@link pmemAttachment}. */
export type PmemAttachment = Frozen<z.infer<typeof pmemAttachment>>
/** See {@link mmcAttachment}. */
export type MmcAttachment = Frozen<z.infer<typeof mmcAttachment>>
