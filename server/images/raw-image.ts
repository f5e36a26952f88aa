import type { FileHandle } from 'node:fs/promises'
import { AppError, DecodeError } from '../../protocol/errors.ts'
import { decodeGpt, decodeGptHeader } from '../../protocol/gpt.ts'
import type { Gpt } from '../../protocol/gpt.ts'
import type { BootMode, GptFacts } from '../../protocol/image.ts'

/** What a raw disk image says of itself. */
export interface RawImage {
  readonly sizeBytes: number
  readonly logicalBlockSizeBytes: 512 | 4096
  /** Null: it has no GPT. */
  readonly gpt: GptFacts | null
  readonly bootModes: readonly BootMode[]
}

export interface InspectOptions {
  /** For messages. */
  readonly file: string
  /** Wanted sector size; found from the GPT when null. */
  readonly logicalBlockSizeBytes: 512 | 4096 | null
  readonly allowNoGpt: boolean
}

/** Enough for a GPT of 128 entries of any size at either sector size. */
const headSizeBytes = 1024 * 1024

const efiSystemPartition = 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b'
const biosBootPartition = '21686148-6449-6e6f-744e-656564454649'

/**
 * Reads an image's partition table. Throws `unprocessable` for an image that would make no bootable
 * disk: empty, cut short, not whole sectors, without GPT or with a damaged one.
 */
export async function inspectRawImage(
  handle: FileHandle,
  options: InspectOptions,
): Promise<RawImage> {
  const { size: sizeBytes } = await handle.stat()
  const refuse = (why: string) => new AppError('unprocessable', `image '${options.file}' ${why}`)
  if (sizeBytes === 0) throw refuse('is empty')
  const head = await readAt(handle, 0, Math.min(headSizeBytes, sizeBytes))
  const found = findGpt(head, options.logicalBlockSizeBytes, refuse)
  const logicalBlockSizeBytes = found?.logicalBlockSizeBytes ?? options.logicalBlockSizeBytes ?? 512
  if (sizeBytes % logicalBlockSizeBytes !== 0) {
    throw refuse(
      `is ${sizeBytes} bytes long, which is no number of ${logicalBlockSizeBytes}-byte sectors`,
    )
  }
  if (found === null && !options.allowNoGpt) {
    throw refuse('has no GPT; allow it if it is meant to have none')
  }
  if (found !== null) {
    await checkBackup(handle, { sizeBytes, logicalBlockSizeBytes, gpt: found.gpt, refuse })
  }
  const gpt = found?.gpt.facts ?? null
  return { sizeBytes, logicalBlockSizeBytes, gpt, bootModes: bootModes(head, gpt) }
}

/** Reads exactly `length` bytes. Throws when the file ends before. */
export async function readAt(
  handle: FileHandle,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const buffer = new Uint8Array(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, offset + done)
    if (bytesRead === 0) {
      throw new AppError('unprocessable', `image ends at byte ${offset + done} while it is read`)
    }
    done += bytesRead
  }
  return buffer
}

type Refuse = (why: string) => AppError

/** The sector size is where the header is: at byte 512 or at byte 4096. */
function findGpt(
  head: Uint8Array,
  wanted: 512 | 4096 | null,
  refuse: Refuse,
): { readonly gpt: Gpt; readonly logicalBlockSizeBytes: 512 | 4096 } | null {
  for (const logicalBlockSizeBytes of wanted === null ? ([512, 4096] as const) : [wanted]) {
    try {
      const gpt = decodeGpt(head, logicalBlockSizeBytes)
      if (gpt !== null) return { gpt, logicalBlockSizeBytes }
    } catch (error) {
      if (error instanceof DecodeError) throw refuse(`has a damaged GPT: ${error.message}`)
      throw error
    }
  }
  return null
}

/** A cut image has lost its backup table, which is in its last sector. */
async function checkBackup(
  handle: FileHandle,
  image: {
    readonly sizeBytes: number
    readonly logicalBlockSizeBytes: number
    readonly gpt: Gpt
    readonly refuse: Refuse
  },
): Promise<void> {
  const { sizeBytes, logicalBlockSizeBytes, gpt, refuse } = image
  const lastLba = sizeBytes / logicalBlockSizeBytes - 1
  const { alternateLba } = gpt.header
  if (alternateLba > lastLba) {
    throw refuse(
      `is cut short: its backup GPT is at sector ${alternateLba}, its last is ${lastLba}`,
    )
  }
  if (alternateLba < lastLba) {
    throw refuse(
      `has its backup GPT at sector ${alternateLba}, not in its last one, ${lastLba}: ` +
        "move it with 'sgdisk -e'",
    )
  }
  const sector = await readAt(handle, alternateLba * logicalBlockSizeBytes, logicalBlockSizeBytes)
  const backup = decodeGptHeader(sector)
  if (backup === null || backup.entriesCrc !== gpt.header.entriesCrc) {
    throw refuse("has no backup GPT equal to its first one: mend it with 'sgdisk -e'")
  }
}

/** BIOS runs the boot code of LBA 0; UEFI looks for an EFI system partition. */
function bootModes(head: Uint8Array, gpt: GptFacts | null): readonly BootMode[] {
  const partitions = gpt?.partitions ?? []
  const hasType = (typeGuid: string) => partitions.some((part) => part.typeGuid === typeGuid)
  const hasBootCode = head.subarray(0, 440).some((byte) => byte !== 0)
  const modes: BootMode[] = []
  if (hasBootCode || hasType(biosBootPartition)) modes.push('bios')
  if (hasType(efiSystemPartition)) modes.push('uefi')
  return modes
}
