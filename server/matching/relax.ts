import type { AttributeInfo } from '../../protocol/attributes/definition.ts'
import { compareVersions, parseVersion } from '../../protocol/attributes/version.ts'
import type { Relaxation } from '../../protocol/explanation.ts'
import {
  type Expression,
  expressionText,
  expressionToJson,
  type Leaf,
  type Scalar,
} from '../../protocol/request/expression.ts'
import { requestLimits } from '../../protocol/request/limits.ts'
import { type Candidate, countAvailability } from './candidate.ts'
import { compile, countDevices, type Predicate } from './evaluate.ts'

/** Names of machines listed with a relaxation. */
const maxMachines = 10

/** Machines that pass every clause but one, in order of their ids. */
export interface Outsiders {
  /** The clause answers no. */
  readonly failing: readonly Candidate[]
  /** It answers no or does not know. */
  readonly all: readonly Candidate[]
}

/**
 * Smallest changes of a clause that let in machines which fail nothing else: for one machine, for as
 * many as are `missing`, and for all that a change of this clause can let in.
 */
export function relaxations(
  clause: Expression,
  { failing, all }: Outsiders,
  missing: number,
): readonly Relaxation[] {
  if (failing.length === 0) return []
  const counts = [...new Set([1, Math.min(Math.max(missing, 1), failing.length), failing.length])]
  const found: Relaxation[] = []
  let complete = false
  for (const count of counts.toSorted((a, b) => a - b)) {
    const relaxed = relaxedFor(clause, failing, count)
    if (relaxed === null) continue
    const now = describe(relaxed, all)
    if (now.admits.total <= (found.at(-1)?.admits.total ?? 0)) continue
    found.push(now)
    const passes = compile(relaxed)
    complete = failing.every((candidate) => passes(candidate.attributes) === 'yes')
  }
  if (!complete && found.length < 3) found.push(describe(anything, all))
  return found
}

/** No condition at all: the clause is dropped. */
const anything: Expression = { kind: 'and', of: [] }

function describe(relaxed: Expression, outsiders: readonly Candidate[]): Relaxation {
  const passes = compile(relaxed)
  const admitted = outsiders.filter((candidate) => passes(candidate.attributes) === 'yes')
  return {
    match: expressionToJson(relaxed),
    text: relaxed === anything ? 'without this condition' : expressionText(relaxed),
    admits: countAvailability(admitted),
    machines: admitted.slice(0, maxMachines).map((candidate) => candidate.id),
  }
}

/** The clause changed as little as lets in `count` of the machines; null where dropping it is all. */
function relaxedFor(
  clause: Expression,
  failing: readonly Candidate[],
  count: number,
): Expression | null {
  if (clause.kind === 'compare') {
    return isOrdered(clause.operator)
      ? relaxedBound(clause, failing, count)
      : relaxedNames(clause, failing, count)
  }
  if (clause.kind === 'count') return relaxedCount(clause, failing, count)
  if (clause.kind === 'in' || clause.kind === 'has') return relaxedNames(clause, failing, count)
  if (clause.kind === 'glob' || clause.kind === 'semver') {
    return relaxedNames(clause, failing, count)
  }
  return null
}

type CompareLeaf = Extract<Leaf, { kind: 'compare' }>
type CountLeaf = Extract<Leaf, { kind: 'count' }>

function isOrdered(operator: CompareLeaf['operator']): boolean {
  return operator !== 'eq' && operator !== 'ne'
}

/** A lower or upper bound moved to the value of the `count`-th nearest machine. */
function relaxedBound(
  clause: CompareLeaf,
  failing: readonly Candidate[],
  count: number,
): Expression | null {
  const lower = clause.operator === 'gte' || clause.operator === 'gt'
  const values = failing
    .map((candidate) => candidate.attributes.get(clause.attribute.name))
    .filter((value) => typeof value === 'bigint' || typeof value === 'string')
    .toSorted((a, b) => (lower ? compareScalars(b, a) : compareScalars(a, b)))
  const value = values[Math.min(count, values.length) - 1]
  return value === undefined ? null : { ...clause, operator: lower ? 'gte' : 'lte', value }
}

function compareScalars(a: bigint | string, b: bigint | string): number {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : Number(a > b)
  return compareVersions(parseVersion(String(a)) ?? [], parseVersion(String(b)) ?? [])
}

/** The wanted number of devices moved to what the `count`-th nearest machine surely has. */
function relaxedCount(
  clause: CountLeaf,
  failing: readonly Candidate[],
  count: number,
): Expression | null {
  if (!isOrdered(clause.operator)) return null
  const lower = clause.operator === 'gte' || clause.operator === 'gt'
  const where: Predicate | null = clause.where === null ? null : compile(clause.where)
  const numbers = failing
    .flatMap((candidate) => {
      const counted = countDevices(candidate.attributes.get(clause.attribute.name), where)
      if (counted === null) return []
      return [lower ? counted.lowest : counted.highest]
    })
    .toSorted((a, b) => (lower ? b - a : a - b))
  const value = numbers[Math.min(count, numbers.length) - 1]
  if (value === undefined) return null
  return { ...clause, operator: lower ? 'gte' : 'lte', value: BigInt(value) }
}

/** One of the names that the machines have, too: the most frequent ones until `count` are let in. */
function relaxedNames(
  clause: Leaf,
  failing: readonly Candidate[],
  count: number,
): Expression | null {
  const { attribute } = clause
  // Of two values, both allowed is no condition.
  if (attribute.type === 'bool') return null
  const names: Scalar[] = []
  let open = failing.filter((candidate) => namesOf(candidate, attribute).length > 0)
  const total = open.length
  while (open.length > 0 && total - open.length < count) {
    const [frequent] = byFrequency(open.flatMap((candidate) => namesOf(candidate, attribute)))
    if (frequent === undefined || names.length >= requestLimits.listLength / 2) break
    names.push(frequent.value)
    open = open.filter((candidate) => !namesOf(candidate, attribute).includes(frequent.value))
  }
  if (names.length === 0) return null
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

/** The names a machine has under an attribute: the members of a set, or its one value. */
export function namesOf(candidate: Candidate, attribute: AttributeInfo): readonly Scalar[] {
  const value = candidate.attributes.get(attribute.name)
  if (value === undefined || value === null) return []
  if (typeof value !== 'object') return [value]
  return value.kind === 'set' ? value.members : []
}

/** Values with how often they occur, most frequent first. */
export function byFrequency(
  values: readonly Scalar[],
): readonly { readonly value: Scalar; readonly count: number }[] {
  const counts = new Map<Scalar, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count || (String(a.value) < String(b.value) ? -1 : 1))
}
