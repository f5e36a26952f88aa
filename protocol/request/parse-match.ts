import type { AttributeInfo } from '../attributes/definition.ts'
import { findAttribute, nearestAttribute } from '../attributes.ts'
import { nearestName } from '../attributes/nearest.ts'
import { DecodeError } from '../errors.ts'
import { lowerCel } from './cel/lower.ts'
import { type Comparison, type Expression, allOf } from './expression.ts'
import { requestLimits } from './limits.ts'
import type { Problems } from './problems.ts'
import { parseRange, parseScalar } from './parse-scalar.ts'
import { parseTolerance, widen } from './tolerance.ts'

/** What the reading of one request shares: its problems and how many clauses it has so far. */
export interface Reading {
  readonly problems: Problems
  clauses: number
}

/** Where in a request a condition stands. */
interface Place {
  readonly reading: Reading
  readonly path: string
  readonly depth: number
  /** Names that may stand here; null at the machine, where all of the registry may. */
  readonly fields: readonly AttributeInfo[] | null
}

/**
 * Reads a condition as people write it: attribute names with a value, a list of values, or operators;
 * `and`, `or` and `not` anywhere; or as CEL, in a text or under `cel`. Null when there is a problem, which is then in `reading`.
 */
export function parseMatch(value: unknown, path: string, reading: Reading): Expression | null {
  const place: Place = { reading, path, depth: 0, fields: null }
  return typeof value === 'string' ? parseCel(value, place) : parseGroup(value, place)
}

/** The names of the operators that an attribute of this type has. */
export function operatorsOf(type: AttributeInfo['type']): readonly string[] {
  return Object.keys(operators[type])
}

function parseCel(value: unknown, place: Place): Expression | null {
  if (typeof value !== 'string') return problem(place, `'cel' wants an expression in a text`)
  try {
    return parseGroup(lowerCel(value, place.fields), deeper(place))
  } catch (error) {
    if (error instanceof DecodeError) return problem(place, error.message)
    throw error
  }
}

function parseGroup(value: unknown, place: Place): Expression | null {
  if (place.depth > requestLimits.depth) {
    return problem(place, `is nested deeper than ${requestLimits.depth} levels`)
  }
  // What follows is not looked at: a text full of errors must not cost more than a good one.
  if (place.reading.problems.full) return null
  const entries = entriesOf(value)
  if (entries === null) {
    return problem(place, `${quote(value)} is no group of conditions such as {"cpu.cores": 8}`)
  }
  if (entries.length === 0 && place.depth > 0 && exceeds(place, 1)) return tooMany(place)
  return all(entries.map(([name, condition]) => parseEntry(name, condition, inside(place, name))))
}

function parseEntry(name: string, condition: unknown, place: Place): Expression | null {
  if (place.reading.problems.full) return null
  if (name === 'and' || name === 'or') return parseJunction(name, condition, place)
  if (name === 'not') {
    const of = parseGroup(condition, deeper(place))
    return of === null ? null : { kind: 'not', of }
  }
  if (name === 'cel') return parseCel(condition, place)
  const attribute = findHere(name, place)
  if (attribute === null) {
    const near = nearestAttribute(name, place.fields ?? undefined)
    const hint = near === null ? '' : `; did you mean '${near}'`
    return problem(place, `there is no attribute '${name.slice(0, 64)}'${hint}`)
  }
  return parseCondition(attribute, condition, place)
}

function parseJunction(kind: 'and' | 'or', value: unknown, place: Place): Expression | null {
  if (!Array.isArray(value) || (kind === 'or' && value.length === 0)) {
    return problem(place, `'${kind}' wants a list of groups of conditions`)
  }
  if (value.length > requestLimits.clauses) return tooMany(place)
  const groups = value.map((group: unknown, index) =>
    parseGroup(group, { ...deeper(place), path: `${place.path}[${index}]` }),
  )
  if (kind === 'and') return all(groups)
  const of = groups.filter((group) => group !== null)
  const [only] = of
  if (of.length !== groups.length) return null
  return of.length === 1 && only !== undefined ? only : { kind, of }
}

/** A bare value means equal (`has` for sets), a list means one of them, an object has operators. */
function parseCondition(info: AttributeInfo, condition: unknown, place: Place): Expression | null {
  if (Array.isArray(condition)) return parseOperator(info, 'in', condition, place)
  const entries = entriesOf(condition)
  if (entries === null) {
    return parseOperator(info, info.type === 'set' ? 'has' : 'eq', condition, place)
  }
  const given = entries.find(([name]) => name === 'tolerance')
  const conditions = entries.filter(([name]) => name !== 'tolerance')
  if (conditions.length === 0) return problem(place, `wants an operator such as ${example(info)}`)
  const read = all(
    conditions.map(([name, value]) => parseOperator(info, name, value, inside(place, name))),
  )
  return given === undefined || read === null ? read : widened(read, given[1], place)
}

function widened(condition: Expression, value: unknown, place: Place): Expression | null {
  const tolerance = parseTolerance(value)
  if (tolerance === null) {
    return problem(place, `'tolerance' wants a share of the value from 0% to 50%, such as "3%"`)
  }
  const wide = widen(condition, tolerance)
  if (wide !== null) return wide
  return problem(place, `'tolerance' goes with eq, lt, lte, gt, gte and between of amounts only`)
}

type OperatorParser = (info: AttributeInfo, value: unknown, place: Place) => Expression | null

/** Attribute type -> operator -> how its operand is read. What is not here is refused. */
const equality = { eq: compare('eq'), ne: compare('ne'), in: membership('in') }
const ordering = { lt: compare('lt'), lte: compare('lte'), gt: compare('gt'), gte: compare('gte') }
const common = { exists: parseExists, notIn: membership('notIn') }
const operators: Readonly<Record<AttributeInfo['type'], Readonly<Record<string, OperatorParser>>>> =
  {
    bool: { eq: compare('eq'), ne: compare('ne'), exists: parseExists },
    int: { ...equality, ...ordering, ...common, between: parseBetween },
    quantity: { ...equality, ...ordering, ...common, between: parseBetween },
    string: { ...equality, ...common, glob: parseGlob },
    version: { ...equality, ...ordering, ...common, glob: parseGlob, semver: parseSemver },
    set: { has: parseHas, in: membership('in'), ...common, glob: parseGlob },
    list: {
      some: quantifier('some'),
      every: quantifier('every'),
      count: parseCount,
      exists: parseExists,
    },
  }

function parseOperator(
  info: AttributeInfo,
  name: string,
  value: unknown,
  place: Place,
): Expression | null {
  if (exceeds(place, clausesOf(value))) return tooMany(place)
  const known = operators[info.type]
  const parser = Object.hasOwn(known, name) ? known[name] : undefined
  if (parser !== undefined) return parser(info, value, place)
  const names = Object.keys(known)
  const near = nearestName(name, names)
  const hint = near === null ? '' : `; did you mean '${near}'`
  return problem(
    place,
    `'${name.slice(0, 64)}' is no operator for ${info.name}, which is a ${info.type}${hint}; ` +
      `it has ${names.join(', ')}`,
  )
}

function compare(operator: Comparison): OperatorParser {
  return (attribute, value, place) => {
    const read = parseScalar(attribute, value, operator)
    if (read.kind === 'refused') return problem(place, read.message)
    return { kind: 'compare', attribute, operator, value: read.value }
  }
}

function membership(kind: 'in' | 'notIn'): OperatorParser {
  return (attribute, value, place) => {
    if (!Array.isArray(value) || value.length === 0 || value.length > requestLimits.listLength) {
      return problem(place, `'${kind}' wants a list of 1 to ${requestLimits.listLength} values`)
    }
    const read = value.map((item: unknown) => parseScalar(attribute, item, 'eq'))
    const refused = read.find((item) => item.kind === 'refused')
    if (refused !== undefined) return problem(place, refused.message)
    const values = read.flatMap((item) => (item.kind === 'value' ? [item.value] : []))
    return { kind, attribute, values: [...new Set(values)] }
  }
}

function quantifier(kind: 'some' | 'every'): OperatorParser {
  return (attribute, value, place) => {
    const entries = entriesOf(value)
    const [first] = entries ?? []
    const wrapped = entries?.length === 1 && first?.[0] === 'where'
    const where = parseGroup(wrapped ? first[1] : value, {
      ...deeper(place),
      fields: attribute.fields,
    })
    return where === null ? null : { kind, attribute, where }
  }
}

function parseCount(attribute: AttributeInfo, value: unknown, place: Place): Expression | null {
  const entries = entriesOf(value) ?? [['eq', value]]
  const given = entries.find(([name]) => name === 'where')
  const where =
    given === undefined
      ? null
      : parseGroup(given[1], { ...inside(deeper(place), 'where'), fields: attribute.fields })
  if (given !== undefined && where === null) return null
  const amounts = entries.filter(([name]) => name !== 'where')
  if (amounts.length === 0) return problem(place, `'count' wants a number such as {"gte": 2}`)
  return all(
    amounts.map(([name, amount]) => {
      const operator = comparisons.find((comparison) => comparison === name)
      if (operator === undefined) {
        return problem(place, `'${name.slice(0, 64)}' is none of ${comparisons.join(', ')}, where`)
      }
      const read = parseScalar(countInfo, amount, operator)
      if (read.kind === 'refused') return problem(inside(place, name), read.message)
      if (typeof read.value !== 'bigint') return problem(place, `wants a whole number`)
      return { kind: 'count', attribute, where, operator, value: read.value }
    }),
  )
}

function parseBetween(info: AttributeInfo, value: unknown, place: Place): Expression | null {
  if (!Array.isArray(value) || value.length !== 2) {
    return problem(place, `'between' wants a list of the lowest and the highest value`)
  }
  const [low, high]: readonly unknown[] = value
  return all([ordering.gte(info, low, place), ordering.lte(info, high, place)])
}

function parseExists(attribute: AttributeInfo, value: unknown, place: Place): Expression | null {
  if (typeof value !== 'boolean') return problem(place, `'exists' wants true or false`)
  return { kind: 'exists', attribute, wanted: value }
}

function parseHas(attribute: AttributeInfo, value: unknown, place: Place): Expression | null {
  const wanted: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (wanted.length === 0 || wanted.length > requestLimits.listLength) {
    return problem(place, `'has' wants 1 to ${requestLimits.listLength} texts`)
  }
  return all(
    wanted.map((item) => {
      const read = parseScalar(attribute, item, 'eq')
      if (read.kind === 'refused') return problem(place, read.message)
      return { kind: 'has', attribute, value: String(read.value) }
    }),
  )
}

function parseGlob(attribute: AttributeInfo, value: unknown, place: Place): Expression | null {
  if (typeof value !== 'string' || value === '' || value.length > requestLimits.textLength) {
    return problem(place, `'glob' wants a text such as "*H100*"`)
  }
  return { kind: 'glob', attribute, pattern: value }
}

function parseSemver(attribute: AttributeInfo, value: unknown, place: Place): Expression | null {
  const read = parseRange(value)
  if (read.kind === 'refused') return problem(place, read.message)
  return { kind: 'semver', attribute, range: read.value }
}

const comparisons = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte'] as const

/** How many devices: a whole number, whatever the list. */
const countInfo: AttributeInfo = {
  name: 'count',
  type: 'int',
  unit: null,
  level: 'machine',
  source: 'label',
  nature: 'state',
  description: 'Devices of a list',
  fields: [],
}

function findHere(name: string, { fields }: Place): AttributeInfo | null {
  return fields === null ? findAttribute(name) : (fields.find((info) => info.name === name) ?? null)
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return Object.entries(value)
}

function all(expressions: readonly (Expression | null)[]): Expression | null {
  const read = expressions.filter((expression) => expression !== null)
  return read.length === expressions.length ? allOf(read) : null
}

/** Conditions an operator unfolds into: `between` and `has` of a list, `count` of several numbers. */
function clausesOf(operand: unknown): number {
  return typeof operand === 'object' && operand !== null ? Object.keys(operand).length : 1
}

function exceeds({ reading }: Place, clauses: number): boolean {
  reading.clauses += Math.max(1, clauses)
  return reading.clauses > requestLimits.clauses
}

function inside(place: Place, name: string): Place {
  return { ...place, path: `${place.path}.${name.slice(0, 64)}` }
}

function deeper(place: Place): Place {
  return { ...place, depth: place.depth + 1 }
}

function problem(place: Place, message: string): null {
  place.reading.problems.add(place.path, message)
  return null
}

function tooMany(place: Place): null {
  return problem(place, `is beyond the ${requestLimits.clauses} conditions a request may have`)
}

function example(info: AttributeInfo): string {
  return info.type === 'list'
    ? '{"count": {"gte": 2}}'
    : `{"${Object.keys(operators[info.type])[0]}": ...}`
}

function quote(value: unknown): string {
  return `'${(JSON.stringify(value) ?? String(value)).slice(0, 60)}'`
}
