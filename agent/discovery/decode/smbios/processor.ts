import {
  associativities,
  cacheErrorCorrections,
  cacheTypes,
  processorStatuses,
  processorTypes,
} from './names.ts'
import { byteAt, doubleWordAt, nameOf, type SmbiosStructure, stringAt, wordAt } from './table.ts'

/** Type 4, DSP0134 §7.5. */
export interface ProcessorInformation {
  readonly socket: string | null
  /** `Central Processor`. */
  readonly type: string | null
  readonly manufacturer: string | null
  /** The processor's own name. */
  readonly version: string | null
  readonly populated: boolean
  /** `Enabled`, `Disabled By BIOS`; null when the firmware does not know. */
  readonly status: string | null
  readonly maxFrequencyHz: number | null
  readonly currentFrequencyHz: number | null
  readonly coreCount: number | null
  readonly enabledCoreCount: number | null
  readonly threadCount: number | null
  readonly serial: string | null
  readonly assetTag: string | null
  readonly partNumber: string | null
  /** Handles of its type 7 structures, L1 to L3. */
  readonly cacheHandles: readonly number[]
}

/** Decodes type 4. */
export function decodeProcessorInformation(structure: SmbiosStructure): ProcessorInformation {
  const status = byteAt(structure, 0x18)
  return {
    socket: stringAt(structure, 0x04),
    type: nameOf(processorTypes, byteAt(structure, 0x05)),
    manufacturer: stringAt(structure, 0x07),
    version: stringAt(structure, 0x10),
    populated: status !== null && (status & 0x40) !== 0,
    status: nameOf(processorStatuses, status === null ? null : status & 7),
    maxFrequencyHz: megahertzAt(structure, 0x14),
    currentFrequencyHz: megahertzAt(structure, 0x16),
    coreCount: countAt(structure, 0x23, 0x2a),
    enabledCoreCount: countAt(structure, 0x24, 0x2c),
    threadCount: countAt(structure, 0x25, 0x2e),
    serial: stringAt(structure, 0x20),
    assetTag: stringAt(structure, 0x21),
    partNumber: stringAt(structure, 0x22),
    cacheHandles: [0x1a, 0x1c, 0x1e]
      .map((offset) => wordAt(structure, offset))
      .filter((handle) => handle !== null && handle !== 0xffff)
      .map(Number),
  }
}

/** Type 7, DSP0134 §7.8. */
export interface CacheInformation {
  readonly handle: number
  readonly designation: string | null
  readonly level: number
  readonly enabled: boolean
  /** Null when the firmware does not know. */
  readonly maximumSizeBytes: number | null
  readonly installedSizeBytes: number | null
  /** `Instruction`, `Data`, `Unified`. */
  readonly type: string | null
  /** `Single-bit ECC`. */
  readonly errorCorrection: string | null
  /** `8-way Set-associative`. */
  readonly associativity: string | null
}

/** Decodes type 7. Sizes from 2 GiB on are in the extended fields of version 3.1. */
export function decodeCacheInformation(structure: SmbiosStructure): CacheInformation {
  const configuration = wordAt(structure, 0x05) ?? 0
  return {
    handle: structure.handle,
    designation: stringAt(structure, 0x04),
    level: (configuration & 7) + 1,
    enabled: (configuration & 0x80) !== 0,
    maximumSizeBytes: cacheSize(wordAt(structure, 0x07), doubleWordAt(structure, 0x13)),
    installedSizeBytes: cacheSize(wordAt(structure, 0x09), doubleWordAt(structure, 0x17)),
    type: nameOf(cacheTypes, byteAt(structure, 0x11)),
    errorCorrection: nameOf(cacheErrorCorrections, byteAt(structure, 0x10)),
    associativity: nameOf(associativities, byteAt(structure, 0x12)),
  }
}

/** The extended field holds every size (§7.8); firmware that leaves it at 0 fills the short one. */
function cacheSize(size: number | null, extended: number | null): number | null {
  if (size === null) return null
  if (extended !== null && extended !== 0) {
    return (extended % 2 ** 31) * (extended < 2 ** 31 ? 1 : 64) * 1024
  }
  if (size === 0xffff) return null
  return (size & 0x7fff) * ((size & 0x8000) === 0 ? 1 : 64) * 1024
}

function megahertzAt(structure: SmbiosStructure, offset: number): number | null {
  const megahertz = wordAt(structure, offset)
  return megahertz === null || megahertz === 0 ? null : megahertz * 1_000_000
}

/** A byte that says 0 for unknown and FFh for "in the 16-bit field of version 3.0". */
function countAt(structure: SmbiosStructure, offset: number, wide: number): number | null {
  const short = byteAt(structure, offset)
  const count = short === 0xff ? (wordAt(structure, wide) ?? short) : short
  return count === null || count === 0 || count === 0xffff ? null : count
}
