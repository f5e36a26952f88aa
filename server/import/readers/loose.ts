import type { Json } from '../../../protocol/canonical.ts'
import { DecodeError } from '../../../protocol/errors.ts'

/**
 * Readers of JSON that others wrote. Absent, null and the words for "not known" are `undefined`; a
 * value of another kind than the field is meant to have throws DecodeError, which names the field.
 */
export type Fields = Readonly<Record<string, unknown>>

/** An object; `undefined` where there is none. */
export function fieldsAt(parent: Fields, name: string, place = name): Fields | undefined {
  const value = parent[name]
  if (value === undefined || value === null) return undefined
  if (isFields(value)) return value
  throw wrong(place, value, 'an object')
}

/** The objects of a list. */
export function listAt(parent: Fields, name: string): readonly Fields[] | undefined {
  const value = parent[name]
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value) && value.every(isFields)) return value
  throw wrong(name, value, 'a list of objects')
}

/**
 * Text, trimmed. A number is no text: what wrote it has dropped its zeros, so that version `1.10`
 * reads 1.1 and serial `0042` reads 42.
 */
export function textAt(parent: Fields | undefined, name: string): string | undefined {
  const value = parent?.[name]
  if (typeof value !== 'string') return undefined
  const text = value.replaceAll(/\p{Cc}+/gu, ' ').trim()
  if (text === '' || text.length > 256 || unknownWords.has(text.toLowerCase())) return undefined
  return text
}

const unknownWords: ReadonlySet<string> = new Set([
  'unknown',
  'none',
  'n/a',
  'not specified',
  'unspecified',
  'default string',
  'to be filled by o.e.m.',
])

/** A whole number from 0. */
export function wholeAt(
  parent: Fields | undefined,
  name: string,
  place: string,
): number | undefined {
  const value = parent?.[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw wrong(`${place}.${name}`, value, 'a whole number')
}

export function flagAt(
  parent: Fields | undefined,
  name: string,
  place: string,
): boolean | undefined {
  const value = parent?.[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean') return value
  throw wrong(`${place}.${name}`, value, 'true or false')
}

/** What is not stated has no entry. */
export function onlyKnown(
  stated: Readonly<Record<string, Json | undefined>>,
): Readonly<Record<string, Json>> {
  const known: Record<string, Json> = {}
  for (const [name, value] of Object.entries(stated)) if (value !== undefined) known[name] = value
  return known
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(place: string, value: unknown, wanted: string): DecodeError {
  return new DecodeError(`'${place}' is ${JSON.stringify(value).slice(0, 60)}, wanted ${wanted}`)
}
