import { findAttribute, nearestAttribute } from '../attributes.ts'
import { DecodeError } from '../errors.ts'
import { parseQuantity } from '../quantity.ts'
import type { AttributeInfo, AttributeValue, AttributeValues } from './definition.ts'

/** Limits of one machine's values, far above what any machine has. */
const limits = { textLength: 256, setMembers: 2048, devices: 4096 } as const

/**
 * The values that `presentAttributes` shows, back as values: whole numbers, quantities as text with
 * their unit (or a number of it), sets as arrays of text, lists as arrays of objects, null for known
 * to be none. Throws DecodeError, which names the attribute, for what no machine can have.
 */
export function parsePresented(presented: Readonly<Record<string, unknown>>): AttributeValues {
  const values = new Map<string, AttributeValue | null>()
  for (const [name, value] of Object.entries(presented)) {
    const info = findAttribute(name)
    if (info === null) throw unknownName(name, nearestAttribute(name))
    values.set(name, parseValue(info, value, name))
  }
  return values
}

/**
 * {@link parsePresented} for what this server kept: a name or a value that this release no longer
 * knows is left out, it is not known.
 */
export function parseKept(presented: Readonly<Record<string, unknown>>): AttributeValues {
  const values = new Map<string, AttributeValue | null>()
  for (const [name, value] of Object.entries(presented)) {
    const info = findAttribute(name)
    if (info === null) continue
    try {
      values.set(name, parseValue(info, value, name))
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
  }
  return values
}

function parseValue(info: AttributeInfo, value: unknown, path: string): AttributeValue | null {
  if (value === null) return null
  switch (info.type) {
    case 'bool':
      if (typeof value === 'boolean') return value
      throw wrong(path, value, 'true or false')
    case 'int':
      if (Number.isSafeInteger(value) && Number(value) >= 0) return BigInt(Number(value))
      throw wrong(path, value, 'a whole number from 0')
    case 'quantity':
      return parseAmount(info, value, path)
    case 'string':
    case 'version':
      return parseText(value, path)
    case 'set':
      return { kind: 'set', members: parseMembers(value, path) }
    case 'list':
      return { kind: 'list', devices: parseDevices(info, value, path) }
  }
}

function parseAmount({ unit }: AttributeInfo, value: unknown, path: string): bigint {
  if (unit === null || (typeof value !== 'string' && typeof value !== 'number')) {
    throw wrong(path, value, `an amount of ${unit ?? 'something'}`)
  }
  try {
    return parseQuantity(value, unit)
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw new DecodeError(`Cannot take '${path}': ${cause.message}`, { cause })
  }
}

function parseText(value: unknown, path: string): string {
  const isText =
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= limits.textLength &&
    !/\p{Cc}/u.test(value)
  if (isText) return value
  throw wrong(path, value, `text of 1 to ${limits.textLength} printable characters`)
}

function parseMembers(value: unknown, path: string): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > limits.setMembers) {
    throw wrong(path, value, `a list of 1 to ${limits.setMembers} texts, or null for none`)
  }
  const members = value.map((member, at) => parseText(member, `${path}[${at}]`))
  return [...new Set(members)].toSorted()
}

function parseDevices(
  info: AttributeInfo,
  value: unknown,
  path: string,
): readonly AttributeValues[] {
  if (!Array.isArray(value) || value.length > limits.devices) {
    throw wrong(path, value, `a list of at most ${limits.devices} objects`)
  }
  return value.map((device: unknown, at) => {
    const place = `${path}[${at}]`
    if (typeof device !== 'object' || device === null || Array.isArray(device)) {
      throw wrong(place, device, 'an object')
    }
    const values = new Map<string, AttributeValue | null>()
    for (const [name, held] of Object.entries(device)) {
      const field = info.fields.find((known) => known.name === name)
      const inside = `${place}.${name}`
      if (field === undefined) throw unknownName(inside, nearestAttribute(name, info.fields))
      values.set(name, parseValue(field, held, inside))
    }
    return values
  })
}

function wrong(path: string, value: unknown, wanted: string): DecodeError {
  const found = JSON.stringify(value)?.slice(0, 60) ?? typeof value
  return new DecodeError(`Cannot take '${path}': ${found} is not ${wanted}`)
}

function unknownName(path: string, nearest: string | null): DecodeError {
  const advice = nearest === null ? '' : `, did you mean '${nearest}'`
  return new DecodeError(`Cannot take '${path.slice(0, 80)}': no attribute is named so${advice}`)
}
