import { createHash } from 'node:crypto'
import type { Random } from '../../protocol/effects.ts'

/**
 * An API token as it is shown once: `assay_<id>_<secret><check>`. The prefix lets secret scanners
 * find leaked ones, the id names the record, the check (CRC-32) tells a typing error from a wrong
 * token without a look into the store.
 */
export interface TokenText {
  readonly id: string
  /** The whole text, prefix and check included. */
  readonly text: string
}

/** Random bytes of the secret: 192 bits, so that SHA-256 without salt or stretching is enough. */
const secretBytes = 24

const pattern = /^assay_([0-9a-f]{16})_([A-Za-z0-9]{33})([0-9a-f]{8})$/

/** A new token. */
export function generateToken(random: Random): TokenText {
  const id = Buffer.from(random.bytes(8)).toString('hex')
  const secret = base62(random.bytes(secretBytes), 33)
  const body = `assay_${id}_${secret}`
  return { id, text: `${body}${check(body)}` }
}

/** The token in a text, or null where the text is none or was mistyped. */
export function parseToken(text: string): TokenText | null {
  const match = pattern.exec(text)
  if (match === null) return null
  const [, id = '', , sum = ''] = match
  return check(text.slice(0, -sum.length)) === sum ? { id, text } : null
}

/** What is kept of a token: SHA-256 of the whole text, as 64 lower-case hex digits. */
export function tokenHash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function check(body: string): string {
  return Bun.hash.crc32(body).toString(16).padStart(8, '0')
}

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

function base62(bytes: Uint8Array, width: number): string {
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  let text = ''
  while (text.length < width) {
    text = `${digits.charAt(Number(value % 62n))}${text}`
    value /= 62n
  }
  return text
}
