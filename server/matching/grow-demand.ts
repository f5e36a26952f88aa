import type { Request } from '../../protocol/request.ts'
import type { PlacementProblem } from './placement.ts'
import { findPlacement, type SearchResult } from './search.ts'

type Placed = Extract<SearchResult, { kind: 'placed' }>

/**
 * A placement of as many machines as the roles would have: earlier roles get their most first, each
 * as long as the least of all others can still be placed.
 */
export function growDemand(problem: PlacementProblem, request: Request, least: Placed): Placed {
  let best = least
  let demand = problem.demand
  request.roles.forEach((role, at) => {
    let low = role.count.min
    let high = Math.min(role.count.max, eligibleFor(problem, at))
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const tried = demand.map((count, index) => (index === at ? middle : count))
      const found = findPlacement({ ...problem, demand: tried })
      if (found.kind === 'placed') {
        best = found
        low = middle
      } else {
        high = middle - 1
      }
    }
    demand = demand.map((count, index) => (index === at ? low : count))
  })
  return best
}

function eligibleFor({ groups }: PlacementProblem, role: number): number {
  return groups.reduce((sum, { mask, size }) => sum + ((mask & (1 << role)) === 0 ? 0 : size), 0)
}
