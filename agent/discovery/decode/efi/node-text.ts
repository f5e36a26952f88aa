import { u16le, u32le, u64le, u8 } from '../integers.ts'

/** `0x1f`, as device paths write most of their numbers. */
export function hexNumber(value: number | bigint): string {
  return `0x${value.toString(16)}`
}

/** Little-endian fields of a node, by width in bytes, in the form of {@link hexNumber}. */
export function hexFields(body: Uint8Array, places: readonly (readonly [number, 1 | 2 | 4 | 8])[]) {
  return places.map(([offset, width]) => hexNumber(integer(body, offset, width)))
}

function integer(body: Uint8Array, offset: number, width: 1 | 2 | 4 | 8): number | bigint {
  if (width === 1) return u8(body, offset)
  if (width === 2) return u16le(body, offset)
  return width === 4 ? u32le(body, offset) : u64le(body, offset)
}

/** UCS-2 up to its NUL, without control characters. */
export function ucs2Text(bytes: Uint8Array): string {
  const even = bytes.subarray(0, bytes.length - (bytes.length % 2))
  const text = new TextDecoder('utf-16le').decode(even)
  const end = text.indexOf('\0')
  return (end < 0 ? text : text.slice(0, end)).replaceAll(/\p{Cc}/gu, ' ')
}

/** ASCII up to its NUL, without control characters. */
export function narrowText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  const text = new TextDecoder('latin1').decode(end < 0 ? bytes : bytes.subarray(0, end))
  return text.replaceAll(/\p{Cc}/gu, ' ')
}
