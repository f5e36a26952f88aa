import { essential } from './essential.ts'
import { byMask, type Ground, type SameConstraint } from './ground.ts'
import {
  type Counts,
  hasRole,
  isSimple,
  largestPlacement,
  mayFit,
  mayPlace,
  mostPlaced,
  type PlacementProblem,
  totalDemand,
  withPlaced,
} from './placement.ts'
import { byFit, confined, sameOptions, type SameOption } from './same-options.ts'

/** `exhausted`: constraints cross and the search used up its budget; there may be a placement. */
export type SearchResult =
  | {
      readonly kind: 'placed'
      /** What decided: every `same` resolved, and the ground it was resolved to. */
      readonly problem: PlacementProblem
      readonly ground: Ground
      readonly counts: Counts
      /** How each `same` was resolved, in the order of the problem's; null: it asks for nothing. */
      readonly options: readonly (SameOption | null)[]
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'exhausted' }

/** The same of a problem, where nothing is left to resolve. */
type PlacingResult =
  | { readonly kind: 'placed'; readonly problem: PlacementProblem; readonly counts: Counts }
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
  ground: Ground,
  budget: SearchBudget = { flows: searchBudgetFlows },
): SearchResult {
  const total = totalDemand(ground)
  if (mostPlaced(ground.demand, byMask(ground)) < total) return { kind: 'none' }
  const [same] = ground.sames
  if (same !== undefined) return tryOptions(ground, same, budget)
  const found = placeAll(essential(ground), budget)
  return found.kind === 'placed' ? { ...found, ground, options: [] } : found
}

function flowOf(problem: PlacementProblem, budget: SearchBudget) {
  budget.flows -= 1 + (problem.groups.length >> 6)
  return largestPlacement(problem)
}

/** The same without `same` constraints, in the groups as they are. */
export function placeAll(whole: PlacementProblem, budget: SearchBudget): PlacingResult {
  const flow = flowOf(whole, budget)
  if (flow.placed < totalDemand(whole)) return { kind: 'none' }
  if (isSimple(whole)) return { kind: 'placed', problem: whole, counts: flow.counts }
  if (!mayFit(whole)) return { kind: 'none' }
  return placeOneByOne(whole, whole, 0, budget)
}

function tryOptions(ground: Ground, same: SameConstraint, budget: SearchBudget): SearchResult {
  const wanted = ground.demand.reduce(
    (sum, count, role) => sum + (hasRole(same.roles, role) ? count : 0),
    0,
  )
  const others = ground.sames.slice(1)
  if (wanted === 0) {
    const found = findPlacement({ ...ground, sames: others }, budget)
    return found.kind === 'placed' ? { ...found, options: [null, ...found.options] } : found
  }
  const options = sameOptions(ground, same, wanted)
  if (options === null) return { kind: 'exhausted' }
  let tried = 0
  let exhausted = false
  for (const option of byFit(options)) {
    if (budget.flows <= 0) return { kind: 'exhausted' }
    // Before the second option: without regard to where the domains are, is there any placement?
    if (tried === 1 && isHopeless(ground, budget)) return { kind: 'none' }
    tried += 1
    const found = findPlacement(confined(ground, same, option), budget)
    if (found.kind === 'placed') return { ...found, options: [option, ...found.options] }
    if (found.kind === 'exhausted') exhausted = true
  }
  return { kind: exhausted ? 'exhausted' : 'none' }
}

function isHopeless(ground: Ground, budget: SearchBudget): boolean {
  return flowOf(essential(ground), budget).placed < totalDemand(ground)
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
): PlacingResult {
  const role = rest.demand.findIndex((wanted) => wanted > 0)
  const { counts } = isSimple(rest) ? largestPlacement(rest) : { counts: null }
  if (counts !== null) return { kind: 'placed', problem: whole, counts }
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
