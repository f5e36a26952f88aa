/** The parts of a disk or a partition that were read. */
export interface DiskView {
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: number
  readonly pieces: readonly { readonly offsetBytes: number; readonly bytes: Uint8Array }[]
}

/** Bytes at a place; null where they lie in no piece, or past its end. */
export function bytesAt(view: DiskView, offset: number, length: number): Uint8Array | null {
  for (const piece of view.pieces) {
    const start = offset - piece.offsetBytes
    if (start >= 0 && start + length <= piece.bytes.length) {
      return piece.bytes.subarray(start, start + length)
    }
  }
  return null
}

/** From a place to the end of the piece it lies in; null where it lies in none. */
export function bytesFrom(view: DiskView, offset: number): Uint8Array | null {
  for (const piece of view.pieces) {
    const start = offset - piece.offsetBytes
    if (start >= 0 && start < piece.bytes.length) return piece.bytes.subarray(start)
  }
  return null
}

/** Whether `wanted` stands at a place. */
export function standsAt(view: DiskView, offset: number, wanted: Uint8Array): boolean {
  const found = bytesAt(view, offset, wanted.length)
  return found !== null && wanted.every((byte, at) => found[at] === byte)
}

/** Latin letters as bytes. */
export function letters(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
