import { crc32 } from 'node:zlib'
import { DecodeError } from './errors.ts'
import type { GptFacts, GptPartition } from './image.ts'

/** The GPT header of UEFI 2.10 §5.3.2. LBAs count the disk's logical blocks. */
export interface GptHeader {
  readonly headerSizeBytes: number
  readonly myLba: number
  readonly alternateLba: number
  readonly firstUsableLba: number
  readonly lastUsableLba: number
  readonly diskGuid: string
  readonly entriesLba: number
  readonly entryCount: number
  readonly entrySizeBytes: number
  readonly entriesCrc: number
}

/** A header with its entry array, both with good checksums. */
export interface Gpt {
  readonly header: GptHeader
  /** The entry array, `entryCount * entrySizeBytes` bytes. */
  readonly entries: Uint8Array
  readonly facts: GptFacts
}

/** Entries a table may have: what the specification's 16 KiB hold and every tool makes. */
const entryCountMaximum = 128

/** Decodes one header sector; null when it has no `EFI PART`. `DecodeError` when it is damaged. */
export function decodeGptHeader(sector: Uint8Array): GptHeader | null {
  const view = new DataView(sector.buffer, sector.byteOffset, sector.byteLength)
  if (sector.length < 92 || text(sector.subarray(0, 8)) !== 'EFI PART') return null
  const headerSizeBytes = view.getUint32(12, true)
  if (headerSizeBytes < 92 || headerSizeBytes > Math.min(sector.length, 512)) {
    throw new DecodeError(`GPT header of ${headerSizeBytes} bytes is not 92 to 512 bytes long`)
  }
  if (headerCrc(sector, headerSizeBytes) !== view.getUint32(16, true)) {
    throw new DecodeError('GPT header does not match its checksum')
  }
  const header = {
    headerSizeBytes,
    myLba: lba(view, 24),
    alternateLba: lba(view, 32),
    firstUsableLba: lba(view, 40),
    lastUsableLba: lba(view, 48),
    diskGuid: decodeGuid(sector, 56),
    entriesLba: lba(view, 72),
    entryCount: view.getUint32(80, true),
    entrySizeBytes: view.getUint32(84, true),
    entriesCrc: view.getUint32(88, true),
  }
  if (header.entryCount > entryCountMaximum || header.entryCount < 1) {
    throw new DecodeError(
      `GPT has ${header.entryCount} entries, 1 to ${entryCountMaximum} are read`,
    )
  }
  if (![128, 256, 512].includes(header.entrySizeBytes)) {
    throw new DecodeError(`GPT entries of ${header.entrySizeBytes} bytes are not 128, 256 or 512`)
  }
  return header
}

/**
 * The table at the start of a disk. `head` begins at LBA 0 and is long enough for the entries (1 MiB
 * always is). Null when there is no GPT; `DecodeError` when it is damaged.
 */
export function decodeGpt(head: Uint8Array, logicalBlockSizeBytes: number): Gpt | null {
  const header = decodeGptHeader(head.subarray(logicalBlockSizeBytes, 2 * logicalBlockSizeBytes))
  if (header === null) return null
  if (header.myLba !== 1) throw new DecodeError(`GPT header at LBA 1 says LBA ${header.myLba}`)
  const start = header.entriesLba * logicalBlockSizeBytes
  return withEntries(header, head.subarray(start, start + entriesSizeBytes(header)))
}

/** A header with its entry array, once the array's checksum and every entry are good. */
export function withEntries(header: GptHeader, entries: Uint8Array): Gpt {
  if (entries.length !== entriesSizeBytes(header)) {
    throw new DecodeError(`GPT entries at LBA ${header.entriesLba} are not all there`)
  }
  if (crc32(entries) !== header.entriesCrc) {
    throw new DecodeError('GPT entries do not match their checksum')
  }
  const partitions: GptPartition[] = []
  for (let at = 0; at < header.entryCount; at += 1) {
    const start = at * header.entrySizeBytes
    const entry = entries.subarray(start, start + header.entrySizeBytes)
    const partition = decodeEntry(entry, at + 1)
    if (partition !== null) partitions.push(partition)
  }
  const { diskGuid, firstUsableLba, lastUsableLba } = header
  return { header, entries, facts: { diskGuid, firstUsableLba, lastUsableLba, partitions } }
}

/** Bytes of the entry array. */
export function entriesSizeBytes(header: GptHeader): number {
  return header.entryCount * header.entrySizeBytes
}

/** Checksum of a header whose own checksum field counts as zero. */
export function headerCrc(sector: Uint8Array, headerSizeBytes: number): number {
  const header = new Uint8Array(sector.subarray(0, headerSizeBytes))
  header.fill(0, 16, 20)
  return crc32(header)
}

/** A GUID in its text form: the first three fields are little-endian (UEFI 2.10 appendix A). */
export function decodeGuid(bytes: Uint8Array, offset: number): string {
  const order = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15]
  return order
    .map((at) => (at < 0 ? '-' : (bytes[offset + at] ?? 0).toString(16).padStart(2, '0')))
    .join('')
}

function decodeEntry(entry: Uint8Array, index: number): GptPartition | null {
  const typeGuid = decodeGuid(entry, 0)
  if (typeGuid === '00000000-0000-0000-0000-000000000000') return null
  const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength)
  const name = new TextDecoder('utf-16le').decode(entry.subarray(56, 128)).replace(/\0.*$/su, '')
  return {
    index,
    typeGuid,
    uniqueGuid: decodeGuid(entry, 16),
    name,
    firstLba: lba(view, 32),
    lastLba: lba(view, 40),
  }
}

function lba(view: DataView, offset: number): number {
  const value = view.getBigUint64(offset, true)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new DecodeError(`GPT holds LBA ${value}, which is past any disk`)
  }
  return Number(value)
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}
