import {
  arrayErrorCorrections,
  arrayLocations,
  arrayUses,
  memoryDetails,
  memoryFormFactors,
  memoryTypes,
} from './names.ts'
import {
  byteAt,
  doubleWordAt,
  nameOf,
  quadWordAt,
  type SmbiosStructure,
  stringAt,
  wordAt,
} from './table.ts'

/** Type 16, DSP0134 §7.17. */
export interface PhysicalMemoryArray {
  readonly handle: number
  readonly location: string | null
  readonly use: string | null
  readonly errorCorrection: string | null
  readonly maximumCapacityBytes: number | null
  readonly slotCount: number
}

/** Decodes type 16. */
export function decodePhysicalMemoryArray(structure: SmbiosStructure): PhysicalMemoryArray {
  const capacity = doubleWordAt(structure, 0x07)
  return {
    handle: structure.handle,
    location: nameOf(arrayLocations, byteAt(structure, 0x04)),
    use: nameOf(arrayUses, byteAt(structure, 0x05)),
    errorCorrection: nameOf(arrayErrorCorrections, byteAt(structure, 0x06)),
    maximumCapacityBytes:
      capacity === 0x8000_0000
        ? quadWordAt(structure, 0x0f)
        : capacity === null || capacity === 0
          ? null
          : capacity * 1024,
    slotCount: wordAt(structure, 0x0d) ?? 0,
  }
}

/** Type 17, DSP0134 §7.18. Strings are as the firmware has them. */
export interface MemoryDevice {
  readonly arrayHandle: number | null
  readonly locator: string | null
  readonly bankLocator: string | null
  readonly populated: boolean
  /** Null: no module, or one whose size is not known. */
  readonly sizeBytes: number | null
  readonly formFactor: string | null
  readonly type: string | null
  readonly details: readonly string[]
  readonly totalWidthBits: number | null
  readonly dataWidthBits: number | null
  readonly speedMtPerS: number | null
  readonly configuredSpeedMtPerS: number | null
  readonly minimumVoltageVolts: number | null
  readonly maximumVoltageVolts: number | null
  readonly configuredVoltageVolts: number | null
  readonly rankCount: number | null
  readonly manufacturer: string | null
  readonly serial: string | null
  readonly assetTag: string | null
  readonly partNumber: string | null
}

/** Decodes type 17. */
export function decodeMemoryDevice(structure: SmbiosStructure): MemoryDevice {
  const size = wordAt(structure, 0x0c)
  const detail = wordAt(structure, 0x13) ?? 0
  const rank = (byteAt(structure, 0x1b) ?? 0) & 0xf
  return {
    arrayHandle: wordAt(structure, 0x04),
    locator: stringAt(structure, 0x10),
    bankLocator: stringAt(structure, 0x11),
    populated: size !== null && size !== 0,
    sizeBytes: moduleSize(size, doubleWordAt(structure, 0x1c)),
    formFactor: nameOf(memoryFormFactors, byteAt(structure, 0x0e)),
    type: nameOf(memoryTypes, byteAt(structure, 0x12)),
    details: memoryDetails.flatMap((name, bit) => ((detail >> bit) & 1 ? (name ?? []) : [])),
    totalWidthBits: widthAt(structure, 0x08),
    dataWidthBits: widthAt(structure, 0x0a),
    speedMtPerS: speedAt(structure, 0x15, 0x54),
    configuredSpeedMtPerS: speedAt(structure, 0x20, 0x58),
    minimumVoltageVolts: millivoltsAt(structure, 0x22),
    maximumVoltageVolts: millivoltsAt(structure, 0x24),
    configuredVoltageVolts: millivoltsAt(structure, 0x26),
    rankCount: rank === 0 ? null : rank,
    manufacturer: stringAt(structure, 0x17),
    serial: stringAt(structure, 0x18),
    assetTag: stringAt(structure, 0x19),
    partNumber: stringAt(structure, 0x1a),
  }
}

/** Type 19, DSP0134 §7.20: a range of addresses that an array answers to. */
export interface MappedAddressRange {
  readonly arrayHandle: number | null
  readonly startByte: number
  /** Null when the end is not above the start (left blank). */
  readonly sizeBytes: number | null
}

/** Decodes type 19; null when its addresses are past what a number holds exactly. */
export function decodeMappedAddressRange(structure: SmbiosStructure): MappedAddressRange | null {
  const arrayHandle = wordAt(structure, 0x0c)
  const start = doubleWordAt(structure, 0x04)
  const end = doubleWordAt(structure, 0x08)
  if (start === null || end === null) return null
  if (start !== 0xffff_ffff) {
    // Both in units of 1 KiB, the end meaning its last unit.
    const sizeBytes = end >= start && end !== 0 ? (end - start + 1) * 1024 : null
    return { arrayHandle, startByte: start * 1024, sizeBytes }
  }
  const startByte = quadWordAt(structure, 0x0f)
  const lastByte = quadWordAt(structure, 0x17)
  if (startByte === null || lastByte === null) return null
  const sizeBytes = lastByte > startByte ? lastByte - startByte + 1 : null
  return { arrayHandle, startByte, sizeBytes }
}

/** §7.18 offset 0Ch: bit 15 set means KiB, else MiB; 7FFFh: MiB in the extended field. */
function moduleSize(size: number | null, extended: number | null): number | null {
  if (size === null || size === 0 || size === 0xffff) return null
  if (size === 0x7fff && extended !== null) return (extended % 2 ** 31) * 2 ** 20
  return (size & 0x7fff) * (size & 0x8000 ? 1024 : 2 ** 20)
}

function widthAt(structure: SmbiosStructure, offset: number): number | null {
  const width = wordAt(structure, offset)
  return width === 0 || width === 0xffff ? null : width
}

function speedAt(structure: SmbiosStructure, offset: number, wide: number): number | null {
  const short = wordAt(structure, offset)
  const speed = short === 0xffff ? doubleWordAt(structure, wide) : short
  return speed === 0 ? null : speed
}

function millivoltsAt(structure: SmbiosStructure, offset: number): number | null {
  const millivolts = wordAt(structure, offset)
  return millivolts === null || millivolts === 0 ? null : millivolts / 1000
}
