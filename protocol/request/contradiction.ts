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
  const leaves = conditions.filter((condition) => isLeaf(condition))
  for (const own of Map.groupBy(leaves, ({ attribute }) => attribute.name).values()) {
    const conflict = presenceConflict(own)
    if (conflict !== null) return conflict
  }
  for (const own of Map.groupBy(leaves, subjectOf).values()) {
    const conflict = conflictAmong(own)
    if (conflict !== null) return conflict
  }
  const opposite = oppositeAmong(conditions)
  if (opposite !== null) return opposite
  for (const inner of conditions.flatMap(innerExpressions)) {
    const conflict = findContradiction(inner)
    if (conflict !== null) return conflict
  }
  return null
}

/** A condition and its `not`. */
function oppositeAmong(conditions: readonly Expression[]): string | null {
  const negated = conditions.flatMap((condition) => (condition.kind === 'not' ? [condition] : []))
  if (negated.length === 0) return null
  const written = new Map(conditions.map((one) => [canonicalJson(expressionToJson(one)), one]))
  for (const not of negated) {
    const same = written.get(canonicalJson(expressionToJson(not.of)))
    if (same !== undefined) return clash(same, not)
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
  return (
    boundsConflict(leaves) ??
    valuesConflict(leaves) ??
    membersConflict(leaves) ??
    boolsConflict(leaves)
  )
}

/** What has to be there, and not. */
function presenceConflict(leaves: readonly Leaf[]): string | null {
  const absent = leaves.find((leaf) => leaf.kind === 'exists' && !leaf.wanted)
  const none = leaves.find(wantsNoDevice)
  const value = leaves.find(demandsValue)
  const device = leaves.find(demandsDevice)
  if (absent !== undefined && value !== undefined) return clash(absent, value)
  if (none !== undefined && device !== undefined) return clash(none, device)
  return null
}

/** A number of all devices of a list that is none. */
function wantsNoDevice(leaf: Leaf): boolean {
  return leaf.kind === 'count' && leaf.where === null && highest(leaf.operator, leaf.value) === 0n
}

/** A condition that a machine without a device of the list cannot meet. */
function demandsDevice(leaf: Leaf): boolean {
  if (leaf.kind === 'some' || leaf.kind === 'every') return true
  return leaf.kind === 'count' && (lowest(leaf.operator, leaf.value) ?? 0n) > 0n
}

/** A member that a set must have, and may not. */
function membersConflict(leaves: readonly Leaf[]): string | null {
  for (const refused of leaves) {
    if (refused.kind !== 'notIn' || refused.attribute.type !== 'set') continue
    const wanted = leaves.find((leaf) => {
      if (leaf.kind === 'has') return refused.values.includes(leaf.value)
      return leaf.kind === 'in' && leaf.values.every((value) => refused.values.includes(value))
    })
    if (wanted !== undefined) return clash(wanted, refused)
  }
  return null
}

/** What is neither true nor false. A machine without the attribute is: `ne` alone is not enough. */
function boolsConflict(leaves: readonly Leaf[]): string | null {
  const present = leaves.find((leaf) => leaf.kind === 'exists' && leaf.wanted)
  if (present === undefined || present.attribute.type !== 'bool') return null
  const [first, second] = [true, false].map((value) =>
    leaves.find(
      (leaf) => leaf.kind === 'compare' && leaf.operator === 'ne' && leaf.value === value,
    ),
  )
  return first === undefined || second === undefined ? null : clash(first, second)
}

/** A condition that a machine without the attribute cannot meet. */
function demandsValue(leaf: Leaf): boolean {
  if (leaf.kind === 'exists') return leaf.wanted
  if (leaf.kind === 'compare') return leaf.operator !== 'ne'
  return leaf.kind === 'count' ? demandsDevice(leaf) : leaf.kind !== 'notIn'
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

function clash(a: Expression, b: Expression): string {
  return `${expressionText(a)} and ${expressionText(b)} contradict each other`
}
