import {
  byte,
  codes,
  flags,
  handle,
  hexDoubleWord,
  hexQuadWord,
  littleEndianHex,
  named,
  type ReadField,
  size,
  type SmbiosValue,
  type StructureType,
  text,
  word,
} from '../field.ts'
import { toHex } from '../../integers.ts'
import { decodeMemoryDevice, decodePhysicalMemoryArray } from '../memory.ts'
import { byteAt, doubleWordAt, type SmbiosStructure, wordAt } from '../table.ts'
import { handles } from './handles.ts'
import { voltagesAt } from './processor.ts'

/** §7.6.1 to §7.6.4, §7.7.1. */
const detectionMethods = codes(
  1,
  'Other|Unknown|None|8-bit Parity|32-bit ECC|64-bit ECC|128-bit ECC|CRC',
)
const corrections = codes(
  0,
  'Other|Unknown|None|Single-bit Error Correcting|Double-bit Error Correcting|Error Scrubbing',
)
const interleaves = codes(
  1,
  'Other|Unknown|One-way Interleave|Two-way Interleave|Four-way Interleave|Eight-way Interleave|Sixteen-way Interleave',
)
const controllerSpeeds = codes(0, 'Other|Unknown|70 ns|60 ns|50 ns')
const moduleTypes = codes(0, 'Other|Unknown|Standard|FPM|EDO|Parity|ECC|SIMM|DIMM|Burst EDO|SDRAM')
/** §7.17.1 to §7.17.3. */
const arrayLocations = new Map([
  ...codes(
    1,
    'Other|Unknown|System Board Or Motherboard|ISA Add-on Card|EISA Add-on Card|PCI Add-on Card|MCA Add-on Card|PCMCIA Add-on Card|Proprietary Add-on Card|NuBus',
  ),
  ...codes(
    0xa0,
    'PC-98/C20 Add-on Card|PC-98/C24 Add-on Card|PC-98/E Add-on Card|PC-98/Local Bus Add-on Card|CXL Add-on Card',
  ),
])
const arrayUses = codes(
  1,
  'Other|Unknown|System Memory|Video Memory|Flash Memory|Non-volatile RAM|Cache Memory',
)
const arrayCorrections = codes(1, 'Other|Unknown|None|Parity|Single-bit ECC|Multi-bit ECC|CRC')
/** §7.18.1 to §7.18.3, §7.18.6, §7.18.7. */
const formFactors = codes(
  1,
  'Other|Unknown|SIMM|SIP|Chip|DIP|ZIP|Proprietary Card|DIMM|TSOP|Row Of Chips|RIMM|SODIMM|SRIMM|FB-DIMM|Die|CAMM|CUDIMM|CSODIMM',
)
const deviceTypes = codes(
  1,
  'Other|Unknown|DRAM|EDRAM|VRAM|SRAM|RAM|ROM|Flash|EEPROM|FEPROM|EPROM|CDRAM|3DRAM|SDRAM|SGRAM|RDRAM|DDR|DDR2|DDR2 FB-DIMM|Reserved|Reserved|Reserved|DDR3|FBD2|DDR4|LPDDR|LPDDR2|LPDDR3|LPDDR4|Logical non-volatile device|HBM|HBM2|DDR5|LPDDR5|HBM3|MRDIMM',
)
const typeDetails = codes(
  1,
  'Other|Unknown|Fast-paged|Static Column|Pseudo-static|RAMBus|Synchronous|CMOS|EDO|Window DRAM|Cache DRAM|Non-Volatile|Registered (Buffered)|Unbuffered (Unregistered)|LRDIMM',
)
const technologies = codes(
  1,
  'Other|Unknown|DRAM|NVDIMM-N|NVDIMM-F|NVDIMM-P|Intel Optane DC persistent memory|MRDIMM',
)
const operatingModes = codes(
  1,
  'Other|Unknown|Volatile memory|Byte-accessible persistent memory|Block-accessible persistent memory',
)
/** §7.19.1 to §7.19.3. */
const errorTypes = codes(
  1,
  'Other|Unknown|OK|Bad Read|Parity Error|Single-bit Error|Double-bit Error|Multi-bit Error|Nibble Error|Checksum Error|CRC Error|Corrected Single-bit Error|Corrected Error|Uncorrectable Error',
)
const errorGranularities = codes(1, 'Other|Unknown|Device Level|Memory Partition Level')
const errorOperations = codes(1, 'Other|Unknown|Read|Write|Partial Write')

const errorHead: StructureType['fields'] = {
  type: named(errorTypes, 0x04),
  granularity: named(errorGranularities, 0x05),
  operation: named(errorOperations, 0x06),
  vendorSyndrome: hexDoubleWord(0x07, 0),
}

/** Memory: DSP0134 §7.6, §7.7, §7.17 to §7.21, §7.34, §7.38. */
export const memoryTypes: ReadonlyMap<number, StructureType> = new Map<number, StructureType>([
  [
    5,
    {
      name: 'Memory Controller Information',
      fields: {
        errorDetectingMethod: named(detectionMethods, 0x04),
        errorCorrectingCapabilities: flags(corrections, 0x05, 1),
        supportedInterleave: named(interleaves, 0x06),
        currentInterleave: named(interleaves, 0x07),
        maximumModuleSizeBytes: (s) => moduleSize(byteAt(s, 0x08), 1),
        maximumTotalSizeBytes: (s) => moduleSize(byteAt(s, 0x08), byteAt(s, 0x0e)),
        supportedSpeeds: flags(controllerSpeeds, 0x09, 2),
        supportedTypes: flags(moduleTypes, 0x0b, 2),
        moduleVoltages: voltagesAt(0x0d),
        moduleHandles: (s) => {
          const count = byteAt(s, 0x0e)
          return count === null ? undefined : handles(s, 0x0f, count)
        },
        enabledErrorCorrectingCapabilities: (s, version) => {
          const at = 0x0f + (byteAt(s, 0x0e) ?? 0) * 2
          return flags(corrections, at, 1)(s, version)
        },
      },
    },
  ],
  [
    6,
    {
      name: 'Memory Module Information',
      fields: {
        designation: text(0x04),
        /** Numbers of the RAS lines. */
        bankConnections: (s) => {
          const code = byteAt(s, 0x05)
          return code === null ? undefined : [code >> 4, code & 0xf].filter((bank) => bank !== 0xf)
        },
        speedNanoseconds: byte(0x06, 0),
        types: flags(moduleTypes, 0x07, 2),
        installedSize: (s) => legacySize(byteAt(s, 0x09)),
        enabledSize: (s) => legacySize(byteAt(s, 0x0a)),
        uncorrectableErrors: (s) => bitOf(byteAt(s, 0x0b), 0),
        correctableErrors: (s) => bitOf(byteAt(s, 0x0b), 1),
        errorsInEventLog: (s) => bitOf(byteAt(s, 0x0b), 2),
      },
    },
  ],
  [
    16,
    {
      name: 'Physical Memory Array',
      fields: {
        location: named(arrayLocations, 0x04),
        use: named(arrayUses, 0x05),
        errorCorrection: named(arrayCorrections, 0x06),
        maximumCapacityBytes: (s) => {
          const short = doubleWordAt(s, 0x07)
          if (short === null) return undefined
          return short === 0 ? 0 : decodePhysicalMemoryArray(s).maximumCapacityBytes
        },
        errorInformationHandle: errorHandle(0x0b),
        slotCount: word(0x0d),
      },
    },
  ],
  [
    17,
    {
      name: 'Memory Device',
      fields: {
        arrayHandle: handle(0x04),
        errorInformationHandle: errorHandle(0x06),
        totalWidthBits: word(0x08, 1, 0, 0xffff),
        dataWidthBits: word(0x0a, 1, 0, 0xffff),
        populated: (s) => masked(wordAt(s, 0x0c), (value) => value !== 0),
        sizeBytes: (s) => (s.bytes.length < 0x0e ? undefined : decodeMemoryDevice(s).sizeBytes),
        formFactor: named(formFactors, 0x0e),
        /** 0: of no set. */
        deviceSet: byte(0x0f, 0xff),
        locator: text(0x10),
        bankLocator: text(0x11),
        type: named(deviceTypes, 0x12),
        typeDetail: flags(typeDetails, 0x13, 2),
        speedMtPerS: (s) => speed(s, 0x15, 0x54),
        manufacturer: text(0x17),
        serial: text(0x18),
        assetTag: text(0x19),
        partNumber: text(0x1a),
        rankCount: (s) =>
          masked(byteAt(s, 0x1b), (value) => ((value & 0xf) === 0 ? null : value & 0xf)),
        configuredSpeedMtPerS: (s) => speed(s, 0x20, 0x58),
        minimumVoltageVolts: word(0x22, 0.001, 0),
        maximumVoltageVolts: word(0x24, 0.001, 0),
        configuredVoltageVolts: word(0x26, 0.001, 0),
        technology: named(technologies, 0x28),
        operatingModes: flags(operatingModes, 0x29, 2),
        firmwareVersion: text(0x2b),
        moduleManufacturerId: manufacturerId(0x2c),
        moduleProductId: productId(0x2e),
        controllerManufacturerId: manufacturerId(0x30),
        controllerProductId: productId(0x32),
        nonVolatileSizeBytes: size(0x34),
        volatileSizeBytes: size(0x3c),
        cacheSizeBytes: size(0x44),
        logicalSizeBytes: size(0x4c),
        pmic0ManufacturerId: manufacturerId(0x5c),
        pmic0Revision: revisionNumber(0x5e),
        rcdManufacturerId: manufacturerId(0x60),
        rcdRevision: revisionNumber(0x62),
      },
    },
  ],
  [
    18,
    {
      name: '32-bit Memory Error Information',
      fields: {
        ...errorHead,
        arrayAddress: hexDoubleWord(0x0b, 0x8000_0000),
        deviceAddress: hexDoubleWord(0x0f, 0x8000_0000),
        resolution: hexDoubleWord(0x13, 0x8000_0000),
      },
    },
  ],
  [
    19,
    {
      name: 'Memory Array Mapped Address',
      fields: {
        ...range(0x0f),
        arrayHandle: handle(0x0c),
        partitionWidth: byte(0x0e),
      },
    },
  ],
  [
    20,
    {
      name: 'Memory Device Mapped Address',
      fields: {
        ...range(0x13),
        deviceHandle: handle(0x0c),
        arrayMappedAddressHandle: handle(0x0e),
        partitionRowPosition: byte(0x10, 0xff),
        interleavePosition: byte(0x11, 0xff),
        interleavedDataDepth: byte(0x12, 0xff),
      },
    },
  ],
  [
    33,
    {
      name: '64-bit Memory Error Information',
      fields: {
        ...errorHead,
        arrayAddress: hexQuadWord(0x0b, '8000000000000000'),
        deviceAddress: hexQuadWord(0x13, '8000000000000000'),
        resolution: hexDoubleWord(0x1b, 0x8000_0000),
      },
    },
  ],
  [
    37,
    {
      name: 'Memory Channel',
      fields: {
        type: named(codes(1, 'Other|Unknown|RamBus|SyncLink'), 0x04),
        maximumLoad: byte(0x05),
        /** As the structure says it, though it may end before them. */
        deviceCount: byte(0x06),
        devices: channelDevices,
      },
    },
  ],
])

function masked<T extends SmbiosValue>(value: number | null, map: (value: number) => T) {
  return value === null ? undefined : map(value)
}

function bitOf(value: number | null, number: number): boolean | undefined {
  return value === null ? undefined : ((value >> number) & 1) === 1
}

/** §7.6: powers of two of 1 MiB, times the number of slots. */
function moduleSize(power: number | null, count: number | null): number | null | undefined {
  if (power === null || count === null) return undefined
  return power > 31 ? null : count * 2 ** power * 2 ** 20
}

/** §7.7.2; the size is null where the structure says why. */
function legacySize(code: number | null): SmbiosValue | undefined {
  if (code === null) return undefined
  const power = code & 0x7f
  const state =
    power === 0x7d
      ? 'not determinable'
      : power === 0x7e
        ? 'not enabled'
        : power === 0x7f
          ? 'not installed'
          : 'installed'
  return {
    state,
    doubleBank: code >= 0x80,
    sizeBytes: state === 'installed' && power < 32 ? 2 ** power * 2 ** 20 : null,
  }
}

/** FFFEh: not provided, FFFFh: no error; both are null here. */
function errorHandle(at: number): ReadField {
  return (structure) => {
    const value = wordAt(structure, at)
    if (value === null) return undefined
    if (value === 0xfffe) return 'not provided'
    return value === 0xffff ? 'no error' : `0x${toHex(value, 4)}`
  }
}

function speed(structure: SmbiosStructure, at: number, wide: number): number | null | undefined {
  const short = wordAt(structure, at)
  if (short === null) return undefined
  const value = short === 0xffff ? (doubleWordAt(structure, wide) ?? 0) : short
  return value === 0 ? null : value
}

/** §7.18.8: JEP-106 bank and code within it. */
function manufacturerId(at: number): ReadField {
  return (structure) => {
    const value = wordAt(structure, at)
    if (value === null) return undefined
    return value === 0
      ? null
      : { jep106Bank: (value & 0x7f) + 1, jep106Code: `0x${toHex(value >> 8, 2)}` }
  }
}

function productId(at: number): ReadField {
  return (structure) => {
    const value = wordAt(structure, at)
    return value === null ? undefined : value === 0 ? null : `0x${toHex(value, 4)}`
  }
}

/** §7.18.16; DDR5 codes the kind and version of the device in it. */
function revisionNumber(at: number): ReadField {
  return (structure) => {
    const value = wordAt(structure, at)
    return value === null ? undefined : value === 0xff00 ? null : `0x${toHex(value, 4)}`
  }
}

/** First and last byte of a range: units of 1 KiB, or bytes in the extended fields (§7.20). */
function range(extendedAt: number): StructureType['fields'] {
  return {
    startAddress: (structure) => rangeEnds(structure, extendedAt)?.[0],
    endAddress: (structure) => rangeEnds(structure, extendedAt)?.[1],
  }
}

function rangeEnds(structure: SmbiosStructure, extendedAt: number) {
  const start = doubleWordAt(structure, 0x04)
  const end = doubleWordAt(structure, 0x08)
  if (start === null || end === null) return undefined
  const first = littleEndianHex(structure, extendedAt, 8)
  const last = littleEndianHex(structure, extendedAt + 8, 8)
  if (start === 0xffff_ffff && first !== undefined && last !== undefined) {
    return [`0x${first}`, `0x${last}`] as const
  }
  const ends = [BigInt(start) * 1024n, BigInt(end) * 1024n + 1023n]
  const [from = '', to = ''] = ends.map((address) => `0x${address.toString(16).padStart(16, '0')}`)
  return [from, to] as const
}

function channelDevices(structure: SmbiosStructure): readonly SmbiosValue[] | undefined {
  const count = byteAt(structure, 0x06)
  if (count === null || 0x07 + 3 * count > structure.bytes.length) return undefined
  return Array.from({ length: count }, (_, index) => ({
    load: byteAt(structure, 0x07 + index * 3) ?? 0,
    handle: `0x${toHex(wordAt(structure, 0x08 + index * 3) ?? 0, 4)}`,
  }))
}
