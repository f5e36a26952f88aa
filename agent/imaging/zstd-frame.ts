import { DecodeError } from '../../protocol/errors.ts'

/** What a zstd frame's headers promise, without decoding it (RFC 8878 §3.1.1). */
export interface ZstdFrameFacts {
  /** Null: the frame does not say. */
  readonly contentSizeBytes: number | null
  /** Bytes of the frame itself, checksum included; what follows is another frame. */
  readonly frameSizeBytes: number
  /** The most its blocks can decode to, whatever the frame says. */
  readonly expansionBoundBytes: number
}

const blockSizeMaximumBytes = 128 * 1024

/** Walks a frame's block headers. Throws `DecodeError` when it is no whole zstd frame. */
export function inspectZstdFrame(frame: Uint8Array): ZstdFrameFacts {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const need = (end: number) => {
    if (end > frame.length) throw new DecodeError(`zstd frame ends at byte ${frame.length}`)
  }
  need(5)
  if (view.getUint32(0, true) !== 0xfd2fb528)
    throw new DecodeError('zstd frame has no magic number')
  const descriptor = view.getUint8(4)
  const isSingleSegment = (descriptor & 0x20) !== 0
  const dictionarySize = [0, 1, 2, 4][descriptor & 3] ?? 0
  const contentFlag = descriptor >> 6
  const contentFieldSize = contentFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << contentFlag
  const contentAt = 5 + (isSingleSegment ? 0 : 1) + dictionarySize
  let at = contentAt + contentFieldSize
  need(at)
  const contentSizeBytes = contentSize(view, contentAt, contentFieldSize)
  let expansionBoundBytes = 0
  for (let isLast = false; !isLast;) {
    need(at + 3)
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
    const size = header >> 3
    const kind = (header >> 1) & 3
    if (kind === 3) throw new DecodeError('zstd frame has a block of the reserved kind')
    expansionBoundBytes += kind === 2 ? blockSizeMaximumBytes : size
    at += 3 + (kind === 1 ? 1 : size)
    isLast = (header & 1) === 1
  }
  at += (descriptor & 4) === 0 ? 0 : 4
  need(at)
  return { contentSizeBytes, frameSizeBytes: at, expansionBoundBytes }
}

function contentSize(view: DataView, at: number, fieldSize: number): number | null {
  switch (fieldSize) {
    case 1:
      return view.getUint8(at)
    case 2:
      return view.getUint16(at, true) + 256
    case 4:
      return view.getUint32(at, true)
    case 8:
      return Number(view.getBigUint64(at, true))
    default:
      return null
  }
}
