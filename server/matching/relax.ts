import type { AttributeInfo, AttributeValue } from '../../protocol/attributes/definition.ts'
import { compareVersions, parseVersion } from '../../protocol/attributes/version.ts'
import type { Expression, Leaf, Scalar } from '../../protocol/request/expression.ts'
import { requestLimits } from '../../protocol/request/limits.ts'
import { compile, countDevices, type Predicate } from './evaluate.ts'
import type { Column } from './index/column.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import { ListColumn } from './index/list-column.ts'
import { NumericColumn } from './index/numeric-column.ts'
import { nthLargest } from './select.ts'

/** No condition at all: the clause is dropped. */
export const anything: Expression = { kind: 'and', of: [] }

/**
 * Smallest changes of a clause that let in machines which fail nothing else (`failing`, by slot): for
 * one machine, for as many as are `missing`, and for all that a change of this clause can let in.
 */
export function relaxedClauses(
  clause: Expression,
  failing: Int32Array,
  missing: number,
  index: FleetIndex,
): readonly Expression[] {
  if (failing.length === 0) return []
  const enough = Math.min(Math.max(missing, 1), failing.length)
  const counts = [...new Set([1, enough, failing.length])].toSorted((a, b) => a - b)
  const relax = relaxing(clause, failing, index)
  return counts.flatMap((count) => relax(count) ?? [])
}

/** Gives the clause changed as little as lets in so many; null where dropping it is all. */
type Relaxing = (count: number) => Expression | null

function relaxing(clause: Expression, failing: Int32Array, index: FleetIndex): Relaxing {
  if (clause.kind === 'compare') {
    return isOrdered(clause.operator)
      ? relaxedBound(clause, failing, index)
      : relaxedNames(clause, failing, index)
  }
  if (clause.kind === 'count') return (count) => relaxedCount(clause, failing, count, index)
  if (clause.kind === 'in' || clause.kind === 'has') return relaxedNames(clause, failing, index)
  if (clause.kind === 'glob' || clause.kind === 'semver') {
    return relaxedNames(clause, failing, index)
  }
  return () => null
}

type CompareLeaf = Extract<Leaf, { kind: 'compare' }>
type CountLeaf = Extract<Leaf, { kind: 'count' }>

function isOrdered(operator: CompareLeaf['operator']): boolean {
  return operator !== 'eq' && operator !== 'ne'
}

/** A lower or upper bound moved to the value of the nearest machine, or of one farther away. */
function relaxedBound(clause: CompareLeaf, failing: Int32Array, index: FleetIndex): Relaxing {
  const lower = clause.operator === 'gte' || clause.operator === 'gt'
  const column = index.column(clause.attribute)
  const valueOf =
    column instanceof NumericColumn
      ? nearestAmount(column, failing, lower)
      : nearestVersion(
          failing.values().map((slot) => column.valueAt(slot)),
          lower,
        )
  return (count) => {
    const value = valueOf(count)
    return value === null ? null : { ...clause, operator: lower ? 'gte' : 'lte', value }
  }
}

/** Gives the value of the n-th nearest machine, of those that have one. */
function nearestAmount(
  column: NumericColumn,
  failing: Int32Array,
  lower: boolean,
): (count: number) => bigint | null {
  const { floats } = column
  const values = new Float64Array(failing.length)
  let known = 0
  let nearest = -Infinity
  let farthest = Infinity
  for (let at = 0; at < failing.length; at += 1) {
    const value = floats[failing[at] ?? 0] ?? Number.NaN
    if (Number.isNaN(value)) continue
    const reach = lower ? value : -value
    if (reach > nearest) nearest = reach
    if (reach < farthest) farthest = reach
    values[known] = reach
    known += 1
  }
  return (count) => {
    if (known === 0) return null
    if (count === 1) return exactAt(column, failing, nearest, lower)
    const wanted = count >= known ? farthest : nthLargest(values.subarray(0, known), count - 1)
    return exactAt(column, failing, wanted, lower)
  }
}

/** The exact value of a float; of several that are one float the farthest, so that all are let in. */
function exactAt(
  column: NumericColumn,
  failing: Int32Array,
  reach: number,
  lower: boolean,
): bigint | null {
  const { floats } = column
  const wanted = lower ? reach : -reach
  if (Number.isSafeInteger(wanted)) return BigInt(wanted)
  let farthest: bigint | null = null
  for (let at = 0; at < failing.length; at += 1) {
    const slot = failing[at] ?? 0
    if (floats[slot] !== wanted) continue
    const exact = column.valueAt(slot)
    if (typeof exact !== 'bigint') continue
    if (farthest === null || (lower ? exact < farthest : exact > farthest)) farthest = exact
  }
  return farthest
}

function nearestVersion(
  values: Iterable<AttributeValue | null | undefined>,
  lower: boolean,
): (count: number) => string | null {
  const versions = [...values].filter((value) => typeof value === 'string')
  const order = (a: string, b: string) =>
    compareVersions(parseVersion(a) ?? [], parseVersion(b) ?? [])
  const sorted = versions.toSorted(
    (a, b) => (lower ? order(b, a) : order(a, b)) || (a < b ? -1 : 1),
  )
  return (count) => sorted[Math.min(count, sorted.length) - 1] ?? null
}

/** The wanted number of devices moved to what the `count`-th nearest machine surely has. */
function relaxedCount(
  clause: CountLeaf,
  failing: Int32Array,
  count: number,
  index: FleetIndex,
): Expression | null {
  const column = index.column(clause.attribute)
  if (!isOrdered(clause.operator) || !(column instanceof ListColumn)) return null
  const lower = clause.operator === 'gte' || clause.operator === 'gt'
  const where: Predicate | null = clause.where === null ? null : compile(clause.where)
  const view = column.view(clause)
  const counted = new Map<number, number | null>()
  const numbers: number[] = []
  for (let at = 0; at < failing.length; at += 1) {
    const slot = failing[at] ?? 0
    const code = view.codes[slot] ?? 0
    let number = counted.get(code)
    if (number === undefined) {
      const range = countDevices(view.valueAt(slot), where)
      number = range === null ? null : lower ? range.lowest : range.highest
      counted.set(code, number)
    }
    if (number !== null) numbers.push(number)
  }
  numbers.sort((a, b) => (lower ? b - a : a - b))
  const value = numbers[Math.min(count, numbers.length) - 1]
  if (value === undefined) return null
  return { ...clause, operator: lower ? 'gte' : 'lte', value: BigInt(value) }
}

/** One of the names that the machines have, too: the most frequent ones until `count` are let in. */
function relaxedNames(clause: Leaf, failing: Int32Array, index: FleetIndex): Relaxing {
  const { attribute } = clause
  // Of two values, both allowed is no condition.
  if (attribute.type === 'bool') return () => null
  const named = valuesOf(index.column(attribute), failing).filter((own) => own.names.length > 0)
  return (count) => {
    const names: Scalar[] = []
    let open = named
    let left = count
    while (open.length > 0 && left > 0 && names.length < requestLimits.listLength / 2) {
      const name = mostFrequent(open)
      if (name === null) break
      names.push(name)
      for (const own of open) if (own.names.includes(name)) left -= own.count
      open = open.filter((own) => !own.names.includes(name))
    }
    return names.length === 0 ? null : withNames(clause, attribute, names)
  }
}

/** Some machines by the names they have. */
interface NamedMachines {
  readonly names: readonly Scalar[]
  count: number
}

function valuesOf(column: Column, slots: Int32Array): readonly NamedMachines[] {
  const found = new Map<unknown, NamedMachines>()
  for (let at = 0; at < slots.length; at += 1) {
    const value = column.valueAt(slots[at] ?? 0)
    const known = found.get(value)
    if (known === undefined) found.set(value, { names: namesOf(value), count: 1 })
    else known.count += 1
  }
  return [...found.values()]
}

/** The name most machines have, of equal ones the first in the alphabet. */
function mostFrequent(machines: readonly NamedMachines[]): Scalar | null {
  const counts = new Map<Scalar, number>()
  for (const { names, count } of machines) {
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + count)
  }
  const [first] = [...counts].toSorted(
    ([a, of], [b, other]) => other - of || (String(a) < String(b) ? -1 : 1),
  )
  return first?.[0] ?? null
}

function withNames(
  clause: Leaf,
  attribute: AttributeInfo,
  names: readonly Scalar[],
): Expression | null {
  if (clause.kind === 'compare' && clause.operator === 'eq') {
    return { kind: 'in', attribute, values: [clause.value, ...names] }
  }
  if (clause.kind === 'in' && clause.values.length + names.length <= requestLimits.listLength) {
    return { kind: 'in', attribute, values: [...clause.values, ...names] }
  }
  // The only name that `ne` refuses is the one they have: nothing but dropping it helps.
  if (clause.kind === 'compare') return null
  return { kind: 'or', of: [clause, { kind: 'in', attribute, values: names }] }
}

/** The names in a value: the members of a set, or the one value. */
export function namesOf(value: AttributeValue | null | undefined): readonly Scalar[] {
  if (value === undefined || value === null) return []
  if (typeof value !== 'object') return [value]
  return value.kind === 'set' ? value.members : []
}
