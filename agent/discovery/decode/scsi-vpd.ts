import { DecodeError } from '../../../protocol/errors.ts'
import { asciiText } from './device-text.ts'
import { hexOf, u16be, u8 } from './integers.ts'

/** Unit serial number page 0x80, SPC-5 §7.7.16: the serial; null when the device leaves it blank. */
export function decodeSerialPage(page: Uint8Array): string | null {
  return asciiText(pageBody(page, 0x80))
}

/** Names of the logical unit in the device identification page 0x83, SPC-5 §7.7.6. */
export interface DeviceIdentification {
  /** NAA designator (§7.7.6.6), 16 or 32 digits: the WWN; null when the page has none. */
  readonly wwn: string | null
  /** EUI-64 based designator (§7.7.6.5), 16, 24 or 32 digits; null when the page has none. */
  readonly eui64: string | null
  /** T10 vendor designator (§7.7.6.4), vendor first; null when the page has none. */
  readonly vendorText: string | null
}

/** Device identification page 0x83. Designators of the port and target are not the disk's: skipped. */
export function decodeIdentificationPage(page: Uint8Array): DeviceIdentification {
  const body = pageBody(page, 0x83)
  let [wwn, eui64, vendorText]: (string | null)[] = [null, null, null]
  for (let at = 0; at + 4 <= body.length;) {
    const kind = u8(body, at + 1)
    const end = at + 4 + u8(body, at + 3)
    if (end > body.length) {
      throw new DecodeError(`Cannot read VPD page 83: designator at ${at} ends past the page`)
    }
    const designator = body.subarray(at + 4, end)
    if (((kind >> 4) & 3) === 0) {
      const type = kind & 0xf
      if (type === 3 && (designator.length === 8 || designator.length === 16)) {
        // A 16-byte name (NAA 6) is more specific than the 8-byte one a disk may give beside it.
        if (wwn === null || wwn === undefined || designator.length === 16) wwn = hexOf(designator)
      } else if (type === 2 && [8, 12, 16].includes(designator.length)) eui64 ??= hexOf(designator)
      else if (type === 1) vendorText ??= asciiText(designator)
    }
    at = end
  }
  return { wwn: wwn ?? null, eui64: eui64 ?? null, vendorText: vendorText ?? null }
}

/** What a SATA disk behind a SCSI translation says of itself: ATA information page 0x89, SAT-4 §12.4.2. */
export interface AtaIdentity {
  readonly model: string | null
  readonly serial: string | null
  readonly firmware: string | null
  /** Null when the disk has no world-wide name. */
  readonly wwn: string | null
}

/** The IDENTIFY DEVICE data in ATA information page 0x89; null when the page carries none. */
export function decodeAtaPage(page: Uint8Array): AtaIdentity | null {
  const body = pageBody(page, 0x89)
  const identify = body.subarray(56, 56 + 512)
  if (identify.length < 512) return null
  // ACS-4 §7.12.7: word 87 bits 15:14 = 01 make the word valid, bit 8 says that a WWN is there.
  const word87 = identifyWord(identify, 87)
  const hasWwn = word87 >> 14 === 1 && (word87 & 0x100) !== 0
  const wwn = [108, 109, 110, 111]
    .map((word) => identifyWord(identify, word).toString(16).padStart(4, '0'))
    .join('')
  return {
    model: identifyText(identify, 27, 46),
    serial: identifyText(identify, 10, 19),
    firmware: identifyText(identify, 23, 26),
    wwn: hasWwn && wwn !== '0000000000000000' ? wwn : null,
  }
}

function identifyWord(identify: Uint8Array, word: number): number {
  return u8(identify, word * 2) | (u8(identify, word * 2 + 1) << 8)
}

/** ATA strings hold their characters swapped in each word (ACS-4 §3.4.9). */
function identifyText(identify: Uint8Array, first: number, last: number): string | null {
  const bytes = new Uint8Array((last - first + 1) * 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = u8(identify, first * 2 + (i ^ 1))
  return asciiText(bytes)
}

function pageBody(page: Uint8Array, code: number): Uint8Array {
  if (u8(page, 1) !== code) {
    throw new DecodeError(
      `Cannot read VPD page: want code 0x${code.toString(16)}, found 0x${u8(page, 1).toString(16)}`,
    )
  }
  const length = u16be(page, 2)
  if (page.length < 4 + length) {
    throw new DecodeError(
      `Cannot read VPD page 0x${code.toString(16)}: want ${4 + length} bytes, found ${page.length}`,
    )
  }
  return page.subarray(4, 4 + length)
}
