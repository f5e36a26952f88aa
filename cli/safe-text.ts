/**
 * Characters that do something to a terminal instead of being shown: control characters (C0, C1,
 * DEL), line separators, and marks that turn the direction of text or hide it.
 */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}]/gu

/** A text of unknown origin on one line, with every {@link unsafe} character written out. */
export function safeText(text: string): string {
  return text.replace(unsafe, written)
}

/** The same for text of several lines that we composed out of such texts. */
export function safeLines(text: string): string {
  return text.split('\n').map(safeText).join('\n')
}

/** JSON that a terminal may show: JSON itself leaves C1 and marks as they are. */
export function safeJson(value: unknown, indent: number): string {
  const json: string | undefined = JSON.stringify(value, null, indent)
  return (json ?? 'null').replace(unsafe, (character) =>
    character === '\n' ? character : jsonEscape(character),
  )
}

function written(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

function jsonEscape(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('')
}
