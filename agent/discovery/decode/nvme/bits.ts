import { u32le } from '../integers.ts'

/** Names of the bits that are set; null or absent names are reserved. */
export function bitNames(value: number, names: readonly (string | null)[]): string[] {
  return names.flatMap((name, bit) => (name !== null && ((value >>> bit) & 1) === 1 ? [name] : []))
}

/** A little-endian integer of 8 or 16 bytes; exact up to 2^53. */
export function wide(bytes: Uint8Array, offset: number, length: 8 | 16): number {
  let value = 0
  for (let at = length - 4; at >= 0; at -= 4) value = value * 2 ** 32 + u32le(bytes, offset + at)
  return value
}

/** Kelvin as Celsius; null for 0, which is "not told". */
export function celsiusOf(kelvin: number): number | null {
  return kelvin === 0 ? null : kelvin - 273
}

/** Hexadecimal digits; null when all bytes are zero. */
export function nameOf(bytes: Uint8Array, offset: number, length: number): string | null {
  const part = bytes.subarray(offset, offset + length)
  return part.every((byte) => byte === 0) ? null : part.toHex()
}
