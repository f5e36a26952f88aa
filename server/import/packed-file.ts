import { AppError } from '../../protocol/errors.ts'
import { importLimits } from './imported-machine.ts'

/** Bytes that are compressed together: a few milliseconds of work on another thread. */
const frameBytes = 1024 * 1024

/** zstd's fastest: the file is kept for seconds. */
const level = 1

/** A file as it came in, kept compressed in memory, to be read more than once. */
export interface PackedFile {
  /** Its length as it came. */
  readonly sizeBytes: number
  /** From its beginning, a piece of at most 1 MiB at a time. */
  bytes(): AsyncGenerator<Uint8Array>
}

/**
 * Takes in a whole file. Inventories are text that says the same again and again: a tenth of their
 * length remains. Throws `too-large` past a limit.
 */
export async function packFile(
  body: AsyncIterable<Uint8Array>,
  limits: { readonly fileBytes: number; readonly packedBytes: number } = importLimits,
): Promise<PackedFile> {
  const frames: Uint8Array[] = []
  let sizeBytes = 0
  let packedBytes = 0
  let parts: Uint8Array[] = []
  let waitingBytes = 0
  const pack = async () => {
    const frame = await Bun.zstdCompress(Buffer.concat(parts), { level })
    parts = []
    waitingBytes = 0
    packedBytes += frame.length
    frames.push(frame)
    if (packedBytes > limits.packedBytes) {
      throw new AppError('too-large', `file is over ${limits.packedBytes} bytes packed, split it`)
    }
  }
  for await (const part of body) {
    sizeBytes += part.length
    if (sizeBytes > limits.fileBytes) {
      throw new AppError('too-large', `file is over ${limits.fileBytes} bytes, split it`)
    }
    for (let at = 0; at < part.length;) {
      const piece = part.subarray(at, at + frameBytes - waitingBytes)
      parts.push(piece)
      waitingBytes += piece.length
      at += piece.length
      if (waitingBytes === frameBytes) await pack()
    }
  }
  if (waitingBytes > 0) await pack()
  return {
    sizeBytes,
    async *bytes() {
      for (const frame of frames) yield await Bun.zstdDecompress(frame)
    },
  }
}
