import { hexOf, toHex, u16be } from '../integers.ts'

/** What a TLV says, by field; undefined: not in the form of its type. */
export type TlvFields = Readonly<Record<string, Value>>
/** Also null: the form is not known. */
export type DecodedTlv = TlvFields | null | undefined
export type Value =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | { readonly [k: string]: Value }

const utf8 = new TextDecoder()

/** Text of a network frame, up to the NUL that some senders put before garbage. */
export function textOf(bytes: Uint8Array): string {
  return utf8.decode(bytes).replace(/\0.*$/s, '')
}

export function macOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => toHex(byte, 2)).join(':')
}

/**
 * A name as its sender chose it: the text, without the zeros that some senders end it with, or the
 * digits of bytes that are none. A letter of another encoding makes no bytes of a text.
 */
export function nameOf(bytes: Uint8Array): string {
  const text = textOf(bytes)
  const strange = text.match(/[\p{Cc}\ufffd]/gu)?.length ?? 0
  return text !== '' && strange * 4 <= text.length ? text : hexOf(bytes)
}

/**
 * Dotted text of an object identifier, the contents of its BER encoding (X.690 §8.19); null for
 * bytes that are none.
 */
export function objectIdentifierOf(bytes: Uint8Array): string | null {
  const arcs: bigint[] = []
  let arc = 0n
  for (const byte of bytes) {
    arc = (arc << 7n) | BigInt(byte & 0x7f)
    if (arc > 0xffff_ffff_ffff_ffffn) return null
    if ((byte & 0x80) !== 0) continue
    arcs.push(arc)
    arc = 0n
  }
  const first = arcs[0]
  if (first === undefined || ((bytes.at(-1) ?? 0) & 0x80) !== 0) return null
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n
  return [root, first - root * 40n, ...arcs.slice(1)].join('.')
}

/** RFC 5952 text of 16 bytes, dotted text of 4; null for other lengths. */
export function addressOf(bytes: Uint8Array): string | null {
  if (bytes.length === 4) return [...bytes].join('.')
  return bytes.length === 16 ? ipv6Of(bytes) : null
}

function ipv6Of(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => u16be(bytes, index * 2).toString(16))
  // RFC 5952 §5: an IPv4 address in its well-known prefix is written as one.
  if (groups.slice(0, 6).join() === '0,0,0,0,0,ffff') return `::ffff:${bytes.slice(12).join('.')}`
  let best = { at: -1, length: 1 }
  for (let at = 0; at < 8; at++) {
    let length = 0
    while (groups[at + length] === '0') length++
    if (length > best.length) best = { at, length }
  }
  if (best.at < 0) return groups.join(':')
  const [before, after] = [groups.slice(0, best.at), groups.slice(best.at + best.length)]
  return `${before.join(':')}::${after.join(':')}`
}

export function u24be(bytes: Uint8Array, at: number): number {
  return u16be(bytes, at) * 256 + (bytes[at + 2] ?? 0)
}

export function u32be(bytes: Uint8Array, at: number): number {
  return u16be(bytes, at) * 0x1_0000 + u16be(bytes, at + 2)
}

/** Names of the bits that are set, bit 0 first. */
export function bitNames(value: number, names: readonly (string | null)[]): readonly string[] {
  return names.flatMap((name, bit) => (name !== null && (value >>> bit) & 1 ? [name] : []))
}
