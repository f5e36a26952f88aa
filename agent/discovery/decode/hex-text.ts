/** Longer texts are none that a person would keep of one descriptor or page. */
const maxTextBytes = 512 * 1024

/**
 * The bytes that a hexadecimal text stands for: digits alone, words of them parted by spaces, colons
 * or commas, with or without `0x`, or lines as `xxd` and `hexdump -C` print them. Null for anything
 * else, above all for the bytes themselves.
 */
export function bytesOfHexText(file: Uint8Array): Uint8Array | null {
  if (file.length === 0 || file.length > maxTextBytes || !file.every(isText)) return null
  const lines = ascii.decode(file).split(/\r?\n/)
  const read = lines.some((line) => dumpLine.test(line)) ? dumpDigits : bareDigits
  const digits: string[] = []
  for (const line of lines) {
    const found = read(line)
    if (found === null) return null
    digits.push(found)
  }
  const joined = digits.join('')
  return joined === '' || joined.length % 2 !== 0 ? null : Uint8Array.fromHex(joined)
}

const ascii = new TextDecoder('latin1')
const printable = { first: 0x20, last: 0x7e }

function isText(byte: number): boolean {
  return (
    (byte >= printable.first && byte <= printable.last) || byte === 9 || byte === 10 || byte === 13
  )
}

/** Offset, digits in groups, and the bytes as text: after a colon (xxd) or between bars (hexdump). */
const dumpLine =
  /^(?:[0-9a-f]{4,8}: ((?:[0-9a-f]{2,4} ){1,16}) .*|[0-9a-f]{7,8} {1,2}((?:[0-9a-f]{2} {1,2}){1,16}) *\|.*\|)$/i

/** Null for a line that is neither of the dump nor its last one, the length alone. */
function dumpDigits(line: string): string | null {
  const found = dumpLine.exec(line)
  if (found === null) return /^[0-9a-f]{0,8}\s*$/i.test(line) ? '' : null
  return (found[1] ?? found[2] ?? '').replaceAll(' ', '')
}

function bareDigits(line: string): string | null {
  const bare = line.replaceAll(/0x/gi, ' ').replaceAll(/[\s:,]/g, '')
  return /^[0-9a-f]*$/i.test(bare) ? bare : null
}
