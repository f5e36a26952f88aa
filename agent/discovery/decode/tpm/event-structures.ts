import { DecodeError } from '../../../../protocol/errors.ts'
import type { TpmEvent } from '../../../../protocol/facts/tpm-event-log.ts'
import { decodeDevicePath, devicePathText } from '../efi/device-path.ts'
import { guidText } from '../efi/guid.ts'
import { hexOf, toHex, u32le, u64le } from '../integers.ts'
import { plainText, wideText } from './event-text.ts'

type Content = NonNullable<TpmEvent['content']>

/** UEFI_IMAGE_LOAD_EVENT, §10.2.3. */
export function imageContent(data: Uint8Array): Content | null {
  if (data.length < 32) return null
  const pathLength = Number(u64le(data, 24))
  const sizeBytes = Number(u64le(data, 8))
  if (32 + pathLength > data.length || !Number.isSafeInteger(sizeBytes)) return null
  const devicePath = data.subarray(32, 32 + pathLength)
  return {
    kind: 'image',
    location: wide(data, 0),
    sizeBytes,
    linkTimeAddress: wide(data, 16),
    devicePath: hexOf(devicePath),
    path: pathText(devicePath),
  }
}

const maxPathLength = 4096

function pathText(bytes: Uint8Array): string | null {
  try {
    const text = decodeDevicePath(bytes)
      .map((nodes) => devicePathText(nodes))
      .join(',')
    return text === '' || text.length > maxPathLength ? null : text
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}

/** UEFI_PLATFORM_FIRMWARE_BLOB, §10.2.4. Takes 16 bytes. */
export function blobContent(data: Uint8Array): Content {
  return { kind: 'blob', base: wide(data, 0), sizeBytes: wide(data, 8) }
}

/** UEFI_PLATFORM_FIRMWARE_BLOB2, §10.2: the length of a description, it, and a blob. */
export function describedBlobContent(data: Uint8Array): Content | null {
  const length = data[0] ?? 0
  if (data.length < 1 + length + 16) return null
  const description = data.subarray(1, 1 + length)
  return {
    kind: 'described-blob',
    description: plainText(description) ?? hexOf(description),
    base: wide(data, 1 + length),
    sizeBytes: wide(data, 9 + length),
  }
}

const tableBytes = 24
const maxTables = 1024

/** UEFI_HANDOFF_TABLE_POINTERS and its second form, which has a description before, §10.2. */
export function tablesContent(data: Uint8Array, isSecond: boolean): Content | null {
  const length = isSecond ? (data[0] ?? 0) + 1 : 0
  if (data.length < length + 8) return null
  const count = Number(u64le(data, length))
  const start = length + 8
  if (count > maxTables || start + count * tableBytes > data.length) return null
  return {
    kind: 'tables',
    description: isSecond ? plainText(data.subarray(1, length)) : null,
    tables: Array.from({ length: count }, (_, index) => ({
      guid: guidText(data, start + index * tableBytes),
      address: wide(data, start + index * tableBytes + 16),
    })),
  }
}

const maxTags = 1024

/** TCG_PCClientTaggedEvent, §10.4.2: number, size, bytes; several may follow each other. */
export function taggedContent(data: Uint8Array): Content | null {
  const tags: { id: string; data: string; text: string | null }[] = []
  for (let at = 0; at < data.length;) {
    if (at + 8 > data.length || tags.length >= maxTags) return null
    const end = at + 8 + u32le(data, at + 4)
    if (end > data.length) return null
    const bytes = data.subarray(at + 8, end)
    tags.push({ id: toHex(u32le(data, at), 8), data: hexOf(bytes), text: plainText(bytes) })
    at = end
  }
  return tags.length === 0 ? null : { kind: 'tagged', tags }
}

/** UEFI_GPT_DATA, §10.2.5: the GPT header of UEFI 2.10 §5.3.2, a count, and that many entries. */
export function gptContent(data: Uint8Array): Content | null {
  const headerBytes = 92
  if (data.length < headerBytes + 8) return null
  const entrySize = u32le(data, 84)
  const entries = Number(u64le(data, headerBytes))
  if (entrySize < 128 || entries > 1024) return null
  if (headerBytes + 8 + entries * entrySize > data.length) return null
  return {
    kind: 'gpt',
    diskGuid: guidText(data, 56),
    header: {
      revision: toHex(u32le(data, 8), 8),
      sizeBytes: u32le(data, 12),
      checksum: toHex(u32le(data, 16), 8),
      block: u64le(data, 24).toString(),
      backupBlock: u64le(data, 32).toString(),
      firstUsableBlock: u64le(data, 40).toString(),
      lastUsableBlock: u64le(data, 48).toString(),
      entriesBlock: u64le(data, 72).toString(),
      entryCount: u32le(data, 80),
      entrySizeBytes: entrySize,
      entriesChecksum: toHex(u32le(data, 88), 8),
    },
    partitions: Array.from({ length: entries }, (_, index) => {
      const at = headerBytes + 8 + index * entrySize
      return {
        typeGuid: guidText(data, at),
        guid: guidText(data, at + 16),
        firstBlock: u64le(data, at + 32).toString(),
        lastBlock: u64le(data, at + 40).toString(),
        attributes: wide(data, at + 48),
        name: wideText(data.subarray(at + 56, at + 128)).replace(/\0.*$/s, ''),
      }
    }),
  }
}

function wide(data: Uint8Array, at: number): string {
  return `0x${u64le(data, at).toString(16)}`
}
