import { hexOf, u32le } from '../../integers.ts'
import {
  bit,
  byte,
  codes,
  flags,
  handle,
  named,
  namedInWord,
  nameIn,
  namesOfBits,
  type SmbiosValue,
  type StructureType,
  text,
  word,
} from '../field.ts'
import { decodeCacheInformation } from '../processor.ts'
import { byteAt, type SmbiosStructure, stringAt, wordAt } from '../table.ts'
import { processorFamilies, processorFamilyKinds } from './processor-families.ts'
import { processorUpgrades } from './processor-upgrades.ts'

/** §7.5.1. */
const types = codes(
  1,
  'Other|Unknown|Central Processor|Math Processor|DSP Processor|Video Processor',
)
/** §7.5 offset 18h, bits 2:0. */
const statuses = new Map([
  ...codes(0, 'Unknown|Enabled|Disabled by user|Disabled by firmware|Idle'),
  ...codes(7, 'Other'),
])
/** §7.5.9, from bit 2 on. */
const characteristics = codes(
  2,
  '64-bit capable|Multi-Core|Hardware Thread|Execute Protection|Enhanced Virtualization|Power/Performance Control|128-bit Capable|Arm64 SoC ID',
)
/** CPUID leaf 1, EDX. */
const featureFlags = new Map([
  ...codes(0, 'FPU|VME|DE|PSE|TSC|MSR|PAE|MCE|CX8|APIC'),
  ...codes(11, 'SEP|MTRR|PGE|MCA|CMOV|PAT|PSE-36|PSN|CLFSH'),
  ...codes(21, 'DS|ACPI|MMX|FXSR|SSE|SSE2|SS|HTT|TM'),
  ...codes(31, 'PBE'),
])
/** §7.8.1 and §7.8.2. */
const cacheModes = codes(0, 'Write Through|Write Back|Varies With Memory Address|Unknown')
const cacheLocations = new Map([...codes(0, 'Internal|External'), ...codes(3, 'Unknown')])
const sramTypes = codes(0, 'Other|Unknown|Non-burst|Burst|Pipeline Burst|Synchronous|Asynchronous')
/** §7.8.3 to §7.8.5. */
const cacheErrorCorrections = codes(1, 'Other|Unknown|None|Parity|Single-bit ECC|Multi-bit ECC')
const cacheTypes = codes(1, 'Other|Unknown|Instruction|Data|Unified')
const associativities = codes(
  1,
  'Other|Unknown|Direct Mapped|2-way Set-associative|4-way Set-associative|Fully Associative|8-way Set-associative|16-way Set-associative|12-way Set-associative|24-way Set-associative|32-way Set-associative|48-way Set-associative|64-way Set-associative|20-way Set-associative',
)
/** §7.45.1. */
const additionalTypes = codes(
  0,
  'Reserved|IA32|x64|Intel Itanium|Arm 32-bit|Arm 64-bit|RISC-V 32-bit|RISC-V 64-bit|RISC-V 128-bit|LoongArch 32-bit|LoongArch 64-bit',
)

/** Processors and their caches: DSP0134 §7.5, §7.8, §7.45. */
export const processorTypes: ReadonlyMap<number, StructureType> = new Map<number, StructureType>([
  [
    4,
    {
      name: 'Processor Information',
      fields: {
        socketDesignation: text(0x04),
        type: named(types, 0x05),
        family: familyName,
        manufacturer: text(0x07),
        /** The bytes of the field as they are. */
        id: (s) => (s.bytes.length < 0x10 ? undefined : hexOf(s.bytes, 0x08, 0x10)),
        signature,
        flags: featureFlagsOf,
        version: text(0x10),
        voltages: voltagesAt(0x11),
        externalClockHz: word(0x12, 1_000_000, 0),
        maxFrequencyHz: word(0x14, 1_000_000, 0),
        currentFrequencyHz: word(0x16, 1_000_000, 0),
        populated: bit(0x18, 6),
        status: named(statuses, 0x18, 7),
        upgrade: named(processorUpgrades, 0x19),
        l1CacheHandle: handle(0x1a, 0xffff),
        l2CacheHandle: handle(0x1c, 0xffff),
        l3CacheHandle: handle(0x1e, 0xffff),
        serial: text(0x20),
        assetTag: text(0x21),
        partNumber: text(0x22),
        coreCount: (s) => countAt(s, 0x23, 0x2a),
        enabledCoreCount: (s) => countAt(s, 0x24, 0x2c),
        threadCount: (s) => countAt(s, 0x25, 0x2e),
        enabledThreadCount: word(0x30, 1, 0),
        characteristics: flags(characteristics, 0x26, 2),
        socketType: text(0x32),
      },
    },
  ],
  [
    7,
    {
      name: 'Cache Information',
      fields: {
        designation: text(0x04),
        level: (s) => masked(wordAt(s, 0x05), (value) => (value & 7) + 1),
        enabled: (s) => masked(wordAt(s, 0x05), (value) => (value & 0x80) !== 0),
        socketed: (s) => masked(wordAt(s, 0x05), (value) => (value & 8) !== 0),
        operationalMode: namedInWord(cacheModes, 0x05, 3, 8),
        location: namedInWord(cacheLocations, 0x05, 3, 5),
        maximumSizeBytes: (s) =>
          s.bytes.length < 0x09 ? undefined : decodeCacheInformation(s).maximumSizeBytes,
        installedSizeBytes: (s) =>
          s.bytes.length < 0x0b ? undefined : decodeCacheInformation(s).installedSizeBytes,
        supportedSramTypes: flags(sramTypes, 0x0b, 2),
        currentSramTypes: flags(sramTypes, 0x0d, 2),
        speedNanoseconds: byte(0x0f, 0),
        errorCorrection: named(cacheErrorCorrections, 0x10),
        type: named(cacheTypes, 0x11),
        associativity: named(associativities, 0x12),
      },
    },
  ],
  [
    44,
    {
      name: 'Processor Additional Information',
      fields: {
        referencedHandle: handle(0x04),
        architecture: named(additionalTypes, 0x07),
        /** The processor-specific block (§7.45.1) as hex. */
        data: ({ bytes }) => {
          const length = bytes[0x06]
          if (length === undefined) return undefined
          return hexOf(bytes, 0x08, Math.min(bytes.length, 0x08 + length))
        },
      },
    },
  ],
])

function masked<T extends SmbiosValue>(value: number | null, map: (value: number) => T) {
  return value === null ? undefined : map(value)
}

/** Family 2 where the byte says FEh (§7.5.2). */
function familyCode(structure: SmbiosStructure): number | null {
  const short = byteAt(structure, 0x06)
  return short === 0xfe ? (wordAt(structure, 0x28) ?? short) : short
}

function familyName(
  structure: SmbiosStructure,
  version: { readonly major: number; readonly minor: number },
): string | null | undefined {
  const code = familyCode(structure)
  if (code === null) return undefined
  const manufacturer = stringAt(structure, 0x07) ?? ''
  const isIntel = manufacturer.includes('Intel') || /^intel/i.test(manufacturer)
  // Both makers used the value; in 2.0 another one too.
  if (code === 0xbe) {
    if (isIntel) return 'Core 2'
    return manufacturer.includes('AMD') || /^amd/i.test(manufacturer) ? 'K7' : 'Core 2 or K7'
  }
  if (code === 0x30 && version.major === 2 && version.minor === 0 && isIntel) return 'Pentium Pro'
  return nameIn(processorFamilies, code)
}

/** §7.5.3: what the processor ID says, by the family's kind; null where that is not defined. */
function signature(structure: SmbiosStructure): SmbiosValue | undefined {
  const code = familyCode(structure)
  if (structure.bytes.length < 0x10 || code === null) return undefined
  const low = u32le(structure.bytes, 0x08)
  const hasSocId = ((wordAt(structure, 0x26) ?? 0) & (1 << 9)) !== 0
  switch (processorFamilyKinds(code, low)) {
    case 'x86':
      return {
        type: (low >>> 12) & 3,
        family: ((low >>> 20) & 0xff) + ((low >>> 8) & 0xf),
        model: ((low >>> 12) & 0xf0) + ((low >>> 4) & 0xf),
        stepping: low & 0xf,
      }
    case 'amd': {
      const extended = ((low >>> 8) & 0xf) === 0xf
      return {
        family: ((low >>> 8) & 0xf) + (extended ? (low >>> 20) & 0xff : 0),
        model: ((low >>> 4) & 0xf) | (extended ? (low >>> 12) & 0xf0 : 0),
        stepping: low & 0xf,
      }
    }
    case '80386':
      return {
        type: (low >>> 12) & 0xf,
        family: (low >>> 8) & 0xf,
        majorStepping: (low >>> 4) & 0xf,
        minorStepping: low & 0xf,
      }
    case '80486':
      return {
        type: (low >>> 12) & 3,
        family: (low >>> 8) & 0xf,
        model: (low >>> 4) & 0xf,
        stepping: low & 0xf,
      }
    case 'arm':
      if (hasSocId) {
        return {
          jep106Bank: (low >>> 24) & 0x7f,
          jep106Manufacturer: (low >>> 16) & 0x7f,
          socId: low & 0xffff,
          socRevision: u32le(structure.bytes, 0x0c),
        }
      }
      return low === 0
        ? null
        : {
            implementer: low >>> 24,
            variant: (low >>> 20) & 0xf,
            architecture: (low >>> 16) & 0xf,
            part: (low >>> 4) & 0xfff,
            revision: low & 0xf,
          }
    case 'loongarch':
      return { processorIdentity: low }
    case 'other':
      return null
  }
}

/** Feature flags of an x86 processor; null for others. */
function featureFlagsOf(structure: SmbiosStructure): SmbiosValue | undefined {
  const code = familyCode(structure)
  if (structure.bytes.length < 0x10 || code === null) return undefined
  const kind = processorFamilyKinds(code, u32le(structure.bytes, 0x08))
  if (kind !== 'x86' && kind !== 'amd') return null
  const bits = u32le(structure.bytes, 0x0c)
  return namesOfBits(featureFlags, (number) => ((bits >>> number) & 1) === 1)
}

/** §7.5.4: one voltage, or those that the socket can give; null: not told. */
export function voltagesAt(at: number) {
  return (structure: SmbiosStructure): readonly number[] | null | undefined => {
    const code = byteAt(structure, at)
    if (code === null) return undefined
    if (code >= 0x80) return [(code & 0x7f) / 10]
    const legacy = [5, 3.3, 2.9].filter((_, number) => ((code >> number) & 1) === 1)
    return legacy.length === 0 ? null : legacy
  }
}

/** A byte that says 0 for unknown and FFh for "in the 16-bit field of version 3.0". */
function countAt(structure: SmbiosStructure, at: number, wide: number): number | null | undefined {
  const short = byteAt(structure, at)
  if (short === null) return undefined
  if (short === 0) return null
  return short === 0xff ? (wordAt(structure, wide) ?? short) : short
}
