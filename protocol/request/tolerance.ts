import { type Expression, allOf, type Leaf } from './expression.ts'
import { millionths, movedBound, type Nominal } from './nominal.ts'

/** At most half of the value: beyond that nothing is left of a size. */
const maxTolerance = millionths / 2n

/**
 * A tolerance such as `3%` or `0.03` in millionths; null when it is none. For sizes that are sold by
 * a round number and reported less what firmware keeps: 1 TiB of memory of which 1007 GiB are usable.
 */
export function parseTolerance(value: unknown): bigint | null {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return null
  const found = /^(\d{1,3})(?:\.(\d{1,6}))?\s*(%?)$/.exec(text.trim())
  if (found === null) return null
  const [, whole = '', decimals = '', percent = ''] = found
  const parsed = BigInt(whole + decimals.padEnd(6, '0'))
  const tolerance = percent === '%' ? parsed / 100n : parsed
  return tolerance > maxTolerance ? null : tolerance
}

/**
 * The conditions with every bound moved outwards by a tolerance, equality to both sides. Exact for
 * whole steps: `x >= v * 0.97` holds for the same values after as before. Each keeps what was
 * written, so that its text says both. Null where a condition has no bound to move.
 */
export function widen(expression: Expression, tolerance: bigint): Expression | null {
  if (expression.kind === 'and') {
    const widened = expression.of.map((part) => widen(part, tolerance))
    const known = widened.filter((part) => part !== null)
    return known.length === widened.length ? allOf(known) : null
  }
  if (expression.kind !== 'compare' || typeof expression.value !== 'bigint') return null
  const nominal = { value: expression.value, toleranceMillionths: tolerance }
  return widenComparison(expression, nominal)
}

type CompareLeaf = Extract<Leaf, { kind: 'compare' }>

function widenComparison(leaf: CompareLeaf, nominal: Nominal): Expression | null {
  if (leaf.operator === 'ne') return null
  if (leaf.operator !== 'eq') return moved(leaf, leaf.operator, nominal)
  return allOf([moved(leaf, 'gte', nominal), moved(leaf, 'lte', nominal)])
}

function moved(
  leaf: CompareLeaf,
  operator: CompareLeaf['operator'],
  nominal: Nominal,
): CompareLeaf {
  const value = movedBound(operator, nominal) ?? nominal.value
  // What a tolerance does not move is as it was written.
  return value === nominal.value
    ? { ...leaf, operator, value }
    : { ...leaf, operator, value, nominal }
}
