import { z } from 'zod'
import { bytes, count, type Frozen, textOrNull } from './fields.ts'

/** One DIMM slot, SMBIOS type 17 (DSP0134 §7.18). */
const dimm = z.strictObject({
  /** Position in `arrays`; null when the structure names no array of ours. */
  arrayIndex: count.nullable(),
  /** Label on the board, `P1-DIMMA1`. */
  locator: textOrNull,
  bankLocator: textOrNull,
  /** False: the slot is empty and all below is null. */
  populated: z.boolean(),
  /** Null: empty, or a module whose size the firmware does not know. */
  sizeBytes: bytes.nullable(),
  /** `DDR4`, `DDR5`, `Logical non-volatile device`. */
  type: textOrNull,
  /** `DIMM`, `SODIMM`. */
  formFactor: textOrNull,
  /** Type detail names, `Registered (Buffered)`. */
  details: z.array(z.string().max(64)).max(16),
  totalWidthBits: count.nullable(),
  dataWidthBits: count.nullable(),
  /** What the module can do. */
  speedMtPerS: count.nullable(),
  /** What it runs at. */
  configuredSpeedMtPerS: count.nullable(),
  configuredVoltageVolts: z.number().positive().nullable(),
  rankCount: count.nullable(),
  manufacturer: textOrNull,
  partNumber: textOrNull,
  serial: textOrNull,
  assetTag: textOrNull,
})

/** A memory array, SMBIOS type 16 (DSP0134 §7.17). */
const memoryArray = z.strictObject({
  /** `System Board Or Motherboard`. */
  location: textOrNull,
  /** `System Memory`; other uses (flash, cache) are listed too and do not count as memory. */
  use: textOrNull,
  /** `None`, `Single-bit ECC`, `Multi-bit ECC`. */
  errorCorrection: textOrNull,
  maximumCapacityBytes: bytes.nullable(),
  slotCount: count,
  /** Sum of the address ranges mapped to it (SMBIOS type 19); null when there are none. */
  mappedSizeBytes: bytes.nullable(),
})

/** Main memory: what the kernel can use, and what is in the slots. */
export const memoryFacts = z.strictObject({
  /** Usable by the kernel: `MemTotal` of /proc/meminfo. */
  sizeBytes: bytes,
  /** Sum of the DIMMs of system memory arrays; null when SMBIOS lists none. */
  installedSizeBytes: bytes.nullable(),
  arrays: z.array(memoryArray).max(256),
  dimms: z.array(dimm).max(1024),
  hugepages: z
    .array(z.strictObject({ sizeBytes: bytes, totalCount: count, freeCount: count }))
    .max(16),
})

/** See {@link memoryFacts}. */
export type MemoryFacts = Frozen<z.infer<typeof memoryFacts>>
