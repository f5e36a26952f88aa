import { createHash } from 'node:crypto'
import assert from 'node:assert/strict'

/** A value that JSON holds exactly. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/**
 * JSON with object keys sorted by UTF-16 code unit and no white space, as RFC 8785 for the values we
 * use: the one form in which plans, commits and indices are hashed and signed. Keys whose value is
 * `undefined` are left out. Numbers must be finite; a `bigint`, a function or a symbol is a bug.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value)
  }
  if (typeof value === 'number') {
    assert(Number.isFinite(value), 'canonical JSON holds finite numbers only')
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  assert(typeof value === 'object', `canonical JSON holds no ${typeof value}`)
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`)
  return `{${fields.join(',')}}`
}

/** SHA-256 of the canonical JSON of a value, as 64 lower-case hex digits. */
export function digestOf(value: unknown): string {
  return sha256Hex(new TextEncoder().encode(canonicalJson(value)))
}

/** SHA-256 as 64 lower-case hex digits. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
