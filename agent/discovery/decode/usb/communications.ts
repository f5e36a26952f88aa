import type { UsbClassDescriptor } from '../../../../protocol/facts/usb-descriptors.ts'
import { guidText } from '../efi/guid.ts'
import { hexOf, toHex, u16le, u32le, u8 } from '../integers.ts'
import { bcdVersion } from './bcd.ts'

type Fields = Extract<UsbClassDescriptor, { readonly kind: 'communications' }>['fields']

/** CDC 1.2 table 13, NCM 1.0 §5.2.1, MBIM 1.0 §6.3. */
const subtypes: Readonly<Record<number, string>> = {
  0x00: 'Header',
  0x01: 'Call Management',
  0x02: 'Abstract Control Management',
  0x03: 'Direct Line Management',
  0x04: 'Telephone Ringer',
  0x05: 'Telephone Call Capabilities',
  0x06: 'Union',
  0x07: 'Country Selection',
  0x08: 'Telephone Operational Modes',
  0x09: 'USB Terminal',
  0x0a: 'Network Channel Terminal',
  0x0b: 'Protocol Unit',
  0x0c: 'Extension Unit',
  0x0d: 'Multi-Channel Management',
  0x0e: 'CAPI Control Management',
  0x0f: 'Ethernet Networking',
  0x10: 'ATM Networking',
  0x11: 'Wireless Handset Control',
  0x12: 'Mobile Direct Line',
  0x13: 'Mobile Direct Line Detail',
  0x14: 'Device Management',
  0x15: 'OBEX',
  0x16: 'Command Set',
  0x17: 'Command Set Detail',
  0x18: 'Telephone Control',
  0x19: 'OBEX Service Identifier',
  0x1a: 'NCM',
  0x1b: 'MBIM',
  0x1c: 'MBIM Extended',
}

/** A functional descriptor of the communications class; null where it has no subtype. */
export function communicationsDescriptor(bytes: Uint8Array): UsbClassDescriptor | null {
  if (bytes.length < 3) return null
  const code = u8(bytes, 2)
  return {
    kind: 'communications',
    subtype: subtypes[code] ?? `0x${toHex(code, 2)}`,
    fields: fieldsOf(code, bytes),
    data: hexOf(bytes, 3),
  }
}

function fieldsOf(code: number, bytes: Uint8Array): Fields {
  const has = (length: number) => bytes.length >= length
  switch (code) {
    case 0x00:
      return has(5) ? { version: bcdVersion(u16le(bytes, 3)) } : {}
    case 0x01:
      return has(5) ? { capabilities: u8(bytes, 3), dataInterface: u8(bytes, 4) } : {}
    case 0x02:
    case 0x03:
      return has(4) ? { capabilities: u8(bytes, 3) } : {}
    case 0x06:
      return has(4)
        ? { controlInterface: u8(bytes, 3), subordinateInterfaces: [...bytes.subarray(4)] }
        : {}
    case 0x07:
      return has(6)
        ? { releaseDateIndex: u8(bytes, 3), countryCodes: words(bytes.subarray(4)) }
        : {}
    case 0x08:
      return has(4) ? { capabilities: u8(bytes, 3) } : {}
    case 0x0a:
      return has(7)
        ? {
            entityId: u8(bytes, 3),
            nameIndex: u8(bytes, 4),
            channelIndex: u8(bytes, 5),
            physicalInterface: u8(bytes, 6),
          }
        : {}
    case 0x0f:
      return has(13)
        ? {
            macAddressIndex: u8(bytes, 3),
            statistics: u32le(bytes, 4),
            maxSegmentSizeBytes: u16le(bytes, 8),
            multicastFilters: u16le(bytes, 10),
            powerFilterCount: u8(bytes, 12),
          }
        : {}
    case 0x11:
    case 0x15:
      return has(5) ? { version: bcdVersion(u16le(bytes, 3)) } : {}
    case 0x12:
      return has(21) ? { version: bcdVersion(u16le(bytes, 3)), guid: guidText(bytes, 5) } : {}
    case 0x14:
      return has(7)
        ? { version: bcdVersion(u16le(bytes, 3)), maxCommandBytes: u16le(bytes, 5) }
        : {}
    case 0x16:
      return has(22)
        ? {
            version: bcdVersion(u16le(bytes, 3)),
            commandSetIndex: u8(bytes, 5),
            guid: guidText(bytes, 6),
          }
        : {}
    case 0x1a:
      return has(6)
        ? { version: bcdVersion(u16le(bytes, 3)), networkCapabilities: u8(bytes, 5) }
        : {}
    case 0x1b:
      return has(12)
        ? {
            version: bcdVersion(u16le(bytes, 3)),
            maxControlMessageBytes: u16le(bytes, 5),
            filterCount: u8(bytes, 7),
            maxFilterSizeBytes: u8(bytes, 8),
            maxSegmentSizeBytes: u16le(bytes, 9),
            networkCapabilities: u8(bytes, 11),
          }
        : {}
    case 0x1c:
      return has(8)
        ? {
            version: bcdVersion(u16le(bytes, 3)),
            maxOutstandingCommands: u8(bytes, 5),
            mtuBytes: u16le(bytes, 6),
          }
        : {}
    default:
      return {}
  }
}

/** Whole words, little-endian. */
function words(bytes: Uint8Array): readonly number[] {
  return Array.from({ length: Math.floor(bytes.length / 2) }, (_, index) => u16le(bytes, index * 2))
}
