import { type Expression, allOf, type Leaf } from './expression.ts'

/** Parts of one that a tolerance counts in: `0.5%` is 5000. */
const parts = 1_000_000n

/** At most half of the value: beyond that nothing is left of a size. */
const maxTolerance = parts / 2n

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
  const millionths = BigInt(whole + decimals.padEnd(6, '0'))
  const tolerance = percent === '%' ? millionths / 100n : millionths
  return tolerance > maxTolerance ? null : tolerance
}

/**
 * The conditions with every bound moved outwards by a tolerance, equality to both sides. Exact for
 * whole steps: `x >= v * 0.97` holds for the same values after as before. Null where a condition has
 * no bound to move.
 */
export function widen(expression: Expression, tolerance: bigint): Expression | null {
  if (expression.kind === 'and') {
    const widened = expression.of.map((part) => widen(part, tolerance))
    const known = widened.filter((part) => part !== null)
    return known.length === widened.length ? allOf(known) : null
  }
  if (expression.kind !== 'compare' || typeof expression.value !== 'bigint') return null
  return widenComparison(expression, expression.value, tolerance)
}

type CompareLeaf = Extract<Leaf, { kind: 'compare' }>

function widenComparison(leaf: CompareLeaf, value: bigint, tolerance: bigint): Expression | null {
  const below = value * (parts - tolerance)
  const above = value * (parts + tolerance)
  const at = (operator: CompareLeaf['operator'], bound: bigint): CompareLeaf => ({
    ...leaf,
    operator,
    value: bound,
  })
  switch (leaf.operator) {
    case 'gte':
      return at('gte', ceiling(below))
    case 'gt':
      return at('gt', below / parts)
    case 'lte':
      return at('lte', above / parts)
    case 'lt':
      return at('lt', ceiling(above))
    case 'eq':
      return allOf([at('gte', ceiling(below)), at('lte', above / parts)])
    case 'ne':
      return null
  }
}

function ceiling(numerator: bigint): bigint {
  return (numerator + parts - 1n) / parts
}
