import type { Request } from '../../protocol/request.ts'
import { byMask, type Ground } from './ground.ts'
import { hasRole } from './placement.ts'
import { findPlacement, type SearchResult } from './search.ts'

type Placed = Extract<SearchResult, { kind: 'placed' }>

/**
 * A placement of as many machines as the roles would have: earlier roles get their most first, each
 * as long as the least of all others can still be placed.
 */
export function growDemand(ground: Ground, request: Request, least: Placed): Placed {
  let best = least
  let { demand } = ground
  request.roles.forEach((role, at) => {
    if (role.count.min === role.count.max) return
    let low = role.count.min
    let high = Math.min(role.count.max, eligibleFor(ground, at))
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const tried = demand.map((count, index) => (index === at ? middle : count))
      const found = findPlacement({ ...ground, demand: tried })
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

function eligibleFor(ground: Ground, role: number): number {
  return byMask(ground).reduce((sum, { mask, size }) => sum + (hasRole(mask, role) ? size : 0), 0)
}
