import { DecodeError } from '../../../../protocol/errors.ts'
import type { ScsiVpdPage } from '../../../../protocol/facts/scsi.ts'
import { decodeAtaIdentify } from '../ata/identify.ts'
import { asciiText } from '../device-text.ts'
import { hexOf, toHex, u16be, u8 } from '../integers.ts'
import { decodeIdentificationPage, decodeSerialPage } from '../scsi-vpd.ts'
import {
  decodeBlockLimits,
  decodeCharacteristics,
  decodeProvisioning,
  decodeZonedCharacteristics,
} from './block-pages.ts'
import { decodeDesignators } from './designators.ts'
import { decodeBlockLimitsExtension, decodeExtendedInquiry } from './extended-pages.ts'
import { bytesOfHexDump } from './hex-dump.ts'

/** The longest page: its length has two bytes. */
const maxPageBytes = 65_539

/** A vital product data page as sysfs has it (`vpd_pg83`), or a hex dump of one (`sg_vpd -H`). */
export function decodeScsiVpdFile(file: Uint8Array): ScsiVpdPage {
  if (isPage(file)) return decodeScsiVpdPage(file)
  const bytes = bytesOfHexDump(file, maxPageBytes)
  if (bytes !== null && isPage(bytes)) return decodeScsiVpdPage(bytes)
  throw new DecodeError('Cannot read VPD page: its length is not that of a page')
}

/** Peripheral byte and code, then the length of what follows: nothing may be missing. */
function isPage(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes.length <= maxPageBytes && bytes.length >= 4 + u16be(bytes, 2)
}

/** One page, SPC-6 §7.7.1. Bytes behind its length are none of it. */
export function decodeScsiVpdPage(bytes: Uint8Array): ScsiVpdPage {
  if (!isPage(bytes)) throw new DecodeError('Cannot read VPD page: it is cut')
  const page = bytes.subarray(0, 4 + u16be(bytes, 2))
  return {
    code: toHex(u8(page, 1), 2),
    deviceType: deviceTypes.get(u8(page, 0) & 0x1f) ?? null,
    page: bodyOf(page),
  }
}

function bodyOf(page: Uint8Array): ScsiVpdPage['page'] {
  const body = page.subarray(4)
  switch (u8(page, 1)) {
    case 0x00:
      // A device may not list one twice; 256 is all there can be.
      return { kind: 'supported-pages', codes: [...new Set(body)].map((code) => toHex(code, 2)) }
    case 0x80:
      return { kind: 'serial', serial: decodeSerialPage(page) }
    case 0x83: {
      const { wwn, eui64 } = decodeIdentificationPage(page)
      return { kind: 'identification', wwn, eui64, designators: [...decodeDesignators(body)] }
    }
    case 0x86:
      return decodeExtendedInquiry(body)
    case 0x89:
      return ataPage(body)
    case 0xb0:
      return decodeBlockLimits(body)
    case 0xb1:
      return decodeCharacteristics(body)
    case 0xb2:
      return decodeProvisioning(body)
    case 0xb6:
      return decodeZonedCharacteristics(body)
    case 0xb7:
      return decodeBlockLimitsExtension(body)
    default:
      return { kind: 'other', data: hexOf(body) }
  }
}

/** ATA information, SAT-5 §12.4.2: the translation layer's own INQUIRY strings, then IDENTIFY. */
function ataPage(body: Uint8Array): ScsiVpdPage['page'] {
  const identify = body.subarray(56, 568)
  const isThere = identify.length === 512 && hasData(identify)
  return {
    kind: 'ata-information',
    vendor: asciiText(body.subarray(4, 12)),
    product: asciiText(body.subarray(12, 28)),
    revision: asciiText(body.subarray(28, 32)),
    identify: isThere ? decodeAtaIdentify(identify) : null,
  }
}

function hasData(identify: Uint8Array): boolean {
  return !identify.every((byte) => byte === 0) && !identify.every((byte) => byte === 0xff)
}

/** SPC-6 table 151. */
const deviceTypes: ReadonlyMap<number, string> = new Map([
  [0x00, 'disk'],
  [0x01, 'tape'],
  [0x03, 'processor'],
  [0x05, 'optical'],
  [0x07, 'optical-memory'],
  [0x08, 'media-changer'],
  [0x0c, 'storage-array'],
  [0x0d, 'enclosure'],
  [0x0e, 'reduced-disk'],
  [0x14, 'zoned-disk'],
  [0x1e, 'well-known-unit'],
])
