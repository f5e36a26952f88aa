import assert from 'node:assert/strict'
import type { Funnel } from './funnel.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import {
  type Counts,
  type Group,
  hasRole,
  mayPlace,
  type PlacementProblem,
  wantedMask,
  withPlaced,
} from './placement.ts'
import { groupKey, spreadLevels } from './essential.ts'
import { byMask, type Ground } from './ground.ts'
import type { Score, Scorer } from './rank.ts'
import { type Ranked, Ranking } from './ranking.ts'
import { placeAll, type SearchBudget, type SearchResult } from './search.ts'
import { noDomain } from './topology.ts'

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
  found: Extract<SearchResult, { kind: 'placed' }>,
  machines: ChoiceGround,
): readonly (readonly Chosen[])[] {
  let { problem, counts } = found
  // What may be searched for better machines than the placement has; after that it is kept.
  const budget = { flows: betterFlows }
  const groups = new GroupFinder(found, machines)
  const chosen: Chosen[][] = problem.demand.map(() => [])
  const taken = new Set<number>()
  for (const role of groups.scarcestFirst()) {
    if ((problem.demand[role] ?? 0) === 0) continue
    const scorer = machines.scorers[role]
    assert(scorer, `role ${role} has no scorer`)
    const ranked = groups.ranked(role)
    const wanted = problem.demand[role] ?? 0
    let ranking = new Ranking(ranked, wanted, scorer, machines.index)
    let isBound = false
    const closed = new Set<number>()
    while ((problem.demand[role] ?? 0) > 0) {
      if (budget.flows <= 0 && !isBound) {
        const row = counts[role] ?? []
        const { admits } = ranked
        const isPlanned = (slot: number) =>
          admits?.(slot) !== false && (row[groups.positionOf(slot)] ?? 0) > 0
        ranking = new Ranking({ ...ranked, admits: isPlanned }, wanted, scorer, machines.index)
        isBound = true
      }
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
        const next = mayPlace(problem, role, group) ? withPlaced(problem, role, group) : null
        const other = next === null ? null : findCounts(next, budget)
        if (next === null || other === null) {
          closed.add(group)
          continue
        }
        counts = other
        problem = next
      }
      taken.add(slot)
      chosen[role]?.push({ id: machines.index.idAt(slot), slot, score: scorer.score(slot) })
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

/** Flows for the choice of one request's machines. */
const betterFlows = 500

/** Counts of a placement of the rest; null where there is none, or none was found in time. */
function findCounts(problem: PlacementProblem, budget: SearchBudget): Counts | null {
  const found = placeAll(problem, budget)
  return found.kind === 'placed' ? found.counts : null
}

/**
 * From a machine to its group of what decided. That left out groups it could do without: these are
 * added as soon as one of their machines is looked at.
 */
class GroupFinder {
  readonly ground: Ground
  readonly #machines: ChoiceGround
  readonly #wanted: number
  readonly #levels: readonly number[]
  readonly #positions = new Map<number | string, number>()
  /** By role: how many machines it may choose from. */
  readonly #sizes: readonly number[]

  constructor(
    { problem, ground }: Extract<SearchResult, { kind: 'placed' }>,
    machines: ChoiceGround,
  ) {
    this.ground = ground
    this.#machines = machines
    this.#wanted = wantedMask(problem.demand)
    this.#levels = spreadLevels(problem.spreads)
    const masks = byMask(ground)
    this.#sizes = ground.demand.map((_, role) =>
      masks.reduce((sum, { mask, size }) => sum + (hasRole(mask, role) ? size : 0), 0),
    )
    problem.groups.forEach(({ mask, domains }, at) => {
      this.#positions.set(this.#key(mask, domains), at)
    })
  }

  /** The machines that may serve a role. */
  ranked(role: number): Ranked {
    const { index, funnels, population } = this.#machines
    const funnel = funnels[role]
    assert(funnel, `role ${role} has no funnel`)
    const machines = index.scratch.take()
    for (let at = 0; at < machines.length; at += 1) {
      machines[at] = (funnel.eligible[at] ?? 0) & (population[at] ?? 0)
    }
    const { openTo, places } = this.ground
    const { placeOf } = places
    const bit = 1 << role
    const admits =
      places.domains.length === 0
        ? null
        : (slot: number) => ((openTo[placeOf[slot] ?? -1] ?? 0) & bit) !== 0
    return { machines, count: this.#sizes[role] ?? 0, admits }
  }

  positionOf(slot: number): number {
    return this.#positions.get(this.#keyOf(slot)) ?? -1
  }

  /** The group of a machine if it is to be added now, at the end. */
  missing(slot: number): Group | null {
    const key = this.#keyOf(slot)
    if (this.#positions.has(key)) return null
    this.#positions.set(key, this.#positions.size)
    const { placeOf, maskOf, sizeOf, openTo, places } = this.ground
    const at = this.#placeOf(slot)
    const mask = this.#maskOf(slot)
    const domains = places.domains.map((own, level) =>
      this.#levels.includes(level) ? (own[at] ?? noDomain) : noDomain,
    )
    let size = 0
    for (let entry = 0; entry < placeOf.length; entry += 1) {
      const place = placeOf[entry] ?? 0
      let isHere = ((maskOf[entry] ?? 0) & (openTo[place] ?? 0) & this.#wanted) === mask
      for (let level = 0; isHere && level < domains.length; level += 1) {
        const domain = domains[level] ?? noDomain
        isHere = domain === noDomain || places.domains[level]?.[place] === domain
      }
      if (isHere && groupKey(this.ground, place, mask, this.#levels) === key) {
        size += sizeOf[entry] ?? 0
      }
    }
    return { mask, domains, size }
  }

  /** Roles by the number of machines they may choose from. */
  scarcestFirst(): readonly number[] {
    const sizes = this.#sizes
    return sizes
      .map((_, role) => role)
      .toSorted((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0) || a - b)
  }

  #placeOf(slot: number): number {
    const { placeOf, domains } = this.ground.places
    return domains.length === 0 ? 0 : (placeOf[slot] ?? -1)
  }

  /** Roles a machine may serve where it is. */
  #maskOf(slot: number): number {
    let mask = 0
    this.#machines.funnels.forEach(({ eligible }, role) => {
      if (((eligible[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0) mask |= 1 << role
    })
    return mask & (this.ground.openTo[this.#placeOf(slot)] ?? 0) & this.#wanted
  }

  #keyOf(slot: number): number | string {
    return groupKey(this.ground, this.#placeOf(slot), this.#maskOf(slot), this.#levels)
  }

  /** See {@link groupKey}. */
  #key(mask: number, domains: readonly number[]): number | string {
    const places = { domains: domains.map((domain) => Int32Array.of(domain)) }
    return groupKey({ places: { ...this.ground.places, ...places } }, 0, mask, this.#levels)
  }
}
