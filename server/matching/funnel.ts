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
import { countCommon, keepCommon } from './index/bitset.ts'
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
  const [first, ...others] = clauses.map((clause) => clause.answer)
  eligible.set(first?.yes ?? index.live.words)
  const remaining = new Int32Array(clauses.length)
  if (first !== undefined) remaining[0] = first.yesCount
  others.forEach(({ yes }, at) => {
    // Nothing is left of nothing: requests that cannot be met often fail at the start.
    remaining[at + 1] = remaining[at] === 0 ? 0 : keepCommon(eligible, yes)
  })
  const total = remaining.at(-1) ?? index.live.count
  const free = total === 0 ? 0 : countCommon(eligible, index.free.words)
  const held = total === 0 ? 0 : countCommon(eligible, index.held.words)
  const availability = { total, free, held, unschedulable: total - free - held }
  return { clauses, eligible, availability, remaining }
}
