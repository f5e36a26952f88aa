import { deviceText } from '../device-text.ts'
import { hexOf, u8 } from '../integers.ts'

/** Type and length that end a list of fields (§13). */
const endMark = 0xc1
/** The standard's fields and those a maker adds. */
const maxFields = 64

/** Fields from `start` on; null for one that is empty. `ended`: the end mark was there. */
export function fruFields(
  area: Uint8Array,
  start: number,
  english: boolean,
): { readonly texts: readonly (string | null)[]; readonly ended: boolean } {
  const texts: (string | null)[] = []
  for (let at = start; at < area.length && texts.length < maxFields;) {
    const head = u8(area, at)
    if (head === endMark) return { texts, ended: true }
    const length = head & 0x3f
    if (at + 1 + length > area.length) return { texts, ended: false }
    texts.push(fieldText(head >> 6, area.subarray(at + 1, at + 1 + length), english))
    at += 1 + length
  }
  return { texts, ended: false }
}

/** Language code 0 and 25 are English (§15): one byte a letter, of all others two. */
export function isEnglish(code: number): boolean {
  return code === 0 || code === 25
}

const latin1 = new TextDecoder('latin1')
const utf16 = new TextDecoder('utf-16le')

/** §13: 0 binary, 1 BCD plus, 2 ASCII of 6 bits, 3 text of the area's language. */
function fieldText(type: number, bytes: Uint8Array, english: boolean): string | null {
  if (bytes.length === 0) return null
  switch (type) {
    case 0:
      return bytes.every((byte) => byte === 0) ? null : hexOf(bytes)
    case 1:
      return deviceText(bcdPlus(bytes))
    case 2:
      return deviceText(sixBit(bytes))
    default:
      return deviceText((english || bytes.length < 2 ? latin1 : utf16).decode(bytes))
  }
}

const bcdLetters = '0123456789 -.:,_'

function bcdPlus(bytes: Uint8Array): string {
  return [...bytes]
    .map((byte) => `${bcdLetters[byte >> 4] ?? ''}${bcdLetters[byte & 0x0f] ?? ''}`)
    .join('')
}

/** Four letters in three bytes, the first in the lowest bits; 0 is a space. */
function sixBit(bytes: Uint8Array): string {
  const letters: string[] = []
  let bits = 0
  let count = 0
  for (const byte of bytes) {
    bits |= byte << count
    for (count += 8; count >= 6; count -= 6) {
      letters.push(String.fromCharCode(0x20 + (bits & 0x3f)))
      bits >>= 6
    }
  }
  return letters.join('')
}
