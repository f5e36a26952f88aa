import type { AttributeInfo, AttributeValue } from '../../protocol/attributes/definition.ts'
import { conjuncts, type Expression } from '../../protocol/request/expression.ts'
import type { Preference, Role } from '../../protocol/request.ts'
import type { Candidate } from './candidate.ts'
import { compile, countDevices, type Predicate } from './evaluate.ts'

/** Why one machine comes before another for a role, see `Choice` of the explanation. */
export interface Score {
  /** More is better. */
  readonly preference: number
  /** Less is better. */
  readonly scarcity: number
  /** Less is better. */
  readonly surplus: number
}

/**
 * Scores of machines for a role: what the request prefers, then keeping rare machines for those who
 * need them, then the tightest fit.
 */
export function scorer(
  role: Role,
  eligible: readonly Candidate[],
  scarcityOf: (candidate: Candidate) => number,
): (candidate: Candidate) => Score {
  const preferences = role.prefer.map((preference) => preferenceOf(preference, eligible))
  const surpluses = conjuncts(role.match).flatMap(surplusOf)
  return (candidate) => ({
    preference: rounded(sum(preferences.map((share) => share(candidate)))),
    scarcity: rounded(scarcityOf(candidate)),
    surplus: rounded(sum(surpluses.map((surplus) => surplus(candidate)))),
  })
}

/** Order of machines with their scores; the id decides last, so that no two are equal. */
export function byScore(
  a: { readonly id: string; readonly score: Score },
  b: { readonly id: string; readonly score: Score },
): number {
  return (
    b.score.preference - a.score.preference ||
    a.score.scarcity - b.score.scarcity ||
    a.score.surplus - b.score.surplus ||
    (a.id < b.id ? -1 : Number(a.id > b.id))
  )
}

/** What makes a machine worth keeping for requests that need it. */
const capabilities = [
  'gpu.count',
  'cpu.cores',
  'memory.size',
  'storage.nvmeSize',
  'nic.speedMax',
] as const

/** The share of the fleet a machine outclasses, on average over {@link capabilities}. 0 to 1. */
export function scarcityIn(candidates: readonly Candidate[]): (candidate: Candidate) => number {
  const columns = capabilities.map((name) => ({
    name,
    sorted: candidates
      .map((candidate) => amount(candidate.attributes.get(name)))
      .toSorted((a, b) => (a < b ? -1 : Number(a > b))),
  }))
  return (candidate) => {
    const shares = columns.map(({ name, sorted }) => {
      const below = countBelow(sorted, amount(candidate.attributes.get(name)))
      return below / Math.max(1, sorted.length)
    })
    return sum(shares) / capabilities.length
  }
}

function preferenceOf(
  { attribute, order, weight }: Preference,
  eligible: readonly Candidate[],
): (candidate: Candidate) => number {
  const valueOf = (candidate: Candidate) => number(candidate.attributes.get(attribute.name))
  const known = eligible.map(valueOf).filter((value) => value !== null)
  const low = known.reduce((least, value) => Math.min(least, value), Infinity)
  const high = known.reduce((most, value) => Math.max(most, value), -Infinity)
  return (candidate) => {
    const value = valueOf(candidate)
    // An unknown figure is no reason to choose a machine.
    if (value === null) return 0
    const share = high === low ? 1 : (value - low) / (high - low)
    return weight * (order === 'high' ? share : high === low ? 1 : 1 - share)
  }
}

/** What a machine has beyond a lower bound, as a ratio of the bound. */
function surplusOf(clause: Expression): readonly ((candidate: Candidate) => number)[] {
  if (clause.kind !== 'compare' && clause.kind !== 'count') return []
  if (clause.operator !== 'gte' && clause.operator !== 'gt') return []
  const bound = typeof clause.value === 'bigint' ? Number(clause.value) : null
  if (bound === null) return []
  const where = clause.kind === 'count' && clause.where !== null ? compile(clause.where) : null
  const amountOf =
    clause.kind === 'count' ? countOf(clause.attribute, where) : plain(clause.attribute)
  return [
    (candidate) => {
      const value = amountOf(candidate)
      return value === null ? 0 : Math.max(0, value - bound) / Math.max(1, bound)
    },
  ]
}

function plain(attribute: AttributeInfo): (candidate: Candidate) => number | null {
  return (candidate) => number(candidate.attributes.get(attribute.name))
}

function countOf(
  attribute: AttributeInfo,
  where: Predicate | null,
): (candidate: Candidate) => number | null {
  return (candidate) =>
    countDevices(candidate.attributes.get(attribute.name), where)?.lowest ?? null
}

function number(value: AttributeValue | null | undefined): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'bigint' ? Number(value) : null
}

/** Below every amount when there is none or nobody knows. */
function amount(value: AttributeValue | null | undefined): bigint {
  return typeof value === 'bigint' ? value : -1n
}

function countBelow(sorted: readonly bigint[], value: bigint): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0n) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Sums of floats in the order of the request, rounded so that no last bit decides. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
