import type { TpmEvent } from '../../../../protocol/facts/tpm-event-log.ts'
import { hexOf, u16le, u32le } from '../integers.ts'
import { algorithmName } from './event-names.ts'
import {
  blobContent,
  describedBlobContent,
  gptContent,
  imageContent,
  tablesContent,
  taggedContent,
} from './event-structures.ts'
import { textContent, wideTextContent } from './event-text.ts'
import { variableContent } from './event-variable.ts'

type Content = NonNullable<TpmEvent['content']>

/**
 * What an event's bytes mean, by TCG PC Client Platform Firmware Profile 1.06 §10; null where they
 * have no form, or not that of their type.
 */
export function eventContent(type: string, data: Uint8Array): Content | null {
  switch (type) {
    case 'EV_EFI_VARIABLE_DRIVER_CONFIG':
    case 'EV_EFI_VARIABLE_BOOT':
    case 'EV_EFI_VARIABLE_BOOT2':
    case 'EV_EFI_VARIABLE_AUTHORITY':
    case 'EV_EFI_SPDM_DEVICE_POLICY':
    case 'EV_EFI_SPDM_DEVICE_AUTHORITY':
      return variableContent(type, data)
    case 'EV_EFI_BOOT_SERVICES_APPLICATION':
    case 'EV_EFI_BOOT_SERVICES_DRIVER':
    case 'EV_EFI_RUNTIME_SERVICES_DRIVER':
      return imageContent(data)
    case 'EV_S_CRTM_CONTENTS':
    case 'EV_POST_CODE':
    case 'EV_EFI_PLATFORM_FIRMWARE_BLOB':
      return data.length === 16 && !isText(data) ? blobContent(data) : textContent(data)
    case 'EV_POST_CODE2':
    case 'EV_EFI_PLATFORM_FIRMWARE_BLOB2':
      return describedBlobContent(data)
    case 'EV_EFI_HANDOFF_TABLES':
    case 'EV_EFI_HANDOFF_TABLES2':
      return tablesContent(data, type.endsWith('2'))
    case 'EV_EFI_GPT_EVENT':
    case 'EV_EFI_GPT_EVENT2':
      return gptContent(data)
    case 'EV_EVENT_TAG':
      return taggedContent(data)
    case 'EV_NO_ACTION':
      return noAction(data)
    case 'EV_ACTION':
    case 'EV_EFI_ACTION':
    case 'EV_IPL':
    case 'EV_EFI_HCRTM_EVENT':
    case 'EV_OMIT_BOOT_DEVICE_EVENTS':
    case 'EV_COMPACT_HASH':
      return textContent(data) ?? wideTextContent(data)
    case 'EV_S_CRTM_VERSION':
      return wideTextContent(data) ?? textContent(data)
    default:
      return null
  }
}

const ascii = new TextDecoder()

/** §10.4.5: told by the signature it begins with. */
function noAction(data: Uint8Array): Content | null {
  const signature = ascii.decode(data.subarray(0, 16)).replace(/\0.*$/s, '')
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
    return { ...head, algorithms: [], vendorInfo: sizedHex(data, 24) }
  }
  const count = data.length < 28 ? 0 : u32le(data, 24)
  if (count > 16 || 28 + count * 4 >= data.length) return null
  return {
    ...head,
    algorithms: Array.from({ length: count }, (_, index) => ({
      id: algorithmName(u16le(data, 28 + index * 4)),
      digestSizeBytes: u16le(data, 30 + index * 4),
    })),
    vendorInfo: sizedHex(data, 28 + count * 4),
  }
}

/** As many bytes as the one before them says. */
function sizedHex(data: Uint8Array, at: number): string {
  return hexOf(data, at + 1, at + 1 + (data[at] ?? 0))
}

function isText(data: Uint8Array): boolean {
  return data.every((byte) => byte >= 0x20 && byte < 0x7f)
}
