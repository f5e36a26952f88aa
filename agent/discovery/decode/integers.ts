/**
 * Integers out of bytes. Reading past the end is malformed input, so it throws DecodeError; a
 * decoder that allows a short structure asks for its length first.
 */
import { DecodeError } from '../../../protocol/errors.ts'

/** Unsigned 8-bit integer at `offset`. */
export function u8(bytes: Uint8Array, offset: number): number {
  const value = bytes[offset]
  if (value === undefined) {
    throw new DecodeError(`Cannot read byte ${offset} of ${bytes.length}: past the end`)
  }
  return value
}

/** Unsigned 16-bit little-endian integer at `offset`. */
export function u16le(bytes: Uint8Array, offset: number): number {
  return u8(bytes, offset) | (u8(bytes, offset + 1) << 8)
}

/** Unsigned 32-bit little-endian integer at `offset`. */
export function u32le(bytes: Uint8Array, offset: number): number {
  return u16le(bytes, offset) + u16le(bytes, offset + 2) * 0x1_0000
}

/** Unsigned 64-bit little-endian integer at `offset`. */
export function u64le(bytes: Uint8Array, offset: number): bigint {
  return BigInt(u32le(bytes, offset)) + (BigInt(u32le(bytes, offset + 4)) << 32n)
}

/** Unsigned 16-bit big-endian integer at `offset`. */
export function u16be(bytes: Uint8Array, offset: number): number {
  return (u8(bytes, offset) << 8) | u8(bytes, offset + 1)
}

/** `value` in lower-case hexadecimal of at least `digits` digits. */
export function toHex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

/** Bytes `start` to `end` in lower-case hexadecimal, in their order. */
export function hexOf(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return bytes.subarray(start, end).toHex()
}
