import {
  type Counts,
  hasRole,
  isSimple,
  largestPlacement,
  mayFit,
  mayPlace,
  type PlacementProblem,
  type SameConstraint,
  totalDemand,
  withPlaced,
} from './placement.ts'

/** `exhausted`: constraints cross and the search used up its budget; there may be a placement. */
export type SearchResult =
  | {
      readonly kind: 'placed'
      /** The problem with every `same` resolved to one domain. */
      readonly problem: PlacementProblem
      readonly counts: Counts
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'exhausted' }

/** Flows that may be computed. Counted down by the search. */
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
  budget.flows -= 1
  const flow = largestPlacement(problem)
  if (flow.placed < totalDemand(problem)) return { kind: 'none' }
  const [same, ...others] = problem.sames
  if (same !== undefined) return tryDomains({ ...problem, sames: others }, same, budget)
  if (isSimple(problem)) return { kind: 'placed', problem, counts: flow.counts }
  if (!mayFit(problem)) return { kind: 'none' }
  return placeOneByOne(problem, problem, 0, budget)
}

/** Domains in which a constraint's roles have machines, least left over first, then by name. */
export function domainsByFit(
  problem: PlacementProblem,
  same: SameConstraint,
): readonly { readonly domain: string; readonly size: number }[] {
  const sizes = new Map<string, number>()
  for (const group of problem.groups) {
    const domain = group.domains[same.level]
    if ((group.mask & same.roles) === 0 || domain === null || domain === undefined) continue
    sizes.set(domain, (sizes.get(domain) ?? 0) + group.size)
  }
  return [...sizes]
    .map(([domain, size]) => ({ domain, size }))
    .toSorted((a, b) => a.size - b.size || (a.domain < b.domain ? -1 : 1))
}

/** The problem where the roles of `same` may only use machines of one domain. */
export function confined(
  problem: PlacementProblem,
  same: SameConstraint,
  domain: string,
): PlacementProblem {
  return {
    ...problem,
    groups: problem.groups.map((group) =>
      group.domains[same.level] === domain ? group : { ...group, mask: group.mask & ~same.roles },
    ),
  }
}

function tryDomains(
  problem: PlacementProblem,
  same: SameConstraint,
  budget: SearchBudget,
): SearchResult {
  let exhausted = false
  const wanted = totalDemand({
    demand: problem.demand.filter((_, role) => hasRole(same.roles, role)),
  })
  for (const { domain, size } of domainsByFit(problem, same)) {
    if (size < wanted) continue
    if (budget.flows <= 0) return { kind: 'exhausted' }
    const found = findPlacement(confined(problem, same, domain), budget)
    if (found.kind === 'placed') return found
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
  if (counts !== null) return { kind: 'placed', problem: whole, counts }
  let exhausted = false
  for (let group = firstGroup; group < rest.groups.length; group += 1) {
    if (!mayPlace(rest, role, group)) continue
    if (budget.flows <= 0) return { kind: 'exhausted' }
    budget.flows -= 1
    const next = withPlaced(rest, role, group)
    if (largestPlacement(next).placed < totalDemand(next)) continue
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
