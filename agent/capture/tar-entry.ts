/** One thing in an archive. Paths have no `/` at either end. */
export type TarEntry =
  | { readonly kind: 'file'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }

/** POSIX.1-2017 pax(1), "ustar Interchange Format": where each field of the header is. */
export const blockBytes = 512
export const field = {
  name: [0, 100],
  mode: [100, 8],
  owner: [108, 8],
  group: [116, 8],
  size: [124, 12],
  modified: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const

/** Sum of the header's bytes, with spaces for the sum itself. */
export function headerChecksum(header: Uint8Array): number {
  const [from, length] = field.checksum
  return header.reduce(
    (sum, byte, index) => sum + (index >= from && index < from + length ? 0x20 : byte),
    0,
  )
}
