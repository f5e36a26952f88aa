/**
 * The bytes that a hex dump shows: lines of 16 two-digit numbers, with an offset before and text
 * behind or without, as `xxd`, `hexdump -C` and `sg_vpd -H` print them; null for anything else.
 */
export function bytesOfHexDump(file: Uint8Array, maxBytes: number): Uint8Array | null {
  if (file.length > maxBytes * 8 + 4096 || file.includes(0)) return null
  const bytes: number[] = []
  for (const line of new TextDecoder().decode(file).split('\n')) {
    const digits = digitsOf(line)
    for (let at = 0; at + 2 <= digits.length && bytes.length < maxBytes; at += 2) {
      bytes.push(Number.parseInt(digits.slice(at, at + 2), 16))
    }
  }
  return bytes.length === 0 ? null : Uint8Array.from(bytes)
}

/** An offset: closed by a colon, wider than a number, or apart from the numbers. */
const offset = /^\s*(?:[0-9a-f]{2,8}:\s*|[0-9a-f]{5,8}\s+|[0-9a-f]{2,4}\s{2,})/i

/** Text stands behind three blanks, a bar or a quotation mark, or behind the 16th number. */
function digitsOf(line: string): string {
  const numbers = line.replace(offset, '').split(/\s{3,}|[|"]/)[0] ?? ''
  const found = /^[0-9a-f\s-]*/i.exec(numbers)?.[0].replaceAll(/[\s-]/g, '') ?? ''
  return found.slice(0, 32)
}
