import type { AttributeInfo } from '../attributes/definition.ts'
import type { Json } from '../canonical.ts'
import { formatQuantity } from '../quantity.ts'
import { movedBound, type Nominal, toleranceText } from './nominal.ts'

/** A value to compare with: whole numbers and quantities (in steps of their unit) are `bigint`. */
export type Scalar = boolean | bigint | string

export type Comparison = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte'

/**
 * The canonical condition of a role: an operator tree over the attribute registry. `between` is
 * written as `gte` and `lte`. On a set, `in` and `glob` hold when they hold for any member.
 */
export type Expression =
  | Junction<'and'>
  | Junction<'or'>
  | { readonly kind: 'not'; readonly of: Expression }
  | Leaf

/** A condition on one attribute. */
export type Leaf =
  | {
      readonly kind: 'compare'
      readonly attribute: AttributeInfo
      readonly operator: Comparison
      readonly value: Scalar
      /** What a tolerance made `value` of; of no meaning once either of them is another. */
      readonly nominal?: Nominal
    }
  | Membership<'in'>
  | Membership<'notIn'>
  | { readonly kind: 'exists'; readonly attribute: AttributeInfo; readonly wanted: boolean }
  | { readonly kind: 'has'; readonly attribute: AttributeInfo; readonly value: string }
  | { readonly kind: 'glob'; readonly attribute: AttributeInfo; readonly pattern: string }
  | { readonly kind: 'semver'; readonly attribute: AttributeInfo; readonly range: string }
  | Quantifier<'some'>
  | Quantifier<'every'>
  | {
      readonly kind: 'count'
      readonly attribute: AttributeInfo
      /** Null counts all devices. */
      readonly where: Expression | null
      readonly operator: Comparison
      readonly value: bigint
    }

interface Junction<Kind> {
  readonly kind: Kind
  readonly of: readonly Expression[]
}

interface Membership<Kind> {
  readonly kind: Kind
  readonly attribute: AttributeInfo
  readonly values: readonly Scalar[]
}

/** `every` wants at least one device. */
interface Quantifier<Kind> {
  readonly kind: Kind
  readonly attribute: AttributeInfo
  readonly where: Expression
}

/** A condition as it is written in a request. */
export type MatchJson = { readonly [name: string]: Json }

/** The conditions that must all hold: those of an `and`, or the expression itself. */
export function conjuncts(expression: Expression): readonly Expression[] {
  return expression.kind === 'and' ? expression.of : [expression]
}

/** All of `expressions`, without an `and` where there is one only; `and`s inside are dissolved. */
export function allOf(expressions: readonly Expression[]): Expression {
  const flat = expressions.flatMap(conjuncts)
  const [first] = flat
  return flat.length === 1 && first !== undefined ? first : { kind: 'and', of: flat }
}

/** How much of its limits an expression takes. */
export interface Extent {
  /** Conditions as they are counted where they are read; a group of none inside another is one. */
  readonly clauses: number
  readonly depth: number
}

/** The {@link Extent} of the canonical form. */
export function extentOf(expression: Expression): Extent {
  const isAnything = expression.kind === 'and' && expression.of.length === 0
  return isAnything ? { clauses: 0, depth: 0 } : innerExtent(expression)
}

function innerExtent(expression: Expression): Extent {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.of.length === 0 ? { clauses: 1, depth: 0 } : around(0, expression.of)
    case 'not':
      return around(0, [expression.of])
    case 'some':
    case 'every':
      return around(1, [expression.where])
    case 'count':
      return expression.where === null ? { clauses: 1, depth: 0 } : around(2, [expression.where])
    case 'in':
    case 'notIn':
      return { clauses: expression.values.length, depth: 0 }
    case 'compare':
    case 'exists':
    case 'has':
    case 'glob':
    case 'semver':
      return { clauses: 1, depth: 0 }
  }
}

function around(own: number, inside: readonly Expression[]): Extent {
  const extents = inside.map(innerExtent)
  return {
    clauses: extents.reduce((sum, { clauses }) => sum + clauses, own),
    depth: 1 + Math.max(...extents.map(({ depth }) => depth)),
  }
}

/** The canonical written form. Reading it gives the same expression again. */
export function expressionToJson(expression: Expression): MatchJson {
  if (expression.kind === 'and' && expression.of.length === 0) return {}
  if (expression.kind === 'and' || expression.kind === 'or') {
    return { [expression.kind]: expression.of.map(expressionToJson) }
  }
  if (expression.kind === 'not') return { not: expressionToJson(expression.of) }
  return { [expression.attribute.name]: conditionToJson(expression) }
}

function conditionToJson(leaf: Leaf): MatchJson {
  const { attribute } = leaf
  if (leaf.kind === 'compare') {
    const nominal = nominalOf(leaf)
    return nominal === null
      ? { [leaf.operator]: scalarToJson(attribute, leaf.value) }
      : {
          [leaf.operator]: scalarToJson(attribute, nominal.value),
          tolerance: toleranceText(nominal),
        }
  }
  if (leaf.kind === 'in' || leaf.kind === 'notIn') {
    return { [leaf.kind]: leaf.values.map((value) => scalarToJson(attribute, value)) }
  }
  if (leaf.kind === 'exists') return { exists: leaf.wanted }
  if (leaf.kind === 'has') return { has: leaf.value }
  if (leaf.kind === 'glob') return { glob: leaf.pattern }
  if (leaf.kind === 'semver') return { semver: leaf.range }
  if (leaf.kind === 'count') {
    const amount = { [leaf.operator]: Number(leaf.value) }
    return {
      count: leaf.where === null ? amount : { ...amount, where: expressionToJson(leaf.where) },
    }
  }
  return { [leaf.kind]: { where: expressionToJson(leaf.where) } }
}

/** What the bound of a comparison was written as; null where it is as it was written. */
function nominalOf(leaf: Extract<Leaf, { kind: 'compare' }>): Nominal | null {
  const { nominal, operator, value } = leaf
  if (nominal === undefined) return null
  // Whoever moves the bound of a leaf copies the rest of it.
  return movedBound(operator, nominal) === value ? nominal : null
}

/** A value in its written form: quantities with their unit. */
export function scalarToJson(attribute: AttributeInfo, value: Scalar): boolean | number | string {
  if (typeof value !== 'bigint') return value
  return attribute.unit === null ? Number(value) : formatQuantity(value, attribute.unit)
}

const signs = { eq: '=', ne: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

/** The condition for people: `memory.size >= 1.5TiB`. */
export function expressionText(expression: Expression): string {
  if (expression.kind === 'and' || expression.kind === 'or') {
    if (expression.of.length === 0) return 'any machine'
    return `(${expression.of.map(expressionText).join(` ${expression.kind} `)})`
  }
  if (expression.kind === 'not') return `not ${expressionText(expression.of)}`
  return leafText(expression)
}

function leafText(leaf: Leaf): string {
  const { attribute } = leaf
  const { name } = attribute
  const shown = (value: Scalar) => String(scalarToJson(attribute, value))
  if (leaf.kind === 'compare') {
    const nominal = nominalOf(leaf)
    if (nominal === null) return `${name} ${signs[leaf.operator]} ${shown(leaf.value)}`
    const side = leaf.operator === 'gte' || leaf.operator === 'gt' ? '-' : '+'
    const written = `${shown(nominal.value)} ${side} ${toleranceText(nominal)}`
    return `${name} ${signs[leaf.operator]} ${written}`
  }
  if (leaf.kind === 'in') return `${name} in [${leaf.values.map(shown).join(', ')}]`
  if (leaf.kind === 'notIn') return `${name} not in [${leaf.values.map(shown).join(', ')}]`
  if (leaf.kind === 'exists') return `${name} ${leaf.wanted ? 'exists' : 'does not exist'}`
  if (leaf.kind === 'has') return `${name} has ${leaf.value}`
  if (leaf.kind === 'glob') return `${name} like ${leaf.pattern}`
  if (leaf.kind === 'semver') return `${name} in version range ${leaf.range}`
  const where = leaf.where === null ? '' : ` with ${expressionText(leaf.where)}`
  if (leaf.kind === 'count') return `count of ${name}${where} ${signs[leaf.operator]} ${leaf.value}`
  return `${leaf.kind} of ${name}${where}`
}
