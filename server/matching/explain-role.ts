import type {
  Availability,
  ClauseExplanation,
  Relaxation,
  RoleExplanation,
} from '../../protocol/explanation.ts'
import {
  type Expression,
  expressionText,
  expressionToJson,
  scalarToJson,
} from '../../protocol/request/expression.ts'
import type { Role } from '../../protocol/request.ts'
import { answerExpression } from './answer-expression.ts'
import type { Clause, Funnel } from './funnel.ts'
import { countCommon, listSlots, popCount } from './index/bitset.ts'
import { DictionaryColumn } from './index/dictionary-column.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import { anything, namesOf, relaxedClauses } from './relax.ts'
import { type NearMisses, nearMissesOf } from './near-misses.ts'

/** Names of machines listed with a relaxation. */
const maxMachines = 10

/** A change of one clause, with what it lets in. */
export interface RelaxedClause {
  readonly clause: number
  readonly expression: Expression
  readonly relaxation: Relaxation
  /** The machines let in, as bits. */
  readonly admitted: Int32Array
}

/** The explanation of a role, and the changes of its clauses that it speaks of. */
export interface ExplainedRole {
  readonly explanation: RoleExplanation
  readonly relaxed: readonly RelaxedClause[]
  /** Null for a role that has enough machines. */
  readonly near: NearMisses | null
}

/**
 * The funnel of a role: what each clause lets through, alone and after the others; and for a role
 * that lacks machines (`missing` more than 0), what would let in more.
 */
export function explainRole(
  role: Role,
  funnel: Funnel,
  missing: number,
  index: FleetIndex,
): ExplainedRole {
  const near = missing > 0 ? nearMissesOf(funnel, index) : null
  const relaxed = near === null ? [] : relaxAll(funnel, near, missing, index)
  const total = index.size
  return {
    relaxed,
    near,
    explanation: {
      name: role.name,
      wanted: role.count.min,
      most: role.count.max,
      eligible: funnel.availability,
      unknown: near?.unknown ?? null,
      clauses: funnel.clauses.map((clause, at): ClauseExplanation => {
        const { yesCount: yes, unknownCount: unknown } = clause.answer
        return {
          text: clause.text,
          match: clause.match,
          alone: { yes, no: total - yes - unknown, unknown },
          remaining: funnel.remaining[at] ?? 0,
          failsOnlyThis: near?.failsOnly[at] ?? null,
          unknownOnlyThis: near?.unknownOnly[at] ?? null,
          observed: yes === 0 ? observed(clause, index) : [],
          relaxations: relaxed.flatMap((one) => (one.clause === at ? [one.relaxation] : [])),
        }
      }),
    },
  }
}

function relaxAll(
  { clauses }: Funnel,
  near: NearMisses,
  missing: number,
  index: FleetIndex,
): readonly RelaxedClause[] {
  return clauses.flatMap((clause, at) => {
    const outside = (near.failsOnly[at] ?? 0) + (near.unknownOnly[at] ?? 0)
    return outside === 0 || clause.origin !== 'match'
      ? []
      : relaxOne(clause, at, near, missing, index)
  })
}

function relaxOne(
  { expression, answer }: Clause,
  clause: number,
  { nearly }: NearMisses,
  missing: number,
  index: FleetIndex,
): readonly RelaxedClause[] {
  if (expression === null) return []
  // Whether all machines outside are known to fail.
  const isSure = answer.unknownCount === 0
  const outside = index.scratch.take()
  const failing = isSure ? outside : index.scratch.take()
  for (let at = 0; at < outside.length; at += 1) {
    const word = (nearly[at] ?? 0) & ~(answer.yes[at] ?? 0)
    outside[at] = word
    failing[at] = word & ~(answer.unknown[at] ?? 0)
  }
  const listed = index.slotBuffer
  const failures = listed.subarray(0, listSlots(failing, listed))
  const found: RelaxedClause[] = []
  let isComplete = false
  const describe = (relaxed: Expression): RelaxedClause => {
    const { yes } = answerExpression(relaxed, index)
    const admitted = index.scratch.take()
    const admits = admit(outside, yes, admitted, index)
    const admittedFailures = isSure ? admits.total : countCommon(failing, yes)
    isComplete = admittedFailures === failures.length
    const relaxation = {
      match: expressionToJson(relaxed),
      text: relaxed === anything ? 'without this condition' : expressionText(relaxed),
      admits,
      machines: index.firstIds(admitted, admits.total, maxMachines),
    }
    return { clause, expression: relaxed, relaxation, admitted }
  }
  for (const relaxed of relaxedClauses(expression, failures, missing, index)) {
    const now = describe(relaxed)
    if (now.relaxation.admits.total > (found.at(-1)?.relaxation.admits.total ?? 0)) found.push(now)
  }
  if (!isComplete && found.length < 3) {
    const dropped = describe(anything)
    if (dropped.relaxation.admits.total > (found.at(-1)?.relaxation.admits.total ?? 0)) {
      found.push(dropped)
    }
  }
  return found
}

/** Writes those of some machines that pass into `admitted`, and counts them. */
function admit(
  outside: Int32Array,
  yes: Int32Array,
  admitted: Int32Array,
  index: FleetIndex,
): Availability {
  const free = index.free.words
  const held = index.held.words
  const counts = { total: 0, free: 0, held: 0 }
  for (let at = 0; at < admitted.length; at += 1) {
    const word = (outside[at] ?? 0) & (yes[at] ?? 0)
    admitted[at] = word
    if (word === 0) continue
    counts.total += popCount(word)
    counts.free += popCount(word & (free[at] ?? 0))
    counts.held += popCount(word & (held[at] ?? 0))
  }
  return { ...counts, unschedulable: counts.total - counts.free - counts.held }
}

/** The names machines have, for clauses that ask for a name: shows typing errors in values. */
function observed(
  { expression }: Clause,
  index: FleetIndex,
): readonly { readonly value: string; readonly count: number }[] {
  if (expression === null) return []
  if (expression.kind === 'and' || expression.kind === 'or' || expression.kind === 'not') return []
  const { attribute } = expression
  const column = index.column(attribute)
  if (!(column instanceof DictionaryColumn)) return []
  const counts = new Map<string, number>()
  for (const { value, posting } of column.entries) {
    if (posting.count === 0) continue
    for (const name of namesOf(value)) {
      const shown = String(scalarToJson(attribute, name))
      counts.set(shown, (counts.get(shown) ?? 0) + posting.count)
    }
  }
  return [...counts]
    .map(([value, count]) => ({ value: value.slice(0, 256), count }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, 8)
}
