import { essential } from './essential.ts'
import { OptionGround } from './option-ground.ts'
import {
  byMask,
  type Counts,
  hasRole,
  isSimple,
  largestPlacement,
  mayFit,
  mayPlace,
  mostPlaced,
  type PlacementProblem,
  type SameConstraint,
  totalDemand,
  withPlaced,
} from './placement.ts'
import { confined, sameOptions, type SameOption } from './same-options.ts'

/** `exhausted`: constraints cross and the search used up its budget; there may be a placement. */
export type SearchResult =
  | {
      readonly kind: 'placed'
      /** What decided: every `same` resolved, see {@link essential}. */
      readonly problem: PlacementProblem
      readonly counts: Counts
      /** How each `same` was resolved, in the order of the problem's; null: it asks for nothing. */
      readonly options: readonly (SameOption | null)[]
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'exhausted' }

/** Flows of up to 64 groups that may be computed; larger ones cost more. Counted down. */
export interface SearchBudget {
  flows: number
}

/** Some tenths of a second in a fleet of thousands, when constraints cross. */
export const searchBudgetFlows = 2_000

/**
 * Whether all roles can be served at once. Exact without a search where flow decides
 * ({@link isSimple}); domains of `same` constraints are tried in order of best fit.
 */
export function findPlacement(
  problem: PlacementProblem,
  budget: SearchBudget = { flows: searchBudgetFlows },
): SearchResult {
  const total = totalDemand(problem)
  if (mostPlaced(problem.demand, byMask(problem.groups)) < total) return { kind: 'none' }
  const [same] = problem.sames
  if (same === undefined) return placeAll(essential(problem), budget)
  const isAlone = problem.sames.length === 1 && problem.spreads.length === 0
  // Without regard to where the domains are: if even that is impossible, none needs to be tried.
  if (!isAlone && flowOf(essential({ ...problem, sames: [] }), budget).placed < total) {
    return { kind: 'none' }
  }
  return tryOptions(problem, same, budget)
}

function flowOf(problem: PlacementProblem, budget: SearchBudget) {
  budget.flows -= 1 + (problem.groups.length >> 6)
  return largestPlacement(problem)
}

function placeAll(whole: PlacementProblem, budget: SearchBudget): SearchResult {
  const flow = flowOf(whole, budget)
  if (flow.placed < totalDemand(whole)) return { kind: 'none' }
  if (isSimple(whole)) return { kind: 'placed', problem: whole, counts: flow.counts, options: [] }
  if (!mayFit(whole)) return { kind: 'none' }
  return placeOneByOne(whole, whole, 0, budget)
}

function tryOptions(
  problem: PlacementProblem,
  same: SameConstraint,
  budget: SearchBudget,
): SearchResult {
  const wanted = problem.demand.reduce(
    (sum, count, role) => sum + (hasRole(same.roles, role) ? count : 0),
    0,
  )
  const others = problem.sames.slice(1)
  if (wanted === 0) {
    const found = findPlacement({ ...problem, sames: others }, budget)
    return found.kind === 'placed' ? { ...found, options: [null, ...found.options] } : found
  }
  const options = sameOptions(problem, same)
  if (options === null) return { kind: 'exhausted' }
  const ground = others.length === 0 ? new OptionGround(problem, same) : null
  let exhausted = false
  for (const option of options) {
    if (option.placeable < wanted) continue
    if (budget.flows <= 0) return { kind: 'exhausted' }
    const found =
      ground === null
        ? findPlacement(confined(problem, same, option), budget)
        : placeAll(ground.within(option), budget)
    if (found.kind === 'placed') return { ...found, options: [option, ...found.options] }
    if (found.kind === 'exhausted') exhausted = true
  }
  return { kind: exhausted ? 'exhausted' : 'none' }
}

/**
 * Depth-first over machines of a role in order of their groups, cut where even the relaxed flow
 * cannot place the rest. `rest` is `whole` less what is placed so far.
 */
function placeOneByOne(
  whole: PlacementProblem,
  rest: PlacementProblem,
  firstGroup: number,
  budget: SearchBudget,
): SearchResult {
  const role = rest.demand.findIndex((wanted) => wanted > 0)
  const { counts } = isSimple(rest) ? largestPlacement(rest) : { counts: null }
  if (counts !== null) return { kind: 'placed', problem: whole, counts, options: [] }
  let exhausted = false
  for (let group = firstGroup; group < rest.groups.length; group += 1) {
    if (!mayPlace(rest, role, group)) continue
    if (budget.flows <= 0) return { kind: 'exhausted' }
    const next = withPlaced(rest, role, group)
    if (flowOf(next, budget).placed < totalDemand(next)) continue
    const sameRole = (next.demand[role] ?? 0) > 0
    const found = placeOneByOne(whole, next, sameRole ? group : 0, budget)
    if (found.kind === 'placed') return { ...found, counts: plusOne(found.counts, role, group) }
    if (found.kind === 'exhausted') exhausted = true
  }
  return { kind: exhausted ? 'exhausted' : 'none' }
}

/** Counts with one more machine of `group` in `role`. */
function plusOne(counts: Counts, role: number, group: number): Counts {
  return counts.map((row, index) =>
    index === role ? row.map((count, at) => (at === group ? count + 1 : count)) : row,
  )
}
