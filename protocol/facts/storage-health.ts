import { z } from 'zod'
import { count, type Frozen, text } from './fields.ts'

/** A number that only rises; exact up to 2^53, rounded above (drives count in 128 bits). */
const counter = z.number().nonnegative()

/** A share of something, 0 to 1, or above 1 where it says so. */
const ratio = z.number().nonnegative()

/**
 * How a disk is, in the same words for all kinds: the SMART / Health log of NVMe (base specification
 * 2.1 §5.1.12.1.3), SMART attributes of ATA, log pages of SCSI (SPC-6 §7.3), life time of an eMMC.
 * Null: that disk does not tell it.
 */
export const diskHealth = z.strictObject({
  source: z.enum(['nvme', 'ata', 'scsi', 'mmc']),
  /** What the disk says of itself: false, it predicts its failure or has a critical warning. */
  healthy: z.boolean().nullable(),
  temperatureCelsius: z.number().nullable(),
  powerOnHours: counter.nullable(),
  powerCycleCount: counter.nullable(),
  /** Of the writes it was made for; above 1: more than those. */
  usedRatio: ratio.nullable(),
  /** Spare blocks that are left. */
  spareRatio: ratio.nullable(),
  /** By the host, over its life. */
  readBytes: counter.nullable(),
  writtenBytes: counter.nullable(),
  /** Data it could not read or write correctly. */
  mediaErrorCount: counter.nullable(),
  /** Replaced by spare ones, and waiting for it. */
  badSectorCount: count.nullable(),
  /** What is wrong, in the words of its standard; names of ATA attributes that have failed. */
  warnings: z.array(text).max(32),
})

/** See {@link diskHealth}. */
export type DiskHealth = Frozen<z.infer<typeof diskHealth>>
