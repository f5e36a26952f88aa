import type { ClauseExplanation, RoleExplanation } from '../../protocol/explanation.ts'
import {
  conjuncts,
  type Expression,
  expressionText,
  expressionToJson,
  scalarToJson,
} from '../../protocol/request/expression.ts'
import type { Role } from '../../protocol/request.ts'
import { type Candidate, countAvailability } from './candidate.ts'
import { compile, type Truth } from './evaluate.ts'
import { byFrequency, namesOf, type Outsiders, relaxations } from './relax.ts'

/** Every clause of a role answered for every machine. */
export interface RoleAnswers {
  readonly role: Role
  readonly clauses: readonly Expression[]
  /** Answers by clause, then by machine. */
  readonly answers: readonly (readonly Truth[])[]
  /** Whether each machine passes all clauses. */
  readonly eligible: readonly boolean[]
}

/** Asks every clause of a role of every machine. */
export function answerRole(role: Role, candidates: readonly Candidate[]): RoleAnswers {
  const clauses = conjuncts(role.match)
  const answers = clauses.map((clause) => {
    const predicate = compile(clause)
    return candidates.map((candidate) => predicate(candidate.attributes))
  })
  const eligible = candidates.map((_, machine) => answers.every((row) => row[machine] === 'yes'))
  return { role, clauses, answers, eligible }
}

/** The funnel of a role: what each clause lets through, alone and after the others. */
export function explainRole(
  { role, clauses, answers, eligible }: RoleAnswers,
  candidates: readonly Candidate[],
): RoleExplanation {
  const failures = candidates.map((_, machine) => answers.map((row) => row[machine]))
  const passing = candidates.filter((_, machine) => eligible[machine])
  const wronged = failures.map((row) => row.filter((answer) => answer !== 'yes').length)
  let standing = candidates.map(() => true)
  return {
    name: role.name,
    wanted: role.count,
    eligible: countAvailability(passing),
    unknown: failures.filter((row) => row.includes('unknown') && !row.includes('no')).length,
    clauses: clauses.map((clause, index) => {
      const row = answers[index] ?? []
      standing = standing.map((stands, machine) => stands && row[machine] === 'yes')
      const all = candidates.filter(
        (_, machine) => row[machine] !== 'yes' && wronged[machine] === 1,
      )
      const failing = candidates.filter(
        (_, machine) => row[machine] === 'no' && wronged[machine] === 1,
      )
      return explainClause(clause, {
        candidates,
        row,
        remaining: standing.filter(Boolean).length,
        outsiders: { failing, all },
        missing: role.count - countAvailability(passing).free,
      })
    }),
  }
}

interface ClauseFigures {
  readonly candidates: readonly Candidate[]
  readonly row: readonly Truth[]
  readonly remaining: number
  readonly outsiders: Outsiders
  readonly missing: number
}

function explainClause(clause: Expression, figures: ClauseFigures): ClauseExplanation {
  const { candidates, row, remaining, outsiders, missing } = figures
  const count = (wanted: Truth) => row.filter((answer) => answer === wanted).length
  return {
    text: expressionText(clause),
    match: expressionToJson(clause),
    alone: { yes: count('yes'), no: count('no'), unknown: count('unknown') },
    remaining,
    failsOnlyThis: outsiders.failing.length,
    unknownOnlyThis: outsiders.all.length - outsiders.failing.length,
    observed: observed(clause, candidates),
    relaxations: [...relaxations(clause, outsiders, missing)],
  }
}

/** The names machines have, for clauses that ask for a name: shows typing errors in values. */
function observed(
  clause: Expression,
  candidates: readonly Candidate[],
): readonly { readonly value: string; readonly count: number }[] {
  if (clause.kind === 'and' || clause.kind === 'or' || clause.kind === 'not') return []
  const { attribute } = clause
  if (attribute.type === 'int' || attribute.type === 'quantity' || attribute.type === 'list') {
    return []
  }
  const names = candidates.flatMap((candidate) => namesOf(candidate, attribute))
  return byFrequency(names)
    .slice(0, 8)
    .map(({ value, count }) => ({ value: String(scalarToJson(attribute, value)), count }))
}
