import { toHex, u16be } from '../integers.ts'

/** What a TLV says, by field; undefined: not in the form of its type. */
export type TlvFields = Readonly<Record<string, Value>>
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

/** RFC 5952 text of 16 bytes, dotted text of 4; null for other lengths. */
export function addressOf(bytes: Uint8Array): string | null {
  if (bytes.length === 4) return [...bytes].join('.')
  return bytes.length === 16 ? ipv6Of(bytes) : null
}

function ipv6Of(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => u16be(bytes, index * 2).toString(16))
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
