import type { Availability } from '../../protocol/explanation.ts'
import {
  conjuncts,
  type Expression,
  expressionText,
  expressionToJson,
  type MatchJson,
} from '../../protocol/request/expression.ts'
import { attestedAttribute } from '../../protocol/request/policy.ts'
import type { MachineSelection, Request, RoleChoice } from '../../protocol/request.ts'
import { answerExpression } from './answer-expression.ts'
import type { Answer } from './index/answer.ts'
import { popCount } from './index/bitset.ts'
import type { FleetIndex } from './index/fleet-index.ts'

/** One condition of a role with its answer. `expression` null: machines named by the request. */
export interface Clause {
  readonly text: string
  /** The same as in a request. */
  readonly match: MatchJson
  readonly expression: Expression | null
  /** Where the request says it: a clause of `match`, or one of its other fields. */
  readonly origin: 'match' | 'machines' | 'security'
  readonly answer: Answer
}

/** All conditions of a role over all machines. */
export interface Funnel {
  readonly clauses: readonly Clause[]
  /** Machines that pass all clauses. */
  readonly eligible: Int32Array
  readonly availability: Availability
  /** By clause: machines that pass it and all before it. */
  readonly remaining: Int32Array
}

/** Answers the clauses of a role: those of its `match`, then what else the request says. */
export function funnelOf(
  request: Pick<Request, 'security'>,
  role: RoleChoice & { readonly machines: MachineSelection },
  index: FleetIndex,
): Funnel {
  const clauses = conjuncts(role.match).map((expression) => matchClause(expression, index))
  if (request.security.attested === 'required') {
    const attested: Expression = {
      kind: 'compare',
      attribute: attestedAttribute,
      operator: 'eq',
      value: true,
    }
    clauses.push({ ...matchClause(attested, index), origin: 'security' })
  }
  const { include, exclude } = role.machines
  if (include !== null || exclude.length > 0) clauses.push(selectionClause(role.machines, index))
  return pour(clauses, index)
}

function matchClause(expression: Expression, index: FleetIndex): Clause {
  const answer = answerExpression(expression, index)
  return { ...writtenOf(expression), expression, origin: 'match', answer }
}

/** A condition as it is written, for people and in a request. */
type Written = Pick<Clause, 'text' | 'match'>

/** Conditions as they are written: a request may be matched many times while it waits. */
const known = new WeakMap<Expression, Written>()

function writtenOf(expression: Expression): Written {
  const kept = known.get(expression)
  if (kept !== undefined) return kept
  const made = { text: expressionText(expression), match: expressionToJson(expression) }
  known.set(expression, made)
  return made
}

function selectionClause({ include, exclude }: MachineSelection, index: FleetIndex): Clause {
  const yes = index.scratch.zeros()
  let yesCount = 0
  const put = (id: string, isIn: boolean) => {
    const slot = index.slotOf(id)
    if (slot === null) return
    const word = yes[slot >>> 5] ?? 0
    const bit = 1 << (slot & 31)
    if (((word & bit) !== 0) !== isIn) yesCount += isIn ? 1 : -1
    yes[slot >>> 5] = isIn ? word | bit : word & ~bit
  }
  if (include === null) {
    yes.set(index.live.words)
    yesCount = index.live.count
  } else {
    for (const id of include) put(id, true)
  }
  for (const id of exclude) put(id, false)
  const parts = [
    ...(include === null ? [] : [`one of ${include.length} machines named`]),
    ...(exclude.length === 0 ? [] : [`none of ${exclude.length} machines named`]),
  ]
  const answer = { yes, unknown: index.scratch.zeros(), yesCount, unknownCount: 0 }
  return { text: parts.join(' and '), match: {}, expression: null, origin: 'machines', answer }
}

function pour(clauses: readonly Clause[], index: FleetIndex): Funnel {
  const eligible = index.scratch.take()
  const all = index.live.words
  const [first, ...others] = clauses.map((clause) => clause.answer)
  eligible.set(first?.yes ?? all)
  const remaining = new Int32Array(clauses.length)
  if (first !== undefined) remaining[0] = first.yesCount
  for (let from = 0; from < others.length; from += 4) {
    // Arrays of their own, so that the loop over machines looks nothing up.
    const yes = (at: number) => others[from + at]?.yes ?? all
    remaining.set(
      pourFour(eligible, yes(0), yes(1), yes(2), yes(3)).slice(0, others.length - from),
      from + 1,
    )
  }
  const total = remaining.at(-1) ?? index.live.count
  const [free, held] = total === 0 ? [0, 0] : countIn(eligible, index.free.words, index.held.words)
  const availability = { total, free, held, unschedulable: total - free - held }
  return { clauses, eligible, availability, remaining }
}

/** How many machines are in a first set and in a second one. */
function countIn(
  machines: Int32Array,
  first: Int32Array,
  second: Int32Array,
): readonly [first: number, second: number] {
  let [inFirst, inSecond] = [0, 0]
  for (let at = 0; at < machines.length; at += 1) {
    const word = machines[at] ?? 0
    if (word === 0) continue
    inFirst += popCount(word & (first[at] ?? 0))
    inSecond += popCount(word & (second[at] ?? 0))
  }
  return [inFirst, inSecond]
}

/** Lets machines through four answers, one after the other, and counts those left after each. */
function pourFour(
  eligible: Int32Array,
  first: Int32Array,
  second: Int32Array,
  third: Int32Array,
  fourth: Int32Array,
): readonly number[] {
  let [afterFirst, afterSecond, afterThird, afterFourth] = [0, 0, 0, 0]
  for (let at = 0; at < eligible.length; at += 1) {
    let word = (eligible[at] ?? 0) & (first[at] ?? 0)
    if (word !== 0) {
      afterFirst += popCount(word)
      word &= second[at] ?? 0
    }
    if (word !== 0) {
      afterSecond += popCount(word)
      word &= third[at] ?? 0
    }
    if (word !== 0) {
      afterThird += popCount(word)
      word &= fourth[at] ?? 0
    }
    if (word !== 0) afterFourth += popCount(word)
    eligible[at] = word
  }
  return [afterFirst, afterSecond, afterThird, afterFourth]
}
