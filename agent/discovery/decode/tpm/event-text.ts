import type { TpmEvent } from '../../../../protocol/facts/tpm-event-log.ts'

type Content = NonNullable<TpmEvent['content']>

const longest = 65_536
const utf16 = new TextDecoder('utf-16le')
const utf8 = new TextDecoder()

/** Text in UTF-8 without the zeros at its end; null where it is none. */
export function textContent(data: Uint8Array): Content | null {
  if (data.length === 0 || data.length > longest) return null
  const text = plainText(data)
  return text === null || text === '' ? null : { kind: 'text', text }
}

/** The text itself; null for bytes of which more than some are no letters of UTF-8. */
export function plainText(data: Uint8Array): string | null {
  const end = data.findLastIndex((byte) => byte !== 0) + 1
  const text = utf8.decode(data.subarray(0, end))
  const strange = text.match(/[^\P{Cc}\t\n\v\f\r]|\ufffd/gu)?.length ?? 0
  return strange * 8 <= text.length && !text.includes('\0') ? text : null
}

/** Text in UTF-16, as EFI writes it: most of it ASCII, or bytes would be taken for it. */
export function wideTextContent(data: Uint8Array): Content | null {
  // Some senders measure the first of the two zeros at the end alone.
  const isCut = data.length % 2 !== 0 && data.at(-1) === 0
  const whole = isCut ? data.subarray(0, -1) : data
  if (whole.length % 2 !== 0 || whole.length > longest) return null
  const text = wideText(whole)
  const ascii = text.match(/[\t\n\r\x20-\x7e]/g)?.length ?? 0
  return ascii * 2 > text.length && !hasControls(text) ? { kind: 'text', text } : null
}

/** UTF-16 without the zeros at its end. */
export function wideText(data: Uint8Array): string {
  return utf16.decode(data).replace(/\0+$/, '')
}

/** Anything below a space but tab and line ends. */
function hasControls(text: string): boolean {
  return text.split('').some((letter) => letter < ' ' && !'\t\n\v\f\r'.includes(letter))
}
