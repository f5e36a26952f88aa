import { hexOf, toHex } from '../integers.ts'
import {
  byteAt,
  doubleWordAt,
  paddedStringAt,
  quadWordAt,
  type SmbiosStructure,
  wordAt,
} from './table.ts'

/** What a field of a structure can hold; null: the firmware says that it does not know. */
export type SmbiosValue =
  | null
  | boolean
  | number
  | string
  | readonly SmbiosValue[]
  | { readonly [name: string]: SmbiosValue }

/** Fields of a structure by name. One that its version of the structure does not have is not there. */
export type SmbiosFields = Readonly<Record<string, SmbiosValue>>

/** Version of the standard that a table follows. */
export interface SmbiosVersion {
  readonly major: number
  readonly minor: number
}

/** Reads one field; undefined: the structure is too short to have it. */
export type ReadField = (
  structure: SmbiosStructure,
  version: SmbiosVersion,
) => SmbiosValue | undefined

/** A type of structure: its name and the fields in it. */
export interface StructureType {
  readonly name: string
  readonly fields: Readonly<Record<string, ReadField>>
}

/** Names of an enumeration by value; null is the standard's "Unknown". */
export type Codes = ReadonlyMap<number, string | null>

/** `first` and the values after it, by names with bars between them; `Unknown` becomes null. */
export function codes(first: number, names: string): Codes {
  return new Map(
    names.split('|').map((name, at) => [first + at, name === 'Unknown' ? null : name] as const),
  )
}

/** The fields of a structure that it is long enough for. */
export function readFields(
  fields: Readonly<Record<string, ReadField>>,
  structure: SmbiosStructure,
  version: SmbiosVersion,
): SmbiosFields {
  const found: Record<string, SmbiosValue> = {}
  for (const [name, read] of Object.entries(fields)) {
    const value = read(structure, version)
    if (value !== undefined) found[name] = value
  }
  return found
}

/** A string by its number; null: not specified. */
export function text(at: number): ReadField {
  return (structure) => (at < structure.bytes.length ? paddedStringAt(structure, at) : undefined)
}

/** Bits `shift` and up of a byte by their name; `0x2a` where the list has none. */
export function named(names: Codes, at: number, mask = 0xff, shift = 0): ReadField {
  return mapped(byteAt, at, (value) => nameIn(names, (value >> shift) & mask))
}

/** {@link named} in a 16-bit field. */
export function namedInWord(names: Codes, at: number, mask: number, shift: number): ReadField {
  return mapped(wordAt, at, (value) => nameIn(names, (value >> shift) & mask))
}

/** The name of a code; `0x2a` where the list has none. */
export function nameIn(names: Codes, code: number): string | null {
  const name = names.get(code)
  return name === undefined ? `0x${toHex(code, 2)}` : name
}

/** Names of the bits that are set, the lowest first. Bits without a name are left out. */
export function flags(names: Codes, at: number, bytes: 1 | 2 | 4 | 8): ReadField {
  return (structure) => {
    if (at + bytes > structure.bytes.length) return undefined
    return namesOfBits(names, (bit) => {
      return ((byteAt(structure, at + (bit >> 3)) ?? 0) & (1 << (bit & 7))) !== 0
    })
  }
}

/** Names of those bits of a list for which `isSet` holds. */
export function namesOfBits(names: Codes, isSet: (bit: number) => boolean): readonly string[] {
  const found: string[] = []
  for (const [bit, name] of names) if (isSet(bit)) found.push(name ?? 'Unknown')
  return found
}

/** A number of one byte; null for the values that mean "not known". */
export function byte(at: number, ...unknown: readonly number[]): ReadField {
  return mapped(byteAt, at, (value) => (unknown.includes(value) ? null : value))
}

/** A number of two bytes, times `scale`; null for the values that mean "not known". */
export function word(at: number, scale = 1, ...unknown: readonly number[]): ReadField {
  return mapped(wordAt, at, (value) => (unknown.includes(value) ? null : scaled(value, scale)))
}

/** A signed number of two bytes, times `scale`; 8000h means "not known" (§7.27 and others). */
export function signedWord(at: number, scale = 1): ReadField {
  return mapped(wordAt, at, (value) =>
    value === 0x8000 ? null : scaled(value > 0x7fff ? value - 0x1_0000 : value, scale),
  )
}

/** A bit of a byte. */
export function bit(at: number, number: number): ReadField {
  return mapped(byteAt, at, (value) => ((value >> number) & 1) === 1)
}

/** A structure's handle, `0x0011`; null for the values that mean "none". */
export function handle(at: number, ...none: readonly number[]): ReadField {
  return mapped(wordAt, at, (value) => (none.includes(value) ? null : handleText(value)))
}

/** As handles are written everywhere: `0x0011`. */
export function handleText(value: number): string {
  return `0x${toHex(value, 4)}`
}

/** Four bytes as `0x0000001f`; null for the values that mean "not known". */
export function hexDoubleWord(at: number, ...unknown: readonly number[]): ReadField {
  return mapped(doubleWordAt, at, (value) =>
    unknown.includes(value) ? null : `0x${toHex(value, 8)}`,
  )
}

/** Eight bytes as `0x` and 16 digits; null for all of these digits. */
export function hexQuadWord(at: number, unknown: string): ReadField {
  return (structure) => {
    const digits = littleEndianHex(structure, at, 8)
    return digits === undefined || digits !== unknown
      ? digits === undefined
        ? undefined
        : `0x${digits}`
      : null
  }
}

/** `length` bytes, the last first, as hex digits; undefined past the structure. */
export function littleEndianHex(
  { bytes }: SmbiosStructure,
  at: number,
  length: number,
): string | undefined {
  if (at + length > bytes.length) return undefined
  return hexOf(bytes.slice(at, at + length).reverse(), 0, length)
}

/** A size of eight bytes; null where all bits are set. Above 2^53 it is no size of a machine. */
export function size(at: number): ReadField {
  return (structure) => (at + 8 > structure.bytes.length ? undefined : quadWordAt(structure, at))
}

/** `segment:bus:device.function`; null where the bytes say that it is none (all ones). */
export function pciAddressAt(structure: SmbiosStructure, at: number): string | null | undefined {
  const segment = wordAt(structure, at)
  const bus = byteAt(structure, at + 2)
  const place = byteAt(structure, at + 3)
  if (segment === null || bus === null || place === null) return undefined
  if (segment === 0xffff && bus === 0xff && place === 0xff) return null
  return `${toHex(segment, 4)}:${toHex(bus, 2)}:${toHex(place >> 3, 2)}.${place & 7}`
}

function mapped(
  read: (structure: SmbiosStructure, at: number) => number | null,
  at: number,
  map: (value: number) => SmbiosValue,
): ReadField {
  return (structure) => {
    const value = read(structure, at)
    return value === null ? undefined : map(value)
  }
}

/** Powers of ten as decimal fractions: 1234 times 0.001 is 1.234. */
function scaled(value: number, scale: number): number {
  return scale < 1 ? value / Math.round(1 / scale) : value * scale
}
