import assert from 'node:assert/strict'
import type { Funnel } from './funnel.ts'
import { listSlots } from './index/bitset.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import {
  type Counts,
  type Group,
  hasRole,
  isSimple,
  largestPlacement,
  mayPlace,
  type PlacementProblem,
  totalDemand,
  withPlaced,
} from './placement.ts'
import type { Pool } from './pool.ts'
import type { Score, Scorer } from './rank.ts'
import { Ranking } from './ranking.ts'
import { isWithin } from './same-options.ts'
import type { SearchResult } from './search.ts'

/** A machine chosen for a role, with what spoke for it. */
export interface Chosen {
  readonly id: string
  readonly slot: number
  readonly score: Score
}

/**
 * The machines of a placement, by role, best first. Roles with the fewest machines choose first;
 * each takes its best machine that still leaves a placement for all the others.
 */
export function chooseMachines(
  pool: Pool,
  found: Extract<SearchResult, { kind: 'placed' }>,
  machines: ChoiceGround,
): readonly (readonly Chosen[])[] {
  let { problem, counts } = found
  // Where only a search can tell, the placement it found is kept as it is.
  const movable = isSimple(problem)
  const groups = new GroupFinder(pool, found)
  const chosen: Chosen[][] = problem.demand.map(() => [])
  const taken = new Set<number>()
  for (const role of groups.scarcestFirst()) {
    if ((problem.demand[role] ?? 0) === 0) continue
    const scorer = machines.scorers[role]
    assert(scorer, `role ${role} has no scorer`)
    const slots = slotsFor(pool, machines, role, groups)
    const ranking = new Ranking(slots, scorer, machines.index)
    const closed = new Set<number>()
    while ((problem.demand[role] ?? 0) > 0) {
      const slot = ranking.next()
      assert(slot !== null, `role ${role} found no machines in a placement with some`)
      if (taken.has(slot)) continue
      const added = groups.missing(slot)
      if (added !== null) {
        problem = { ...problem, groups: [...problem.groups, added] }
        counts = counts.map((row) => [...row, 0])
      }
      const group = groups.positionOf(slot)
      if (closed.has(group)) continue
      const planned = counts[role]?.[group] ?? 0
      if (planned > 0) {
        problem = withPlaced(problem, role, group)
        counts = counts.map((row, index) =>
          index === role ? row.map((count, at) => (at === group ? count - 1 : count)) : row,
        )
      } else {
        const next =
          movable && mayPlace(problem, role, group) ? withPlaced(problem, role, group) : null
        const other = next === null ? null : findCounts(next)
        if (next === null || other === null) {
          closed.add(group)
          continue
        }
        counts = other
        problem = next
      }
      taken.add(slot)
      chosen[role]?.push({ id: machines.index.idAt(slot), slot, score: ranking.score(slot) })
    }
  }
  return chosen
}

/** What choosing looks at. */
export interface ChoiceGround {
  readonly index: FleetIndex
  readonly funnels: readonly Funnel[]
  readonly scorers: readonly Scorer[]
  /** The machines the pool was made of. */
  readonly population: Int32Array
}

/** Counts of a placement of the rest; null where there is none. Flow alone decides here. */
function findCounts(problem: PlacementProblem): Counts | null {
  const { placed, counts } = largestPlacement(problem)
  return placed === totalDemand(problem) ? counts : null
}

/**
 * From a machine to its group of what decided. That left out groups it could do without: these are
 * added as soon as one of their machines is looked at.
 */
class GroupFinder {
  readonly #pool: Pool
  readonly #demand: readonly number[]
  /** By group of the pool: the roles it is good for, with every `same` resolved. */
  readonly #masks: Int32Array
  readonly #positions = new Map<number, number>()
  readonly #byOrigin = new Map<number, Group>()
  #count: number

  constructor(pool: Pool, { problem, options }: Extract<SearchResult, { kind: 'placed' }>) {
    this.#pool = pool
    this.#demand = problem.demand
    this.#count = problem.groups.length
    problem.groups.forEach((group, at) => {
      for (const origin of group.origins) this.#positions.set(origin, at)
    })
    const { groups, sames } = pool.problem
    const last = groups.reduce((most, { origins }) => Math.max(most, origins[0] ?? 0), 0)
    this.#masks = new Int32Array(last + 1)
    for (const group of groups) {
      const [origin = 0] = group.origins
      let { mask } = group
      sames.forEach((same, at) => {
        const option = options[at] ?? null
        if (option !== null && !isWithin(option, group.domains)) mask &= ~same.roles
      })
      this.#masks[origin] = mask
      this.#byOrigin.set(origin, group)
    }
  }

  mayServe(slot: number, role: number): boolean {
    return hasRole(this.#masks[this.#originOf(slot)] ?? 0, role)
  }

  positionOf(slot: number): number {
    return this.#positions.get(this.#originOf(slot)) ?? -1
  }

  /** The group of a machine if it is to be added now, at the end. */
  missing(slot: number): Group | null {
    const origin = this.#originOf(slot)
    const group = this.#byOrigin.get(origin)
    if (this.#positions.has(origin) || group === undefined) return null
    this.#positions.set(origin, this.#count)
    this.#count += 1
    return { ...group, mask: this.#masks[origin] ?? 0 }
  }

  /** Roles by the number of machines they may choose from. */
  scarcestFirst(): readonly number[] {
    const sizes = this.#demand.map((_, role) =>
      this.#pool.problem.groups.reduce(
        (sum, { size, origins: [origin = 0] }) =>
          sum + (hasRole(this.#masks[origin] ?? 0, role) ? size : 0),
        0,
      ),
    )
    return this.#demand
      .map((_, role) => role)
      .toSorted((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0) || a - b)
  }

  #originOf(slot: number): number {
    return this.#pool.groupOf === null ? 0 : (this.#pool.groupOf[slot] ?? -1)
  }
}

function slotsFor(
  pool: Pool,
  { index, funnels, population }: ChoiceGround,
  role: number,
  groups: GroupFinder,
): Int32Array {
  const { listed } = index.slotBuffers
  if (pool.slots !== null) {
    const own = new Int32Array(pool.slots.length)
    let count = 0
    for (let at = 0; at < pool.slots.length; at += 1) {
      const slot = pool.slots[at] ?? 0
      if (!groups.mayServe(slot, role)) continue
      own[count] = slot
      count += 1
    }
    return own.subarray(0, count)
  }
  const funnel = funnels[role]
  assert(funnel, `role ${role} has no funnel`)
  const words = index.scratch.take()
  for (let at = 0; at < words.length; at += 1) {
    words[at] = (funnel.eligible[at] ?? 0) & (population[at] ?? 0)
  }
  return listed.slice(0, listSlots(words, listed))
}
