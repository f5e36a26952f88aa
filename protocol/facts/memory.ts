import { z } from 'zod'
import { bytes, count, type Frozen, kernelName, textOrNull } from './fields.ts'

/** Blocks that are read one by one; 2 GiB each on machines that have terabytes. */
export const maxMemoryBlocks = 4096

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

/** Huge pages of one size. */
export const hugepagePool = z.strictObject({
  sizeBytes: bytes,
  totalCount: count,
  freeCount: count,
})

/** Errors counted since the counters were reset: corrected ones, and ones that lost data. */
const errorCounts = {
  correctedCount: count.nullable(),
  uncorrectedCount: count.nullable(),
}

/** A memory controller that reports errors (EDAC, kernel document ras/main.rst). */
const errorController = z.strictObject({
  /** `mc0`. */
  name: kernelName,
  /** `Skylake Socket#0 IMC#0`. */
  model: textOrNull,
  sizeBytes: bytes.nullable(),
  ...errorCounts,
  /** Of these, what no row could be blamed for. */
  unattributedCorrectedCount: count.nullable(),
  unattributedUncorrectedCount: count.nullable(),
  /** Null where the driver does not say since when it counts. */
  secondsSinceReset: count.nullable(),
  /** As older kernels and drivers group it: chip-select rows with their channels. */
  rows: z
    .array(
      z.strictObject({
        index: count,
        ...errorCounts,
        channels: z
          .array(z.strictObject({ index: count, label: textOrNull, ...errorCounts }))
          .max(16),
      }),
    )
    .max(256),
  modules: z
    .array(
      z.strictObject({
        index: count,
        label: textOrNull,
        /** `channel 0 slot 1`. */
        location: textOrNull,
        sizeBytes: bytes.nullable(),
        memoryType: textOrNull,
        /** Kind of error correction, `S4ECD4ED`. */
        errorCorrection: textOrNull,
        ...errorCounts,
      }),
    )
    .max(256),
})

/** Memory the kernel can give up and take back, block by block (memory-hotplug.rst). */
const memoryBlocks = z.strictObject({
  blockSizeBytes: bytes,
  onlineBytes: bytes,
  offlineBytes: bytes,
  /** Neighbouring blocks that are alike. */
  ranges: z
    .array(
      z.strictObject({
        startBytes: bytes,
        sizeBytes: bytes,
        state: z.enum(['online', 'offline', 'going-offline']),
        /** Null where the kernel does not say. */
        removable: z.boolean().nullable(),
        node: count.nullable(),
        /** `DMA32`, `Normal`, `Movable`: where it is, or may be put. */
        zones: z.array(kernelName).max(8),
      }),
    )
    .max(maxMemoryBlocks),
})

/** Main memory: what the kernel can use, and what is in the slots. */
export const memoryFacts = z.strictObject({
  /** Usable by the kernel: `MemTotal` of /proc/meminfo; null in a recording without it. */
  sizeBytes: bytes.nullable(),
  /** Sum of the DIMMs of system memory arrays; null when SMBIOS lists none. */
  installedSizeBytes: bytes.nullable(),
  arrays: z.array(memoryArray).max(256),
  dimms: z.array(dimm).max(1024),
  hugepages: z.array(hugepagePool).max(16),
  /** Empty where no driver counts errors: that is not a machine without errors. */
  errorControllers: z.array(errorController).max(64),
  /** Null where the kernel has none, or so many that reading them would take seconds. */
  blocks: memoryBlocks.nullable(),
})

/** See {@link memoryFacts}. */
export type MemoryFacts = Frozen<z.infer<typeof memoryFacts>>
