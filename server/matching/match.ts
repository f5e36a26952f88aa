import assert from 'node:assert/strict'
import type { Explanation, Verdict } from '../../protocol/explanation.ts'
import type { Request } from '../../protocol/request.ts'
import { type Candidate, countAvailability, type MatchOutcome } from './candidate.ts'
import { type Chosen, chooseMachines } from './choose.ts'
import { explainConstraint, findDeficient } from './explain-constraint.ts'
import { answerRole, explainRole } from './explain-role.ts'
import { type Eligible, makePool } from './pool.ts'
import { scarcityIn, scorer } from './rank.ts'
import { findPlacement } from './search.ts'
import { summarize } from './summary.ts'

/**
 * Finds machines for a request, or says why there are none. Pure: the same request and the same
 * candidates, in any order, give the same answer.
 */
export function match(request: Request, candidates: readonly Candidate[]): MatchOutcome {
  const machines = candidates.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const ids = new Set(machines.map((machine) => machine.id))
  assert.equal(ids.size, machines.length, 'candidates have different ids')
  const roles = request.roles.map((role) => answerRole(role, machines))
  const eligible = machines.flatMap((candidate, index): Eligible[] => {
    const mask = roles.reduce((bits, role, at) => bits | (role.eligible[index] ? 1 << at : 0), 0)
    return mask === 0 ? [] : [{ candidate, mask }]
  })
  const free = eligible.filter((machine) => isFree(machine.candidate))
  const pool = makePool(request, free)
  const found = findPlacement(pool.problem)
  const chosen: readonly (readonly Chosen[])[] =
    found.kind === 'placed'
      ? chooseMachines(pool, found, makeScorers(request, machines, eligible))
      : []
  const verdict = found.kind === 'none' ? whyNot(request, eligible) : verdictOf(found.kind)
  const base = {
    verdict,
    machines: countAvailability(machines),
    reasons: reasons(machines),
    roles: roles.map((role) => explainRole(role, machines)),
    ...because(request, verdict, eligible),
    chosen: request.roles.flatMap((role, index) =>
      (chosen[index] ?? []).map(({ id, score }) => ({ role: role.name, machine: id, ...score })),
    ),
  }
  const explanation: Explanation = { ...base, summary: summarize(base) }
  if (found.kind !== 'placed') return { kind: 'unmatched', explanation }
  const assignments = request.roles.map((role, index) => ({
    role: role.name,
    machines: (chosen[index] ?? []).map(({ id }) => id),
  }))
  return { kind: 'matched', assignments, explanation }
}

function verdictOf(kind: 'placed' | 'exhausted'): Verdict {
  return kind === 'placed' ? 'matched' : 'search-exhausted'
}

/** The machines a verdict speaks of: all that could serve, if only what it names were different. */
const populations = {
  matched: isFree,
  busy: isFree,
  'search-exhausted': isFree,
  unschedulable: isUsable,
  impossible: () => true,
} as const satisfies Record<Verdict, (candidate: Candidate) => boolean>

/** There is no placement on the free machines: would waiting or repairing help? */
function whyNot(request: Request, eligible: readonly Eligible[]): Verdict {
  const usable = eligible.filter(({ candidate }) => isUsable(candidate))
  const waiting = findPlacement(makePool(request, usable).problem)
  if (waiting.kind === 'placed') return 'busy'
  const all = findPlacement(makePool(request, eligible).problem)
  if (waiting.kind === 'exhausted' || all.kind === 'exhausted') return 'search-exhausted'
  return all.kind === 'placed' ? 'unschedulable' : 'impossible'
}

/** What stands in the way, seen over the machines the verdict speaks of. */
function because(request: Request, verdict: Verdict, eligible: readonly Eligible[]) {
  const population = eligible.filter(({ candidate }) => populations[verdict](candidate))
  const explained = request.constraints.map((constraint) =>
    explainConstraint(request, constraint, population),
  )
  if (verdict === 'matched') {
    return { constraints: explained, deficient: null, blockers: [], earliestAtMs: null }
  }
  return {
    constraints: explained,
    deficient: findDeficient(request, population),
    blockers: verdict === 'busy' ? blockers(eligible) : [],
    earliestAtMs: verdict === 'busy' ? earliest(request, eligible) : null,
  }
}

function blockers(eligible: readonly Eligible[]): Explanation['blockers'] {
  return eligible
    .flatMap(({ candidate: { id, availability } }) =>
      availability.kind === 'held'
        ? [{ machine: id, heldBy: availability.by, untilMs: availability.untilMs }]
        : [],
    )
    .toSorted(
      (a, b) =>
        (a.untilMs ?? Infinity) - (b.untilMs ?? Infinity) || (a.machine < b.machine ? -1 : 1),
    )
    .slice(0, 20)
}

/** The first moment at which enough held machines are due back; null when nobody can tell. */
function earliest(request: Request, eligible: readonly Eligible[]): number | null {
  const ends = eligible.flatMap(({ candidate: { availability } }) =>
    availability.kind === 'held' && availability.untilMs !== null ? [availability.untilMs] : [],
  )
  const moments = [...new Set(ends)].toSorted((a, b) => a - b)
  const enoughAt = (moment: number) => {
    const back = eligible.filter(({ candidate }) => isBackBy(candidate, moment))
    return findPlacement(makePool(request, back).problem).kind === 'placed'
  }
  let low = 0
  let high = moments.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (enoughAt(moments[middle] ?? 0)) high = middle
    else low = middle + 1
  }
  return moments[low] ?? null
}

function isFree({ availability }: Candidate): boolean {
  return availability.kind === 'free'
}

function isUsable({ availability }: Candidate): boolean {
  return availability.kind !== 'unschedulable'
}

function isBackBy({ availability }: Candidate, moment: number): boolean {
  if (availability.kind !== 'held') return availability.kind === 'free'
  return availability.untilMs !== null && availability.untilMs <= moment
}

function makeScorers(
  request: Request,
  machines: readonly Candidate[],
  eligible: readonly Eligible[],
) {
  const scarcityOf = scarcityIn(machines)
  return request.roles.map((role, index) => {
    const own = eligible.filter(({ mask }) => (mask & (1 << index)) !== 0)
    return scorer(
      role,
      own.map(({ candidate }) => candidate),
      scarcityOf,
    )
  })
}

function reasons(machines: readonly Candidate[]): Explanation['reasons'] {
  const counts = new Map<string, number>()
  for (const { availability } of machines) {
    if (availability.kind !== 'unschedulable') continue
    counts.set(availability.reason, (counts.get(availability.reason) ?? 0) + 1)
  }
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
    .slice(0, 16)
}
