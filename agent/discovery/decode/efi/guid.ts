import { hexOf, toHex, u16le, u32le } from '../integers.ts'

/** EFI_GUID: three little-endian fields, then eight bytes in their order (UEFI 2.10 appendix A). */
export function guidText(bytes: Uint8Array, offset: number): string {
  const fields = [
    toHex(u32le(bytes, offset), 8),
    toHex(u16le(bytes, offset + 4), 4),
    toHex(u16le(bytes, offset + 6), 4),
  ]
  return [
    ...fields,
    hexOf(bytes, offset + 8, offset + 10),
    hexOf(bytes, offset + 10, offset + 16),
  ].join('-')
}
