import { z } from 'zod'
import { ataIdentify } from './ata.ts'
import { bytes, count, type Frozen, hex, textOrNull } from './fields.ts'

/** Numbers of transfer modes. */
const modes = z.array(z.int().min(0).max(7)).max(8)

/** What IDENTIFY DEVICE (ACS-5 §7.13.6) tells besides what a disk is chosen by. */
const ataIdentifyDetails = z.strictObject({
  /** The medium can be taken out (word 0). */
  removableMedium: z.boolean(),
  /** `SATA 3.3`, `ATA/ATAPI-8 parallel` (word 222); null: not told. */
  transport: textOrNull,
  /** Every standard the disk says it follows (word 80), the oldest first. */
  standards: z.array(z.string().max(32)).max(16),
  /** Word 81 as it is; null: not told. */
  minorVersion: hex(4).nullable(),
  /** Of the cache, by a word that the standard gave up and disks keep on filling (21). */
  bufferSizeBytes: bytes.nullable(),
  /** Sectors that READ MULTIPLE moves at once, at most and as it is set (words 47 and 59). */
  maximumMultipleSectors: count.nullable(),
  multipleSectors: count.nullable(),
  /** Words 62, 63, 88 and 64. */
  transferModes: z.strictObject({
    multiwordDma: modes,
    ultraDma: modes,
    pio: modes,
    /** `udma6`, `mdma2`; null: none is. */
    selected: z
      .string()
      .regex(/^[mu]dma[0-7]$/)
      .nullable(),
  }),
  /** Least cycle times (words 65 to 68); null: not told. */
  cycleTimesNanoseconds: z.strictObject({
    multiwordDma: count.nullable(),
    recommendedMultiwordDma: count.nullable(),
    pio: count.nullable(),
    pioWithFlowControl: count.nullable(),
  }),
  /** 1 to 254, the lower the more it saves (word 91); null where it is off or not there. */
  advancedPowerManagementLevel: count.nullable(),
  /** Words 94: what the maker recommends and what is set; null: not told. */
  acousticManagement: z.strictObject({ recommended: count, current: count }).nullable(),
  /** Word 92; null: not told. */
  masterPasswordRevision: count.nullable(),
  /** Blocks of 512 bytes of ranges that a TRIM takes (word 105); null: not told. */
  maximumTrimBlocks: count.nullable(),
  /** Commands and features by name (words 59, 69, 76, 78, 82 to 84, 119 and 206). */
  features: z.array(z.strictObject({ name: z.string().max(64), enabled: z.boolean() })).max(144),
})

/** What `decode ata-identify` prints. */
export const ataIdentifyFile = ataIdentify.extend({ details: ataIdentifyDetails })

/** See {@link ataIdentifyFile}. */
export type AtaIdentifyFile = Frozen<z.infer<typeof ataIdentifyFile>>
