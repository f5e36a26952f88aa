import { hexOf, u8 } from '../integers.ts'
import { chassisTypes } from './names.ts'
import { byteAt, nameOf, type SmbiosStructure, stringAt, wordAt } from './table.ts'

/** Type 0, DSP0134 §7.1. Strings are as the firmware has them. */
export interface FirmwareInformation {
  readonly vendor: string | null
  readonly version: string | null
  readonly releaseDate: string | null
  readonly romSizeBytes: number | null
  /** `major.minor`; null when the firmware does not support the field. */
  readonly revision: string | null
  readonly embeddedControllerRevision: string | null
}

/** Decodes type 0. */
export function decodeFirmwareInformation(structure: SmbiosStructure): FirmwareInformation {
  return {
    vendor: stringAt(structure, 0x04),
    version: stringAt(structure, 0x05),
    releaseDate: stringAt(structure, 0x08),
    romSizeBytes: romSize(structure),
    revision: revisionAt(structure, 0x14),
    embeddedControllerRevision: revisionAt(structure, 0x16),
  }
}

/** Type 1, DSP0134 §7.2. */
export interface SystemInformation {
  readonly manufacturer: string | null
  readonly product: string | null
  readonly version: string | null
  readonly serial: string | null
  /** Null when not present (all ones), not settable (all zeros) or older than 2.1. */
  readonly uuid: string | null
  readonly sku: string | null
  readonly family: string | null
}

/** Decodes type 1. From version 2.6 on the first three fields of the UUID are little-endian. */
export function decodeSystemInformation(
  structure: SmbiosStructure,
  version: { readonly major: number; readonly minor: number },
): SystemInformation {
  const littleEndian = version.major > 2 || (version.major === 2 && version.minor >= 6)
  return {
    manufacturer: stringAt(structure, 0x04),
    product: stringAt(structure, 0x05),
    version: stringAt(structure, 0x06),
    serial: stringAt(structure, 0x07),
    uuid:
      structure.bytes.length < 0x18 ? null : decodeSystemUuid(structure.bytes, 0x08, littleEndian),
    sku: stringAt(structure, 0x19),
    family: stringAt(structure, 0x1a),
  }
}

/** Type 2, DSP0134 §7.3. */
export interface BaseboardInformation {
  readonly manufacturer: string | null
  readonly product: string | null
  readonly version: string | null
  readonly serial: string | null
  readonly assetTag: string | null
  /** True unless the structure says that this board does not host the processors (§7.3.1). */
  readonly hosting: boolean
}

/** Decodes type 2. */
export function decodeBaseboardInformation(structure: SmbiosStructure): BaseboardInformation {
  return {
    manufacturer: stringAt(structure, 0x04),
    product: stringAt(structure, 0x05),
    version: stringAt(structure, 0x06),
    serial: stringAt(structure, 0x07),
    assetTag: stringAt(structure, 0x08),
    hosting: ((byteAt(structure, 0x09) ?? 1) & 1) === 1,
  }
}

/** Type 3, DSP0134 §7.4. */
export interface ChassisInformation {
  readonly manufacturer: string | null
  /** Name of table 17. */
  readonly type: string | null
  readonly version: string | null
  readonly serial: string | null
  readonly assetTag: string | null
  readonly sku: string | null
}

/** Decodes type 3. */
export function decodeChassisInformation(structure: SmbiosStructure): ChassisInformation {
  const type = byteAt(structure, 0x05)
  const contained = (byteAt(structure, 0x13) ?? 0) * (byteAt(structure, 0x14) ?? 0)
  return {
    manufacturer: stringAt(structure, 0x04),
    type: nameOf(chassisTypes, type === null ? null : type & 0x7f),
    version: stringAt(structure, 0x06),
    serial: stringAt(structure, 0x07),
    assetTag: stringAt(structure, 0x08),
    sku: stringAt(structure, 0x15 + contained),
  }
}

/** §7.1 offset 09h: units of 64 KiB less one; 16 MiB and more in the extended field. */
function romSize(structure: SmbiosStructure): number | null {
  const size = byteAt(structure, 0x09)
  if (size === null) return null
  const extended = wordAt(structure, 0x18)
  if (size !== 0xff || extended === null) return (size + 1) * 64 * 1024
  const unit = extended >> 14
  const count = extended & 0x3fff
  if (unit > 1 || count === 0) return null
  return count * (unit === 0 ? 2 ** 20 : 2 ** 30)
}

function revisionAt(structure: SmbiosStructure, offset: number): string | null {
  const major = byteAt(structure, offset)
  const minor = byteAt(structure, offset + 1)
  if (major === null || minor === null || (major === 0xff && minor === 0xff)) return null
  return `${major}.${minor}`
}

/** A UUID of 16 bytes from `start` on; null for all zeros (not set) and all ones (not present). */
export function decodeSystemUuid(
  bytes: Uint8Array,
  start: number,
  littleEndian: boolean,
): string | null {
  const digits = hexOf(bytes, start, start + 16)
  if (/^(0+|f+)$/.test(digits)) return null
  const order = [3, 2, 1, 0, 5, 4, 7, 6]
  const head = littleEndian
    ? order
        .map((i) =>
          u8(bytes, start + i)
            .toString(16)
            .padStart(2, '0'),
        )
        .join('')
    : digits.slice(0, 16)
  return [head.slice(0, 8), head.slice(8, 12), head.slice(12, 16)]
    .concat(digits.slice(16, 20), digits.slice(20, 32))
    .join('-')
}
