import assert from 'node:assert/strict'
import type { FileHandle } from 'node:fs/promises'
import type { DiskIdentity } from '../../protocol/deployment.ts'
import { addressOf, punchHole } from './libc.ts'

/**
 * An open disk, held exclusively. Offsets, lengths and buffer addresses are multiples of the sector
 * size; {@link alignedBuffer} makes such buffers. All failures are errors: nothing is done in part
 * without one.
 */
export interface Disk extends AsyncDisposable {
  /** The kernel's name for it in this boot, for people. */
  readonly path: string
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: number
  /** What it is, asked again through the open descriptor each time. */
  identity(): Promise<DiskIdentity>
  /** Fills the buffer. */
  read(offsetBytes: number, buffer: Uint8Array): Promise<void>
  write(offsetBytes: number, buffer: Uint8Array): Promise<void>
  /** Makes a range read as zeros: by the device where that is proven by reading, else by writing. */
  zero(offsetBytes: number, lengthBytes: number): Promise<'punched' | 'written'>
  /** All that was written is on the medium. */
  flush(): Promise<void>
  /** Partitions the kernel finds now. Null: it does not look for any here, or is not able to. */
  rereadPartitions(): Promise<number | null>
}

/** Addresses are aligned to this, whatever the sector size. */
const alignmentBytes = 4096

/** Largest piece that is zeroed or proven at once. */
const zeroPieceBytes = 1024 * 1024

/** A buffer that direct I/O takes. */
export function alignedBuffer(sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes + alignmentBytes)
  const before = (alignmentBytes - (addressOf(bytes) % alignmentBytes)) % alignmentBytes
  return bytes.subarray(before, before + sizeBytes)
}

/** Reads a range into a fresh buffer. */
export async function readRange(
  disk: Disk,
  offsetBytes: number,
  lengthBytes: number,
): Promise<Uint8Array> {
  const buffer = alignedBuffer(lengthBytes)
  await disk.read(offsetBytes, buffer)
  return buffer
}

/** Writes a range, flushes, and reads it back. Throws when it reads differently. */
export async function writeProven(
  disk: Disk,
  offsetBytes: number,
  bytes: Uint8Array,
): Promise<void> {
  await disk.write(offsetBytes, bytes)
  await disk.flush()
  const found = await readRange(disk, offsetBytes, bytes.length)
  if (Buffer.compare(found, bytes) !== 0) {
    throw new Error(`disk '${disk.path}' does not hold what was written at byte ${offsetBytes}`)
  }
}

/** Zeroes a range, flushes, and reads it back. Throws when it is not zero. */
export async function zeroProven(
  disk: Disk,
  offsetBytes: number,
  lengthBytes: number,
): Promise<void> {
  await disk.zero(offsetBytes, lengthBytes)
  await disk.flush()
  const found = await readRange(disk, offsetBytes, lengthBytes)
  if (found.some((byte) => byte !== 0)) {
    throw new Error(`disk '${disk.path}' is not zero where it was cleared at byte ${offsetBytes}`)
  }
}

/** The part of a disk that files and block devices have in common. */
export class OpenDisk {
  readonly #handle: FileHandle
  readonly #path: string
  readonly #sizeBytes: number
  readonly #logicalBlockSizeBytes: number
  readonly #spare: Uint8Array[] = []
  #canPunch = true

  constructor(
    handle: FileHandle,
    path: string,
    geometry: { readonly sizeBytes: number; readonly logicalBlockSizeBytes: number },
  ) {
    this.#handle = handle
    this.#path = path
    this.#sizeBytes = geometry.sizeBytes
    this.#logicalBlockSizeBytes = geometry.logicalBlockSizeBytes
  }

  async read(offsetBytes: number, buffer: Uint8Array): Promise<void> {
    this.#check(offsetBytes, buffer.length, buffer)
    for (let done = 0; done < buffer.length;) {
      const at = offsetBytes + done
      const { bytesRead } = await this.#handle.read(buffer, done, buffer.length - done, at)
      if (bytesRead === 0) throw new Error(`disk '${this.#path}' ends at byte ${at}`)
      done += bytesRead
    }
  }

  async write(offsetBytes: number, buffer: Uint8Array): Promise<void> {
    this.#check(offsetBytes, buffer.length, buffer)
    for (let done = 0; done < buffer.length;) {
      const at = offsetBytes + done
      const { bytesWritten } = await this.#handle.write(buffer, done, buffer.length - done, at)
      if (bytesWritten === 0) throw new Error(`disk '${this.#path}' takes no byte at ${at}`)
      done += bytesWritten
    }
  }

  async zero(offsetBytes: number, lengthBytes: number): Promise<'punched' | 'written'> {
    this.#check(offsetBytes, lengthBytes, null)
    if (this.#canPunch) {
      this.#canPunch =
        punchHole(this.#handle.fd, offsetBytes, lengthBytes) &&
        (await this.#isZero(offsetBytes, lengthBytes))
      if (this.#canPunch) return 'punched'
    }
    for (const [at, size] of pieces(offsetBytes, lengthBytes)) {
      await this.write(at, zeroPiece.subarray(0, size))
    }
    return 'written'
  }

  async flush(): Promise<void> {
    await this.#handle.sync()
  }

  /** Reads through buffers that are kept: a large image has many zeros to prove. */
  async #isZero(offsetBytes: number, lengthBytes: number): Promise<boolean> {
    const buffer = this.#spare.pop() ?? alignedBuffer(zeroPieceBytes)
    try {
      for (const [at, size] of pieces(offsetBytes, lengthBytes)) {
        const piece = buffer.subarray(0, size)
        await this.read(at, piece)
        if (Buffer.compare(piece, zeroPiece.subarray(0, size)) !== 0) return false
      }
      return true
    } finally {
      this.#spare.push(buffer)
    }
  }

  #check(offsetBytes: number, lengthBytes: number, buffer: Uint8Array | null): void {
    const sector = this.#logicalBlockSizeBytes
    assert(offsetBytes % sector === 0, `offset ${offsetBytes} is no multiple of ${sector}`)
    assert(lengthBytes % sector === 0, `length ${lengthBytes} is no multiple of ${sector}`)
    const isInside = offsetBytes >= 0 && offsetBytes + lengthBytes <= this.#sizeBytes
    assert(isInside, `byte ${offsetBytes} + ${lengthBytes} is outside disk '${this.#path}'`)
    const address = buffer === null ? 0 : addressOf(buffer)
    assert(address % sector === 0, `buffer address is no multiple of ${sector}`)
  }
}

const zeroPiece = alignedBuffer(zeroPieceBytes)

function* pieces(offsetBytes: number, lengthBytes: number): Generator<readonly [number, number]> {
  const end = offsetBytes + lengthBytes
  for (let at = offsetBytes; at < end; at += zeroPieceBytes) {
    yield [at, Math.min(zeroPieceBytes, end - at)]
  }
}
