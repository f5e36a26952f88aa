import type { Availability } from '../../protocol/explanation.ts'
import { conjuncts, type Expression, expressionText } from '../../protocol/request/expression.ts'
import { attestedAttribute } from '../../protocol/request/policy.ts'
import type { MachineSelection, Request, RoleChoice } from '../../protocol/request.ts'
import { answerExpression } from './answer-expression.ts'
import type { Answer } from './index/answer.ts'
import { popCount } from './index/bitset.ts'
import type { FleetIndex } from './index/fleet-index.ts'

/** One condition of a role with its answer. `expression` null: machines named by the request. */
export interface Clause {
  readonly text: string
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
  /** Machines that fail, or are unknown to, exactly one clause. */
  readonly nearly: Int32Array
  /** Machines that fail no clause, but whose answer to at least one is unknown. */
  readonly unknown: number
  /** By clause: machines that pass it and all before it. */
  readonly remaining: Int32Array
  /** By clause: machines that pass every other clause and fail this one. */
  readonly failsOnly: Int32Array
  readonly unknownOnly: Int32Array
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
  return { text: expressionText(expression), expression, origin: 'match', answer }
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
  return { text: parts.join(' and '), expression: null, origin: 'machines', answer }
}

/** One pass over all machines, 32 at a time. */
function pour(clauses: readonly Clause[], index: FleetIndex): Funnel {
  const size = clauses.length
  const live = index.live.words
  const free = index.free.words
  const held = index.held.words
  const eligible = index.scratch.take()
  const nearly = index.scratch.take()
  const remaining = new Int32Array(size)
  const failsOnly = new Int32Array(size)
  const unknownOnly = new Int32Array(size)
  const yes = clauses.map(({ answer }) => answer.yes)
  const open = clauses.map(({ answer }) => answer.unknown)
  const anyUnknown = clauses.some(({ answer }) => answer.unknownCount > 0)
  const counts = { free: 0, held: 0, unschedulable: 0 }
  let unknown = 0
  for (let at = 0; at < eligible.length; at += 1) {
    const all = live[at] ?? 0
    let passing = all
    let once = 0
    let twice = 0
    for (let clause = 0; clause < size; clause += 1) {
      const holds = yes[clause]?.[at] ?? 0
      const fails = all & ~holds
      twice |= once & fails
      once |= fails
      passing &= holds
      if (passing !== 0) remaining[clause] = (remaining[clause] ?? 0) + popCount(passing)
      else if (twice === all) break
    }
    const single = once & ~twice
    eligible[at] = passing
    nearly[at] = single
    if (single !== 0) {
      for (let clause = 0; clause < size; clause += 1) {
        const own = single & ~(yes[clause]?.[at] ?? 0)
        if (own === 0) continue
        const unsure = anyUnknown ? own & (open[clause]?.[at] ?? 0) : 0
        failsOnly[clause] = (failsOnly[clause] ?? 0) + popCount(own ^ unsure)
        if (unsure !== 0) unknownOnly[clause] = (unknownOnly[clause] ?? 0) + popCount(unsure)
      }
    }
    if (anyUnknown && once !== 0) {
      let possible = all
      for (let clause = 0; clause < size && possible !== 0; clause += 1) {
        possible &= (yes[clause]?.[at] ?? 0) | (open[clause]?.[at] ?? 0)
      }
      unknown += popCount(possible & ~passing)
    }
    if (passing === 0) continue
    const isFree = passing & (free[at] ?? 0)
    const isHeld = passing & (held[at] ?? 0)
    if (isFree !== 0) counts.free += popCount(isFree)
    if (isHeld !== 0) counts.held += popCount(isHeld)
    const others = passing & ~(isFree | isHeld)
    if (others !== 0) counts.unschedulable += popCount(others)
  }
  const total = counts.free + counts.held + counts.unschedulable
  return {
    clauses,
    eligible,
    availability: { total, ...counts },
    nearly,
    unknown,
    remaining,
    failsOnly,
    unknownOnly,
  }
}
