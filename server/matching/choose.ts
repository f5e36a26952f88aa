import assert from 'node:assert/strict'
import type { Candidate } from './candidate.ts'
import { hasRole, isSimple, mayPlace, type PlacementProblem, withPlaced } from './placement.ts'
import type { Pool } from './pool.ts'
import { byScore, type Score } from './rank.ts'
import { findPlacement, type SearchResult } from './search.ts'

/** A machine chosen for a role, with what spoke for it. */
export interface Chosen {
  readonly id: string
  readonly score: Score
}

/**
 * The machines of a placement, by role, best first. Roles with the fewest machines choose first;
 * each takes its best machine that still leaves a placement for all the others.
 */
export function chooseMachines(
  pool: Pool,
  found: Extract<SearchResult, { kind: 'placed' }>,
  scores: readonly ((candidate: Candidate) => Score)[],
): readonly (readonly Chosen[])[] {
  let { problem, counts } = found
  // Where only a search can tell, the placement it found is kept as it is.
  const movable = isSimple(problem)
  const chosen: Chosen[][] = problem.demand.map(() => [])
  const taken = new Set<string>()
  for (const role of scarcestFirst(problem)) {
    const score = scores[role]
    assert(score, `role ${role} has no scorer`)
    const closed = new Set<number>()
    for (const { id, group, score: own } of rankedFor(pool, problem, role, score)) {
      if ((problem.demand[role] ?? 0) === 0) break
      if (taken.has(id) || closed.has(group)) continue
      const planned = counts[role]?.[group] ?? 0
      const next = withPlaced(problem, role, group)
      if (planned > 0) {
        counts = counts.map((row, index) =>
          index === role ? row.map((count, at) => (at === group ? count - 1 : count)) : row,
        )
      } else {
        const other = movable && mayPlace(problem, role, group) ? findPlacement(next) : null
        if (other?.kind !== 'placed') {
          closed.add(group)
          continue
        }
        counts = other.counts
      }
      problem = next
      taken.add(id)
      chosen[role]?.push({ id, score: own })
    }
    assert.equal(problem.demand[role], 0, `role ${role} found no machines in a placement with some`)
  }
  return chosen
}

function scarcestFirst({ demand, groups }: PlacementProblem): readonly number[] {
  const sizes = demand.map((_, role) =>
    groups.reduce((sum, group) => sum + (hasRole(group.mask, role) ? group.size : 0), 0),
  )
  return demand
    .map((_, role) => role)
    .toSorted((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0) || a - b)
}

function rankedFor(
  pool: Pool,
  problem: PlacementProblem,
  role: number,
  score: (candidate: Candidate) => Score,
) {
  return pool.members
    .flatMap((members, group) =>
      hasRole(problem.groups[group]?.mask ?? 0, role)
        ? members.map((candidate) => ({ id: candidate.id, group, score: score(candidate) }))
        : [],
    )
    .toSorted(byScore)
}
