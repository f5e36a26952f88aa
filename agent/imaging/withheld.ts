import type { ImageIndex } from '../../protocol/image.ts'
import { alignedBuffer } from './disk.ts'

/** The first MiB holds the boot code, the partition table and what makes a disk bootable (P5). */
export const headSizeBytes = 1024 * 1024

/**
 * What is kept back from the disk while an image is written: its head, and its backup GPT, from
 * which UEFI firmware would mend a missing head. Both stay in memory until all else is proven.
 */
export class WithheldEnds {
  /** The image's bytes from 0. */
  readonly head: Uint8Array
  /** The image's bytes from `tailStartBytes` to its end; empty when it has no GPT. */
  readonly tail: Uint8Array
  readonly tailStartBytes: number

  constructor(index: ImageIndex) {
    const { sizeBytes, gpt, logicalBlockSizeBytes } = index
    const headEnd = Math.min(headSizeBytes, sizeBytes)
    const afterUsable = gpt === null ? sizeBytes : (gpt.lastUsableLba + 1) * logicalBlockSizeBytes
    this.tailStartBytes = Math.max(headEnd, afterUsable, sizeBytes - headSizeBytes)
    this.head = alignedBuffer(headEnd)
    this.tail = alignedBuffer(sizeBytes - this.tailStartBytes)
  }

  /** Keeps what a chunk holds of the ends and gives the range that may be written, or null. */
  keep(
    startBytes: number,
    chunk: Uint8Array,
  ): { readonly from: number; readonly to: number } | null {
    for (const [offset, kept] of this.#ends()) {
      const overlap = intersect(offset, kept.length, startBytes, chunk.length)
      if (overlap === null) continue
      const part = chunk.subarray(overlap.from - startBytes, overlap.to - startBytes)
      kept.set(part, overlap.from - offset)
    }
    return this.writable(startBytes, chunk.length)
  }

  /** The part of a range that is not withheld, in bytes of the image; null when there is none. */
  writable(
    startBytes: number,
    lengthBytes: number,
  ): { readonly from: number; readonly to: number } | null {
    const middle = this.tailStartBytes - this.head.length
    return intersect(this.head.length, middle, startBytes, lengthBytes)
  }

  /** Puts the ends over what was read from the disk, where they are not yet. */
  overlay(startBytes: number, chunk: Uint8Array): void {
    for (const [offset, kept] of this.#ends()) {
      const overlap = intersect(offset, kept.length, startBytes, chunk.length)
      if (overlap === null) continue
      chunk.set(
        kept.subarray(overlap.from - offset, overlap.to - offset),
        overlap.from - startBytes,
      )
    }
  }

  #ends(): readonly (readonly [number, Uint8Array])[] {
    return [
      [0, this.head],
      [this.tailStartBytes, this.tail],
    ]
  }
}

function intersect(
  a: number,
  aLength: number,
  b: number,
  bLength: number,
): { readonly from: number; readonly to: number } | null {
  const from = Math.max(a, b)
  const to = Math.min(a + aLength, b + bLength)
  return from < to ? { from, to } : null
}
