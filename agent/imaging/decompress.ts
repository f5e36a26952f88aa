import { dlopen } from 'bun:ffi'
import { DecodeError, errorChain } from '../../protocol/errors.ts'
import { inspectZstdFrame } from './zstd-frame.ts'

/** Decodes one zstd frame into a buffer of exactly its size; never a byte more. */
export interface Decompressor {
  readonly name: string
  /** Throws `DecodeError` when the frame is damaged or has another size. */
  decompress(frame: Uint8Array, into: Uint8Array): void
}

/** A frame of 4 MiB raw that may decode to more than this is a bomb. */
const expansionMaximumBytes = 256 * 1024 * 1024

/** libzstd where the system has it (half the time, and no memory of its own), else Bun's. */
export function loadDecompressor(): Decompressor {
  try {
    return libzstdDecompressor()
  } catch (error) {
    return { ...bunDecompressor, name: `bun (no libzstd: ${errorChain(error)})` }
  }
}

/** Decodes with the system's libzstd.so.1. Throws when there is none. */
export function libzstdDecompressor(): Decompressor {
  const { symbols: libzstd } = dlopen('libzstd.so.1', {
    ZSTD_decompress: { args: ['ptr', 'u64', 'ptr', 'u64'], returns: 'u64' },
    ZSTD_isError: { args: ['u64'], returns: 'u32' },
  })
  return {
    name: 'libzstd',
    decompress(frame, into) {
      const size = libzstd.ZSTD_decompress(into, into.length, frame, frame.length)
      if (libzstd.ZSTD_isError(size) !== 0 || Number(size) !== into.length) {
        throw new DecodeError(`zstd frame does not decode to ${into.length} bytes`)
      }
    },
  }
}

/** Decodes with Bun. It takes memory as it needs, so the frame is judged by its headers before. */
export const bunDecompressor: Decompressor = {
  name: 'bun',
  decompress(frame, into) {
    const facts = inspectZstdFrame(frame)
    const isExpected =
      facts.contentSizeBytes === into.length && facts.frameSizeBytes === frame.length
    if (!isExpected || facts.expansionBoundBytes > expansionMaximumBytes) {
      throw new DecodeError(`zstd frame does not decode to ${into.length} bytes`)
    }
    const bytes = decodeWithBun(frame)
    if (bytes.length !== into.length) {
      throw new DecodeError(`zstd frame decodes to ${bytes.length}, not ${into.length} bytes`)
    }
    into.set(bytes)
  },
}

function decodeWithBun(frame: Uint8Array): Uint8Array {
  try {
    return Bun.zstdDecompressSync(new Uint8Array(frame))
  } catch (error) {
    throw new DecodeError('zstd frame is damaged', { cause: error })
  }
}
