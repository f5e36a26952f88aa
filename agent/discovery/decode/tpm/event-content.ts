import type { TpmEvent } from '../../../../protocol/facts/tpm-event-log.ts'
import { hexOf, u16le, u32le, u64le } from '../integers.ts'
import { algorithmName } from './event-names.ts'

type Content = NonNullable<TpmEvent['content']>

/** What an event's bytes mean; null where they have no form, or not that of their type. */
export function eventContent(type: string, data: Uint8Array): Content | null {
  switch (type) {
    case 'EV_EFI_VARIABLE_DRIVER_CONFIG':
    case 'EV_EFI_VARIABLE_BOOT':
    case 'EV_EFI_VARIABLE_BOOT2':
    case 'EV_EFI_VARIABLE_AUTHORITY':
    case 'EV_EFI_SPDM_DEVICE_POLICY':
    case 'EV_EFI_SPDM_DEVICE_AUTHORITY':
      return variable(data)
    case 'EV_EFI_BOOT_SERVICES_APPLICATION':
    case 'EV_EFI_BOOT_SERVICES_DRIVER':
    case 'EV_EFI_RUNTIME_SERVICES_DRIVER':
      return image(data)
    case 'EV_S_CRTM_CONTENTS':
    case 'EV_POST_CODE':
    case 'EV_EFI_PLATFORM_FIRMWARE_BLOB':
      return data.length === 16 && !isText(data) ? blob(data) : textOf(data)
    case 'EV_EFI_GPT_EVENT':
    case 'EV_EFI_GPT_EVENT2':
      return gpt(data)
    case 'EV_NO_ACTION':
      return noAction(data)
    case 'EV_ACTION':
    case 'EV_EFI_ACTION':
    case 'EV_IPL':
    case 'EV_EFI_HCRTM_EVENT':
    case 'EV_OMIT_BOOT_DEVICE_EVENTS':
    case 'EV_COMPACT_HASH':
      return textOf(data)
    case 'EV_S_CRTM_VERSION':
      return wideText(data) ?? textOf(data)
    default:
      return null
  }
}

/** `GUID` as RFC 9562 writes it: the first three parts are little-endian. */
export function guidAt(bytes: Uint8Array, at: number): string {
  const reversed = (from: number, to: number) =>
    hexOf(bytes.slice(at + from, at + to).reverse(), 0, to - from)
  return [
    reversed(0, 4),
    reversed(4, 6),
    reversed(6, 8),
    hexOf(bytes, at + 8, at + 10),
    hexOf(bytes, at + 10, at + 16),
  ].join('-')
}

const longest = 65_536
const utf16 = new TextDecoder('utf-16le')
const utf8 = new TextDecoder()

/** §10.2.6: GUID, lengths in characters and in bytes, name in UTF-16, contents. */
function variable(data: Uint8Array): Content | null {
  if (data.length < 32) return null
  const nameLength = Number(u64le(data, 16)) * 2
  const dataLength = Number(u64le(data, 24))
  if (32 + nameLength + dataLength > data.length || nameLength > longest) return null
  return {
    kind: 'variable',
    vendorGuid: guidAt(data, 0),
    name: utf16.decode(data.subarray(32, 32 + nameLength)),
    data: hexOf(data, 32 + nameLength, 32 + nameLength + dataLength),
  }
}

/** §10.2.3. */
function image(data: Uint8Array): Content | null {
  if (data.length < 32) return null
  const pathLength = Number(u64le(data, 24))
  const sizeBytes = Number(u64le(data, 8))
  if (32 + pathLength > data.length || !Number.isSafeInteger(sizeBytes)) return null
  return {
    kind: 'image',
    location: wide(data, 0),
    sizeBytes,
    linkTimeAddress: wide(data, 16),
    devicePath: hexOf(data, 32, 32 + pathLength),
  }
}

/** §10.2.4. */
function blob(data: Uint8Array): Content {
  return { kind: 'blob', base: wide(data, 0), sizeBytes: wide(data, 8) }
}

/** §10.2.5: the GPT header of UEFI §5.3.2, a count, and that many entries. */
function gpt(data: Uint8Array): Content | null {
  const headerBytes = 92
  if (data.length < headerBytes + 8) return null
  const entrySize = u32le(data, 84)
  const entries = Number(u64le(data, headerBytes))
  if (entrySize < 128 || entries > 1024) return null
  if (headerBytes + 8 + entries * entrySize > data.length) return null
  return {
    kind: 'gpt',
    diskGuid: guidAt(data, 56),
    partitions: Array.from({ length: entries }, (_, index) => {
      const at = headerBytes + 8 + index * entrySize
      const name = utf16.decode(data.subarray(at + 56, at + 128))
      return {
        typeGuid: guidAt(data, at),
        guid: guidAt(data, at + 16),
        firstBlock: u64le(data, at + 32).toString(),
        lastBlock: u64le(data, at + 40).toString(),
        name: name.replace(/\0.*$/s, ''),
      }
    }),
  }
}

/** §10.4.5: told by the signature it begins with. */
function noAction(data: Uint8Array): Content | null {
  const signature = utf8.decode(data.subarray(0, 16)).replace(/\0.*$/s, '')
  if (signature === 'StartupLocality' && data.length >= 17) {
    return { kind: 'startup-locality', locality: data[16] ?? 0 }
  }
  return /^Spec ID Event0[023]$/.test(signature) ? specification(signature, data) : null
}

/** §10.4.5.1. */
function specification(signature: string, data: Uint8Array): Content | null {
  if (data.length < 25) return null
  const head = {
    kind: 'specification',
    signature,
    platformClass: u32le(data, 16),
    versionMinor: data[20] ?? 0,
    versionMajor: data[21] ?? 0,
    errata: data[22] ?? 0,
    uintnSizeBytes: data[23] ?? 0,
  } as const
  if (signature !== 'Spec ID Event03') {
    return { ...head, algorithms: [], vendorInfo: hexOf(data, 25) }
  }
  const count = data.length < 28 ? 0 : u32le(data, 24)
  if (count > 16 || 28 + count * 4 >= data.length) return null
  return {
    ...head,
    algorithms: Array.from({ length: count }, (_, index) => ({
      id: algorithmName(u16le(data, 28 + index * 4)),
      digestSizeBytes: u16le(data, 30 + index * 4),
    })),
    vendorInfo: hexOf(data, 29 + count * 4),
  }
}

function textOf(data: Uint8Array): Content | null {
  if (data.length === 0 || data.length > longest) return null
  const text = utf8.decode(data).replace(/\0+$/, '')
  return text === '' || hasControls(text) ? null : { kind: 'text', text }
}

/** Anything below a space but tab and line ends. */
function hasControls(text: string): boolean {
  return text.split('').some((letter) => letter < ' ' && !'\t\n\v\f\r'.includes(letter))
}

function wideText(data: Uint8Array): Content | null {
  if (data.length % 2 !== 0 || data.length > longest) return null
  const text = utf16.decode(data).replace(/\0+$/, '')
  return /^[\x20-\x7e]+$/.test(text) ? { kind: 'text', text } : null
}

function isText(data: Uint8Array): boolean {
  return data.every((byte) => byte >= 0x20 && byte < 0x7f)
}

function wide(data: Uint8Array, at: number): string {
  return `0x${u64le(data, at).toString(16)}`
}
