import type { Constraint } from '../../protocol/request/constraint.ts'
import type { Funnel } from './funnel.ts'
import { countCommon } from './index/bitset.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import type { Group, PlacementProblem, SameConstraint, SpreadConstraint } from './placement.ts'
import { labelLevel, type Level, noDomain, railLevel, unseenDomain } from './topology.ts'

/**
 * Machines of a match as a problem of numbers, with the way back from groups to machines. The way
 * back is good until the next pool of the same index is made.
 */
export interface Pool {
  readonly problem: PlacementProblem
  /** Machines of one place and eligibility by slot, as `origins` of groups. Null: all are 0. */
  readonly groupOf: Int32Array | null
  /** Machines that may serve some role, by slot. Null: those eligible for the only role. */
  readonly slots: Int32Array | null
  /** By constraint: eligible machines that its level says nothing of. */
  readonly unlabelled: Int32Array
  /** By constraint: eligible machines with a link nobody has seen. */
  readonly unseen: Int32Array
}

/** The part of a request that places machines. */
export interface PlacementQuery {
  readonly roles: readonly { readonly name: string }[]
  readonly constraints: readonly Constraint[]
  /** Whose machines are no strangers, see `unshared`; null: nobody's. */
  readonly tenant: string | null
}

/** The constraints of a query over one index, in numbers. Good for any set of its machines. */
export interface Terrain {
  readonly levels: readonly Level[]
  readonly sames: readonly SameConstraint[]
  readonly spreads: readonly SpreadConstraint[]
  /** By constraint: what a machine must have for its roles to be of use. */
  readonly demands: readonly {
    readonly roles: number
    /** One of these levels must say something of it. */
    readonly levels: readonly number[]
    /** Domains that it must not be in. */
    readonly closed: ReadonlySet<number> | null
  }[]
}

export function terrainOf(query: PlacementQuery, index: FleetIndex): Terrain {
  const levels: Level[] = []
  const positions = new Map<string, number>()
  const place = (key: string, make: () => Level): number => {
    const known = positions.get(key)
    if (known !== undefined) return known
    positions.set(key, levels.length)
    return levels.push(make()) - 1
  }
  const labelled = (name: string) => place(name, () => labelLevel(index, name))
  const tier = (level: number): SameConstraint['tiers'][number] => {
    const { unions = null } = levels[level] ?? {}
    return { level, unions, nameOf: (code) => levels[level]?.nameOf(code) ?? '' }
  }
  const sames: SameConstraint[] = []
  const spreads: SpreadConstraint[] = []
  const demands: Terrain['demands'][number][] = []
  for (const constraint of query.constraints) {
    const roles = rolesMask(query, constraint)
    switch (constraint.kind) {
      case 'same':
      case 'max-distance': {
        const names = constraint.kind === 'same' ? [constraint.level] : constraint.levels
        const own = names.map(labelled)
        sames.push({ roles, tiers: own.map(tier) })
        demands.push({ roles, levels: own, closed: null })
        break
      }
      case 'same-per-rail': {
        const { level, unknown } = constraint
        const own = place(`${level} ${unknown}`, () => railLevel(index, level, unknown))
        sames.push({ roles, tiers: [tier(own)] })
        demands.push({ roles, levels: [own], closed: null })
        break
      }
      case 'spread': {
        const own = labelled(constraint.level)
        spreads.push({ roles, level: own, max: constraint.max, used: new Map() })
        demands.push({ roles, levels: [own], closed: null })
        break
      }
      case 'unshared': {
        const own = labelled(constraint.level)
        const closed = foreignDomains(index, levels[own], query.tenant)
        demands.push({ roles, levels: [own], closed })
        break
      }
    }
  }
  return { levels, sames, spreads, demands }
}

/**
 * Puts together the machines that no role and no constraint tells apart. A machine of which the level
 * of a constraint says nothing cannot serve that constraint's roles.
 */
export function makePool(
  terrain: Terrain,
  funnels: readonly Pick<Funnel, 'eligible'>[],
  demand: readonly number[],
  population: Int32Array,
  index: FleetIndex,
): Pool {
  const { levels, sames, spreads, demands } = terrain
  const [only] = funnels
  if (levels.length === 0 && only !== undefined && funnels.length === 1) {
    const size = countCommon(only.eligible, population)
    const groups = size === 0 ? [] : [{ mask: 1, domains: [], size, origins: [0] }]
    return {
      problem: { demand, groups, sames, spreads },
      groupOf: null,
      slots: null,
      unlabelled: new Int32Array(0),
      unseen: new Int32Array(0),
    }
  }
  const { listed, groupOf } = index.slotBuffers
  const names = levels.map((level) => level.name)
  const { placeOf, domains } = index.placeBook.places(names, levels, index.live.words)
  const grouping = new Grouping(domains.length, funnels.length)
  const eligible = funnels.map((funnel) => funnel.eligible)
  let count = 0
  for (let at = 0; at < index.wordCount; at += 1) {
    let any = 0
    for (const words of eligible) any |= words[at] ?? 0
    any &= population[at] ?? 0
    while (any !== 0) {
      const bit = any & -any
      any ^= bit
      const slot = (at << 5) | (31 - Math.clz32(bit))
      let mask = 0
      for (let role = 0; role < eligible.length; role += 1) {
        if (((eligible[role]?.[at] ?? 0) & bit) !== 0) mask |= 1 << role
      }
      groupOf[slot] = grouping.add(placeOf[slot] ?? 0, mask)
      listed[count] = slot
      count += 1
    }
  }
  const unlabelled = new Int32Array(demands.length)
  const unseen = new Int32Array(demands.length)
  const groups: Group[] = []
  grouping.groups.forEach(({ place, mask: raw, size }, origin) => {
    const own = domains[place] ?? []
    let mask = raw
    demands.forEach(({ roles, levels: asked, closed }, at) => {
      if ((raw & roles) === 0) return
      if (asked.every((level) => (own[level] ?? noDomain) < 0)) {
        mask &= ~roles
        const isUnseen = asked.some((level) => own[level] === unseenDomain)
        const counts = isUnseen ? unseen : unlabelled
        counts[at] = (counts[at] ?? 0) + size
      } else if (closed?.has(own[asked[0] ?? 0] ?? noDomain) === true) {
        mask &= ~roles
      }
    })
    if (mask !== 0) groups.push({ mask, domains: own, size, origins: [origin] })
  })
  return {
    problem: { demand, groups, sames, spreads },
    groupOf,
    slots: listed.subarray(0, count),
    unlabelled,
    unseen,
  }
}

/** Tables of groups up to this size are arrays. */
const maxTable = 1 << 20

/** Machines of one place and one set of roles, counted. */
class Grouping {
  readonly groups: { place: number; mask: number; size: number }[] = []
  readonly #maskCount: number
  readonly #table: Int32Array | null
  readonly #byKey = new Map<number, number>()

  constructor(placeCount: number, roleCount: number) {
    this.#maskCount = 2 ** roleCount
    const size = Math.max(1, placeCount) * this.#maskCount
    this.#table = size <= maxTable ? new Int32Array(size) : null
  }

  add(place: number, mask: number): number {
    const key = place * this.#maskCount + mask
    const known = this.#table === null ? (this.#byKey.get(key) ?? 0) : (this.#table[key] ?? 0)
    // Stored by one more, so that 0 is none.
    const at = known > 0 ? known - 1 : this.#start(key, place, mask)
    const group = this.groups[at]
    if (group !== undefined) group.size += 1
    return at
  }

  #start(key: number, place: number, mask: number): number {
    const at = this.groups.push({ place, mask, size: 0 }) - 1
    if (this.#table === null) this.#byKey.set(key, at + 1)
    else this.#table[key] = at + 1
    return at
  }
}

/** The roles of a constraint as bits. */
export function rolesMask(
  { roles }: Pick<PlacementQuery, 'roles'>,
  constraint: Pick<Constraint, 'roles'>,
): number {
  let mask = 0
  roles.forEach(({ name }, index) => {
    if (constraint.roles.includes(name)) mask |= 1 << index
  })
  return mask
}

/** Domains where somebody else holds a machine. */
function foreignDomains(
  index: FleetIndex,
  level: Level | undefined,
  tenant: string | null,
): ReadonlySet<number> {
  const closed = new Set<number>()
  if (level === undefined) return closed
  index.held.words.forEach((word, at) => {
    for (let rest = word; rest !== 0; rest &= rest - 1) {
      const slot = (at << 5) | (31 - Math.clz32(rest & -rest))
      const availability = index.availabilityAt(slot)
      const holder = availability?.kind === 'held' ? (availability.tenant ?? null) : null
      // On its way back from nobody in particular, a machine is still not this tenant's.
      if (holder !== null && holder === tenant) continue
      const domain = level.domainAt(slot)
      if (domain >= 0) closed.add(domain)
    }
  })
  return closed
}
