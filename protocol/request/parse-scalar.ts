import type { AttributeInfo } from '../attributes/definition.ts'
import { parseVersion, parseVersionRange } from '../attributes/version.ts'
import { DecodeError } from '../errors.ts'
import { parseQuantity, type Rounding } from '../quantity.ts'
import type { Comparison, Scalar } from './expression.ts'
import { requestLimits } from './limits.ts'

/** A value as the attribute's type wants it, or why it is none. */
export type ScalarReading<T = Scalar> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'refused'; readonly message: string }

/**
 * A quantity between two steps (`1.4TiB` is no whole number of bytes) is moved to the step that
 * answers the comparison the same way for every whole number of steps; equality has none.
 */
const rounding: Readonly<Record<Comparison, Rounding>> = {
  gte: 'up',
  lt: 'up',
  gt: 'down',
  lte: 'down',
  eq: 'refuse',
  ne: 'refuse',
}

/** Reads the operand of a comparison. */
export function parseScalar(
  info: AttributeInfo,
  value: unknown,
  operator: Comparison,
): ScalarReading {
  if (value === null) {
    return refused(`null is no value; write {"exists": false} for machines without ${info.name}`)
  }
  return scalarParsers[info.type](info, value, operator)
}

type ScalarParser = (info: AttributeInfo, value: unknown, operator: Comparison) => ScalarReading

const scalarParsers: Readonly<Record<AttributeInfo['type'], ScalarParser>> = {
  bool: (info, value) =>
    typeof value === 'boolean' ? read(value) : refused(`${wants(info, value)} true or false`),
  int: (info, value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? read(BigInt(value))
      : refused(`${wants(info, value)} a whole number`),
  quantity: parseQuantityOperand,
  string: parseText,
  set: parseText,
  version: (info, value, operator) => {
    const text = parseText(info, value)
    const ordered = operator !== 'eq' && operator !== 'ne'
    if (text.kind === 'refused' || !ordered || parseVersion(String(text.value)) !== null)
      return text
    return refused(`${wants(info, value)} a version such as "2.10"`)
  },
  list: (info) =>
    refused(`${info.name} is a list of devices; ask with some, every or count, not for a value`),
}

/** Reads a version range, `>=1.2 <2`. */
export function parseRange(value: unknown): ScalarReading<string> {
  if (typeof value !== 'string' || value.length > requestLimits.textLength) {
    return refused(`'semver' wants a version range such as ">=1.2 <2"`)
  }
  return attempt(() => {
    parseVersionRange(value)
    return value
  })
}

function parseQuantityOperand(
  info: AttributeInfo,
  value: unknown,
  operator: Comparison,
): ScalarReading {
  const { unit } = info
  if (unit === null || (typeof value !== 'string' && typeof value !== 'number')) {
    return refused(`${wants(info, value)} a quantity such as "1.5TiB"`)
  }
  return attempt(() => parseQuantity(value, unit, rounding[operator]))
}

function parseText(info: AttributeInfo, value: unknown): ScalarReading {
  if (typeof value === 'string' && value !== '' && value.length <= requestLimits.textLength) {
    return read(value)
  }
  const hint = typeof value === 'number' || typeof value === 'boolean' ? `; put it in quotes` : ''
  return refused(
    `${wants(info, value)} a text of 1 to ${requestLimits.textLength} characters${hint}`,
  )
}

function attempt<T>(parse: () => T): ScalarReading<T> {
  try {
    return { kind: 'value', value: parse() }
  } catch (error) {
    if (error instanceof DecodeError) return refused(error.message)
    throw error
  }
}

function wants(info: AttributeInfo, value: unknown): string {
  const quoted = (JSON.stringify(value) ?? String(value)).slice(0, 60)
  return `${info.name} cannot be compared with ${quoted}; it wants`
}

function read(value: Scalar): ScalarReading {
  return { kind: 'value', value }
}

function refused(message: string): { readonly kind: 'refused'; readonly message: string } {
  return { kind: 'refused', message }
}
