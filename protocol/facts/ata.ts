import { z } from 'zod'
import { bytes, count, type Frozen, hex, textOrNull } from './fields.ts'
import { finding } from './finding.ts'

/** What an ATA disk says of itself: IDENTIFY DEVICE, ACS-5 §7.13.6. */
export const ataIdentify = z.strictObject({
  /** `device`, or `packet-device` for drives with removable media that speak SCSI over ATA. */
  kind: z.enum(['device', 'packet-device']),
  model: textOrNull,
  serial: textOrNull,
  firmware: textOrNull,
  /** NAA name (words 108 to 111); null when the disk has none. */
  wwn: hex(16).nullable(),
  sectorCount: count,
  logicalSectorSizeBytes: count,
  physicalSectorSizeBytes: count,
  sizeBytes: bytes,
  /** Offset of logical sector 0 in its physical one; null where the word is not valid. */
  alignmentSectors: count.nullable(),
  /** 0: a medium that does not rotate. Null: not reported. */
  rotationRpm: count.nullable(),
  /** `2.5"`, `M.2`; null: not reported. */
  formFactor: textOrNull,
  /** `ACS-4`, the newest standard the disk names; null: none. */
  standard: textOrNull,
  /** Speeds the link can have, `1.5`, `3`, `6` Gbit/s; empty for parallel ATA. */
  sataSpeedsGbitPerS: z.array(z.number()).max(8),
  /** What it runs at; null: not told. */
  sataSpeedGbitPerS: z.number().nullable(),
  /** Commands it queues at once; null without NCQ. */
  queueDepth: count.nullable(),
  features: z.strictObject({
    smart: feature(),
    security: feature(),
    writeCache: feature(),
    readLookAhead: feature(),
    hostProtectedArea: feature(),
    powerManagement: feature(),
    advancedPowerManagement: feature(),
    acousticManagement: feature(),
    largeAddresses: feature(),
    smartErrorLog: feature(),
    smartSelfTest: feature(),
    generalPurposeLogging: feature(),
    deviceStatistics: feature(),
    trim: feature(),
    sanitize: feature(),
    zonedBlocks: feature(),
  }),
  trim: z.strictObject({ deterministic: z.boolean(), readsZeros: z.boolean() }),
  sanitize: z.strictObject({
    cryptoScramble: z.boolean(),
    overwrite: z.boolean(),
    blockErase: z.boolean(),
  }),
  /** Word 128; null where the disk has no security feature set. */
  security: z
    .strictObject({
      enabled: z.boolean(),
      locked: z.boolean(),
      frozen: z.boolean(),
      countExpired: z.boolean(),
      enhancedErase: z.boolean(),
      maximumLevel: z.boolean(),
      eraseMinutes: count.nullable(),
      enhancedEraseMinutes: count.nullable(),
    })
    .nullable(),
  /** Word 255: null without one, false where the sum does not fit. */
  checksumValid: z.boolean().nullable(),
  findings: z.array(finding),
})

function feature() {
  return z.strictObject({ supported: z.boolean(), enabled: z.boolean() })
}

/** One line of the table (ACS-2 §A.2.2 and its forms by vendors). */
export const ataSmartAttribute = z.strictObject({
  id: count,
  /** The usual name; `attribute-240` where makers do not agree on one. */
  name: z.string().max(64),
  /** Normalized by the disk, higher is better; null for values outside of 1 to 253. */
  value: count.nullable(),
  worst: count.nullable(),
  /** Null: no threshold, or it cannot fail. */
  threshold: count.nullable(),
  /** Failure is near when the value falls to the threshold; false: only age. */
  prefailure: z.boolean(),
  /** Updated all the time; false: by off-line collection. */
  online: z.boolean(),
  flags: hex(4),
  /** The six raw bytes, the first first. */
  raw: hex(12),
  /** What they count, where makers agree. */
  reading: z
    .strictObject({
      amount: z.number(),
      unit: z.enum(['count', 'sectors', 'milliseconds', 'celsius', 'percent', 'bytes']),
    })
    .nullable(),
  /** False: it is at or below its threshold, or was; null: it has none that tells. */
  good: z.boolean().nullable(),
})

/** SMART READ DATA and its thresholds. */
export const ataSmart = z.strictObject({
  /** RETURN STATUS: false, the disk predicts its failure; null: not asked. */
  healthy: z.boolean().nullable(),
  offlineCollection: z.string().max(64),
  offlineCollectionSeconds: count,
  selfTest: z.string().max(128),
  selfTestRemainingPercent: count,
  conveyanceTestAvailable: z.boolean(),
  selfTestAvailable: z.boolean(),
  abortAvailable: z.boolean(),
  startAvailable: z.boolean(),
  shortTestMinutes: count,
  extendedTestMinutes: count,
  conveyanceTestMinutes: count,
  attributes: z.array(ataSmartAttribute).max(30),
  /** Whether the sums of both sectors fit; null: the sector is not there. */
  dataChecksumValid: z.boolean(),
  thresholdsChecksumValid: z.boolean().nullable(),
  powerOnHours: z.number().nullable(),
  powerCycleCount: count.nullable(),
  temperatureCelsius: z.number().nullable(),
  /** Reallocated and waiting to be. */
  badSectorCount: count.nullable(),
})

/** What `decode ata-smart` prints: the parts that the file has. */
export const ataSmartFile = z.strictObject({
  identify: ataIdentify.nullable(),
  smart: ataSmart.nullable(),
})

export type AtaIdentify = Frozen<z.infer<typeof ataIdentify>>
export type AtaSmart = Frozen<z.infer<typeof ataSmart>>
export type AtaSmartFile = Frozen<z.infer<typeof ataSmartFile>>
