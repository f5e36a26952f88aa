import { toHex } from '../integers.ts'

/** `0x0210` is `2.10`: binary-coded decimal, two digits after the point. */
export function bcdVersion(value: number): string {
  return `${(value >> 8).toString(16)}.${toHex(value & 0xff, 2)}`
}
