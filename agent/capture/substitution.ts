import type { Identity } from './pseudonyms.ts'

/** One spelling of an identity, and the same spelling of what takes its place. */
interface Spelling {
  readonly from: Uint8Array
  readonly to: Uint8Array
  /** Only where no letter or digit is beside it. */
  readonly alone: boolean
}

/** Shorter ones, and numbers, may be part of another word. */
const longEnoughAlone = 8

/** Spellings are found by their first bytes. */
const prefixBytes = 4

/** Replaces identities in files, however the file spells them. */
export class Substitution {
  /** By the first {@link prefixBytes}, the longest first. */
  readonly #spellings = new Map<number, Spelling[]>()

  constructor(pseudonyms: ReadonlyMap<Identity, string>) {
    for (const [{ kind, value }, other] of pseudonyms) {
      const spellings = kind === 'text' ? spellingsOfText : spellingsOfNumber
      for (const spelling of spellings(value, other)) this.#add(spelling)
    }
    for (const group of this.#spellings.values()) {
      group.sort((a, b) => b.from.length - a.from.length)
    }
  }

  /** The same bytes where nothing is to be replaced. */
  bytes(bytes: Uint8Array): Uint8Array {
    let result: Uint8Array | null = null
    let prefix = 0
    for (let end = 0; end < bytes.length; end++) {
      prefix = ((prefix << 8) | (bytes[end] ?? 0)) >>> 0
      const at = end - prefixBytes + 1
      if (at < 0) continue
      const found = this.#spellings.get(prefix)?.find((spelling) => stands(bytes, at, spelling))
      if (found === undefined) continue
      result ??= bytes.slice()
      result.set(found.to, at)
      // What begins inside of it is part of it.
      end = at + found.from.length - 1
      prefix = 0
    }
    return result ?? bytes
  }

  text(text: string): string {
    return new TextDecoder().decode(this.bytes(new TextEncoder().encode(text)))
  }

  #add(spelling: Spelling): void {
    const { from } = spelling
    if (from.length < prefixBytes) return
    const prefix = new DataView(from.buffer, from.byteOffset).getUint32(0)
    const group = this.#spellings.get(prefix)
    if (group === undefined) this.#spellings.set(prefix, [spelling])
    else group.push(spelling)
  }
}

function stands(bytes: Uint8Array, at: number, { from, alone }: Spelling): boolean {
  for (let index = prefixBytes; index < from.length; index++) {
    if (bytes[at + index] !== from[index]) return false
  }
  return !alone || (!isWord(bytes[at - 1]) && !isWord(bytes[at + from.length]))
}

function isWord(byte: number | undefined): boolean {
  return byte !== undefined && /[0-9A-Za-z]/.test(String.fromCharCode(byte))
}

function spellingsOfText(value: string, other: string): readonly Spelling[] {
  const alone = value.length < longEnoughAlone || /^\d+$/.test(value)
  const spell = (write: (text: string) => Uint8Array, isAlone = false): Spelling => ({
    from: write(value),
    to: write(other),
    alone: isAlone,
  })
  return [
    spell((text) => new TextEncoder().encode(text), alone),
    // USB strings and EFI variables.
    spell((text) => new Uint8Array(Buffer.from(text, 'utf16le'))),
    // ATA strings: two letters a word, the first one in the upper byte; at either half of a word.
    spell((text) => swapped(text.length % 2 === 0 ? text : `${text} `)),
    spell((text) => swapped(text.length % 2 === 0 ? ` ${text} ` : ` ${text}`)),
  ]
}

function swapped(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'latin1')
  return new Uint8Array(bytes.length % 2 === 0 ? bytes.swap16() : bytes)
}

function spellingsOfNumber(value: string, other: string): readonly Spelling[] {
  const pairs = [[value, other] as const, ...interfaceIds(value, other)]
  return pairs.flatMap(([from, to]) =>
    writers(from.length).map((write) => ({ from: write(from), to: write(to), alone: false })),
  )
}

/** EUI-64 that are made of a MAC address, RFC 4291 appendix A, with and without the bit turned. */
function interfaceIds(value: string, other: string): readonly (readonly [string, string])[] {
  if (value.length !== 12) return []
  const made = (mac: string, bit: number) => {
    const first = (Number.parseInt(mac.slice(0, 2), 16) ^ bit).toString(16).padStart(2, '0')
    return `${first}${mac.slice(2, 6)}fffe${mac.slice(6)}`
  }
  return [0, 2].map((bit) => [made(value, bit), made(other, bit)] as const)
}

type Write = (digits: string) => Uint8Array

function writers(digitCount: number): readonly Write[] {
  const ascii = (text: string) => new TextEncoder().encode(text)
  const grouped = (digits: string, size: number, separator: string) =>
    digits.replaceAll(new RegExp(`(.{${size}})(?!$)`, 'g'), `$1${separator}`)
  const texts: ((digits: string) => string)[] = [
    (digits) => digits,
    (digits) => grouped(digits, 2, ':'),
    (digits) => grouped(digits, 2, '-'),
    (digits) => grouped(digits, 4, ':'),
  ]
  if (digitCount === 32) {
    texts.push((digits) => digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
  }
  const binary = (digits: string) => new Uint8Array(Buffer.from(digits, 'hex'))
  return [
    ...texts.map(
      (write): Write =>
        (digits) =>
          ascii(write(digits)),
    ),
    ...texts.map(
      (write): Write =>
        (digits) =>
          ascii(write(digits).toUpperCase()),
    ),
    binary,
    (digits) => binary(digits).reverse(),
    // ATA words.
    (digits) => new Uint8Array(Buffer.from(digits, 'hex').swap16()),
    ...(digitCount === 32 ? [(digits: string) => mixedEndian(binary(digits))] : []),
  ]
}

/** As SMBIOS and EFI keep a UUID: its first three parts little-endian. */
function mixedEndian(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(
    ...bytes.slice(0, 4).reverse(),
    ...bytes.slice(4, 6).reverse(),
    ...bytes.slice(6, 8).reverse(),
    ...bytes.slice(8),
  )
}
