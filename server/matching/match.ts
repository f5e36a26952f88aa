import assert from 'node:assert/strict'
import type { Availability, Explanation, Verdict } from '../../protocol/explanation.ts'
import type { Request } from '../../protocol/request.ts'
import type { Candidate, MatchOutcome } from './candidate.ts'
import { type Chosen, chooseMachines } from './choose.ts'
import { explainConstraint, findDeficient, keptConstraint } from './explain-constraint.ts'
import { explainRole } from './explain-role.ts'
import { type Funnel, funnelOf } from './funnel.ts'
import { type GangProfile, gangCensus } from './gang-census.ts'
import { growDemand } from './grow-demand.ts'

import { FleetIndex } from './index/fleet-index.ts'
import { makePool, type PlacementQuery, type Terrain, terrainOf } from './pool.ts'
import { scorerOf } from './rank.ts'
import { findRemedies } from './remedies.ts'
import { findPlacement, type SearchResult } from './search.ts'
import { summarize } from './summary.ts'
import { variantsOf } from './variants.ts'
import { blockersOf, earliestAt, heldMachines } from './waiting.ts'

/** What a match looks at besides the request and the machines. */
export interface MatchContext {
  /** In whose name it is made; null: nobody's. Their machines are no strangers to it. */
  readonly tenant: string | null
  /** Gangs to keep room for: of domains that take the request, one that costs the fewest is chosen. */
  readonly gangs?: readonly GangProfile[]
}

/**
 * Finds machines for a request, or says why there are none. Pure: the same request and the same
 * candidates, in any order, give the same answer.
 */
export function match(
  request: Request,
  candidates: readonly Candidate[],
  context: MatchContext = { tenant: null },
): MatchOutcome {
  const index = FleetIndex.of(candidates)
  assert.equal(index.size, candidates.length, 'candidates have different ids')
  return matchIn(index, request, context)
}

/** The same over an index that is kept. Alternatives are tried in order; the first wins. */
export function matchIn(
  index: FleetIndex,
  request: Request,
  context: MatchContext = { tenant: null },
): MatchOutcome {
  const tried: Explanation['tried'][number][] = []
  let first: MatchOutcome | null = null
  for (const { choices, request: variant } of variantsOf(request)) {
    const outcome = matchVariant(index, variant, context)
    first ??= outcome
    const { verdict, summary } = outcome.explanation
    tried.push({ choices: [...choices], verdict, summary })
    if (outcome.kind === 'matched') {
      return { ...outcome, explanation: { ...outcome.explanation, tried: alternatives(tried) } }
    }
  }
  assert(first, 'a request has at least the variant it states')
  return { ...first, explanation: { ...first.explanation, tried: alternatives(tried) } }
}

/** A request without alternatives tried nothing but itself. */
function alternatives(tried: Explanation['tried']): Explanation['tried'] {
  return tried.length > 1 ? tried : []
}

/** One attempt: what the request asks for, and where its machines may stand. */
interface Attempt {
  readonly index: FleetIndex
  readonly request: Request
  readonly query: PlacementQuery
  readonly funnels: readonly Funnel[]
  readonly terrain: Terrain
  /** Machines each role must have. */
  readonly minimum: readonly number[]
}

function matchVariant(
  index: FleetIndex,
  request: Request,
  { tenant, gangs = [] }: MatchContext,
): MatchOutcome {
  index.scratch.reset(index.wordCount)
  const query: PlacementQuery = { roles: request.roles, constraints: request.constraints, tenant }
  const attempt: Attempt = {
    index,
    request,
    query,
    funnels: request.roles.map((role) => funnelOf(request, role, index)),
    terrain: terrainOf(
      query,
      index,
      gangs.flatMap((gang) => gangCensus(gang, index) ?? []),
    ),
    minimum: request.roles.map((role) => role.count.min),
  }
  if (!haveEnough(attempt, ({ free }) => free)) return unmatched(attempt, { kind: 'none' })
  const pool = poolOf(attempt, index.free.words)
  const found = findPlacement(pool.ground)
  return found.kind === 'placed' ? matched(attempt, pool, found) : unmatched(attempt, found)
}

/** Whether each role by itself has as many machines as it must: without that, none is looked for. */
function haveEnough(
  { funnels, minimum }: Attempt,
  countOf: (availability: Availability) => number,
): boolean {
  return funnels.every(({ availability }, role) => countOf(availability) >= (minimum[role] ?? 0))
}

function poolOf({ terrain, funnels, minimum, index }: Attempt, population: Int32Array) {
  return makePool(terrain, funnels, minimum, population, index)
}

type Placed = Extract<SearchResult, { kind: 'placed' }>

function matched(attempt: Attempt, pool: ReturnType<typeof poolOf>, least: Placed): MatchOutcome {
  const { index, request, funnels, minimum } = attempt
  const found = growDemand(pool.ground, request, least)
  const scorers = request.roles.map((role, at) => {
    const funnel = funnels[at]
    assert(funnel, `role ${at} has no funnel`)
    return scorerOf(request, role, funnel, index)
  })
  const ground = { index, funnels, scorers, population: index.free.words }
  const chosen = chooseMachines(found, ground)
  let same = 0
  const constraints = request.constraints.map((constraint, at) => {
    const wanted = request.roles.reduce(
      (sum, { name }, role) => sum + (constraint.roles.includes(name) ? (minimum[role] ?? 0) : 0),
      0,
    )
    const isSame = constraint.kind !== 'spread' && constraint.kind !== 'unshared'
    const option = isSame ? (found.options[same] ?? null) : null
    if (isSame) same += 1
    return keptConstraint(constraint, at, wanted, pool, option)
  })
  const explanation = complete(attempt, {
    verdict: 'matched',
    roles: request.roles.map((role, at) => explained(attempt, role, funnels[at], 0).explanation),
    constraints,
    deficient: null,
    blockers: [],
    earliestAtMs: null,
    remedies: [],
    chosen: request.roles.flatMap((role, at) =>
      (chosen[at] ?? []).map(({ id, score }) => ({ role: role.name, machine: id, ...score })),
    ),
  })
  const assignments = request.roles.map((role, at) => ({
    role: role.name,
    machines: (chosen[at] ?? []).map(({ id }: Chosen) => id),
  }))
  return { kind: 'matched', assignments, explanation }
}

function explained(
  { index }: Attempt,
  role: Request['roles'][number],
  funnel: Funnel | undefined,
  missing: number,
) {
  assert(funnel, `role '${role.name}' has no funnel`)
  return explainRole(role, funnel, missing, index)
}

function unmatched(attempt: Attempt, found: Exclude<SearchResult, Placed>): MatchOutcome {
  const { index, request, query, funnels, minimum } = attempt
  const verdict = found.kind === 'exhausted' ? 'search-exhausted' : whyNot(attempt)
  const missing = request.roles.map(
    (role, at) => role.count.min - (funnels[at]?.availability.free ?? 0),
  )
  // Where no role lacks machines by itself, any of them may have to give way.
  const isLacking = missing.some((count) => count > 0)
  const roles = request.roles.map((role, at) =>
    explained(attempt, role, funnels[at], isLacking ? (missing[at] ?? 0) : 1),
  )
  const population = populationOf(verdict, index)
  const ground = { query, funnels, demand: minimum, population, index }
  const isBusy = verdict === 'busy'
  const held = isBusy ? heldMachines(funnels, index) : []
  // A stranger closes a domain with whatever he holds there.
  const hasStrangers = request.constraints.some(({ kind }) => kind === 'unshared')
  const leaving = isBusy && hasStrangers ? heldMachines(null, index) : held
  const explanation = complete(attempt, {
    verdict,
    roles: roles.map((role) => role.explanation),
    constraints: request.constraints.map((constraint) => explainConstraint(constraint, ground)),
    deficient: findDeficient(ground),
    blockers: blockersOf(held),
    earliestAtMs: isBusy
      ? earliestAt(leaving, index, (words) => findPlacement(poolOf(attempt, words).ground))
      : null,
    remedies: findRemedies({
      request,
      query,
      funnels,
      roles,
      index,
    }),
    chosen: [],
  })
  return { kind: 'unmatched', explanation }
}

function complete(
  { index }: Attempt,
  parts: Omit<Explanation, 'summary' | 'machines' | 'reasons' | 'tried'>,
): Explanation {
  const reasons = [...index.reasons]
    .map(([reason, count]) => ({ reason, count }))
    .toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
    .slice(0, 16)
  const base = { ...parts, machines: index.availability, reasons, tried: [] }
  return { ...base, summary: summarize(base) }
}

/** There is no placement on the free machines: would waiting or repairing help? */
function whyNot(attempt: Attempt): Verdict {
  const { index } = attempt
  const search = (words: Int32Array, countOf: (availability: Availability) => number) =>
    haveEnough(attempt, countOf) ? findPlacement(poolOf(attempt, words).ground) : none
  const waiting =
    index.held.count === 0 ? none : search(usableMachines(index), ({ free, held }) => free + held)
  if (waiting.kind === 'placed') return 'busy'
  const all =
    index.unschedulable.count === 0 ? waiting : search(index.live.words, ({ total }) => total)
  if (waiting.kind === 'exhausted' || all.kind === 'exhausted') return 'search-exhausted'
  return all.kind === 'placed' ? 'unschedulable' : 'impossible'
}

const none = { kind: 'none' } as const

/** The machines a verdict speaks of: all that could serve, if only what it names were different. */
function populationOf(verdict: Verdict, index: FleetIndex): Int32Array {
  switch (verdict) {
    case 'matched':
    case 'busy':
    case 'search-exhausted':
      return index.free.words
    case 'unschedulable':
      return usableMachines(index)
    case 'impossible':
      return index.live.words
  }
}

function usableMachines(index: FleetIndex): Int32Array {
  const words = index.scratch.take()
  const free = index.free.words
  const held = index.held.words
  for (let at = 0; at < words.length; at += 1) words[at] = (free[at] ?? 0) | (held[at] ?? 0)
  return words
}
