import { canonicalJson } from '../canonical.ts'
import {
  type Comparison,
  conjuncts,
  type Expression,
  expressionText,
  expressionToJson,
  type Leaf,
  type Scalar,
} from './expression.ts'

/**
 * The first pair of conditions that no machine can meet together (`cpu.cores >= 8` and
 * `cpu.cores <= 4`), in words; null when there is none. Looks at what must hold together: each
 * `and`, and each `where`. Null says nothing of conditions whose conflict lies deeper.
 */
export function findContradiction(expression: Expression): string | null {
  const conditions = conjuncts(expression)
  const subjects = Map.groupBy(
    conditions.filter((condition) => isLeaf(condition)),
    subjectOf,
  )
  for (const leaves of subjects.values()) {
    const conflict = conflictAmong(leaves)
    if (conflict !== null) return conflict
  }
  for (const inner of conditions.flatMap(innerExpressions)) {
    const conflict = findContradiction(inner)
    if (conflict !== null) return conflict
  }
  return null
}

function isLeaf(expression: Expression): expression is Leaf {
  return expression.kind !== 'and' && expression.kind !== 'or' && expression.kind !== 'not'
}

/** What a condition constrains: an attribute, or the number of devices of one kind. */
function subjectOf(leaf: Leaf): string {
  if (leaf.kind !== 'count') return leaf.attribute.name
  const where = leaf.where === null ? '' : canonicalJson(expressionToJson(leaf.where))
  return `count ${leaf.attribute.name} ${where}`
}

function innerExpressions(expression: Expression): readonly Expression[] {
  if (expression.kind === 'or' || expression.kind === 'and') return expression.of
  if (expression.kind === 'some' || expression.kind === 'every') return [expression.where]
  if (expression.kind === 'count') return expression.where === null ? [] : [expression.where]
  return []
}

function conflictAmong(leaves: readonly Leaf[]): string | null {
  const absent = leaves.find((leaf) => leaf.kind === 'exists' && !leaf.wanted)
  const present = leaves.find(demandsValue)
  if (absent !== undefined && present !== undefined) return clash(absent, present)
  return boundsConflict(leaves) ?? valuesConflict(leaves)
}

/** A condition that a machine without the attribute cannot meet. */
function demandsValue(leaf: Leaf): boolean {
  if (leaf.kind === 'exists') return leaf.wanted
  if (leaf.kind === 'compare') return leaf.operator !== 'ne'
  return leaf.kind !== 'notIn' && leaf.kind !== 'count'
}

/** The tightest bounds of whole numbers and quantities: no value from `low` to `high` is a conflict. */
function boundsConflict(leaves: readonly Leaf[]): string | null {
  let low = { value: 0n, leaf: leaves[0] }
  let high: { value: bigint; leaf: Leaf } | null = null
  for (const leaf of leaves) {
    if (leaf.kind !== 'compare' && leaf.kind !== 'count') continue
    if (typeof leaf.value !== 'bigint') continue
    const floor = lowest(leaf.operator, leaf.value)
    const ceiling = highest(leaf.operator, leaf.value)
    if (floor !== null && floor > low.value) low = { value: floor, leaf }
    if (ceiling !== null && (high === null || ceiling < high.value)) high = { value: ceiling, leaf }
  }
  if (high === null || low.leaf === undefined || low.value <= high.value) return null
  return low.value === 0n
    ? `${expressionText(high.leaf)} can never hold`
    : clash(low.leaf, high.leaf)
}

function lowest(operator: Comparison, value: bigint): bigint | null {
  if (operator === 'gt') return value + 1n
  return operator === 'gte' || operator === 'eq' ? value : null
}

function highest(operator: Comparison, value: bigint): bigint | null {
  if (operator === 'lt') return value - 1n
  return operator === 'lte' || operator === 'eq' ? value : null
}

/** Named values: what one condition allows and another does not. */
function valuesConflict(leaves: readonly Leaf[]): string | null {
  let allowed: { values: ReadonlySet<Scalar>; leaf: Leaf } | null = null
  for (const leaf of leaves) {
    const values = allowedValues(leaf)
    if (values === null) continue
    const left: ReadonlySet<Scalar> =
      allowed === null ? values : allowed.values.intersection(values)
    if (left.size === 0) return allowed === null ? null : clash(allowed.leaf, leaf)
    allowed = { values: left, leaf }
  }
  if (allowed === null) return null
  for (const leaf of leaves) {
    const { values } = allowed
    if ([...values].every((value) => rejects(leaf, value))) return clash(allowed.leaf, leaf)
  }
  return null
}

/** The only values a condition lets through; null when it lists none. Sets may hold several. */
function allowedValues(leaf: Leaf): ReadonlySet<Scalar> | null {
  if (leaf.attribute.type === 'set') return null
  if (leaf.kind === 'compare' && leaf.operator === 'eq') return new Set([leaf.value])
  return leaf.kind === 'in' ? new Set(leaf.values) : null
}

function rejects(leaf: Leaf, value: Scalar): boolean {
  if (leaf.kind === 'notIn') return leaf.values.includes(value)
  if (leaf.kind !== 'compare') return false
  if (leaf.operator === 'ne') return leaf.value === value
  if (typeof value !== 'bigint' || typeof leaf.value !== 'bigint') return false
  const floor = lowest(leaf.operator, leaf.value)
  const ceiling = highest(leaf.operator, leaf.value)
  return (floor !== null && value < floor) || (ceiling !== null && value > ceiling)
}

function clash(a: Leaf, b: Leaf): string {
  return `${expressionText(a)} and ${expressionText(b)} contradict each other`
}
