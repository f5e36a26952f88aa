import type { Constraint } from '../../protocol/request/constraint.ts'
import type { Funnel } from './funnel.ts'
import type { GangCensus } from './gang-census.ts'
import { countCommon } from './index/bitset.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import type { Places } from './index/places.ts'
import { Census, type Ground, type SameConstraint, type SpreadConstraint } from './ground.ts'
import { labelLevel, type Level, noDomain, railLevel, unseenDomain } from './topology.ts'

/** Machines that may be chosen, counted, and those that may not for want of a place. */
export interface Pool {
  readonly ground: Ground
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
    /** Domains that it must not be in, where the machines of a population are nobody's. */
    readonly closedTo: ((population: Int32Array) => ReadonlySet<number>) | null
  }[]
}

export function terrainOf(
  query: PlacementQuery,
  index: FleetIndex,
  gangs: readonly GangCensus[] = [],
): Terrain {
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
    const { unions = null, name } = levels[level] ?? {}
    const own = gangs.filter((gang) => gang.levelName === name)
    return {
      level,
      unions,
      gangsLost: (code, count) => own.reduce((sum, gang) => sum + gang.lostBy(code, count), 0),
      nameOf: (codes) => levels[level]?.nameOf(codes) ?? '',
    }
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
        demands.push({ roles, levels: own, closedTo: null })
        break
      }
      case 'same-per-rail': {
        const { level, unknown } = constraint
        const own = place(`${level} ${unknown}`, () => railLevel(index, level, unknown))
        sames.push({ roles, tiers: [tier(own)] })
        demands.push({ roles, levels: [own], closedTo: null })
        break
      }
      case 'spread': {
        const own = labelled(constraint.level)
        spreads.push({ roles, level: own, max: constraint.max, used: new Map() })
        demands.push({ roles, levels: [own], closedTo: null })
        break
      }
      case 'unshared': {
        const own = labelled(constraint.level)
        const closedTo = (population: Int32Array) =>
          foreignDomains(index, levels[own], query.tenant, population)
        demands.push({ roles, levels: [own], closedTo })
        break
      }
    }
  }
  return { levels, sames, spreads, demands }
}

/** The machines that fit a role; `availability` where they have been counted. */
type PooledRole = Pick<Funnel, 'eligible'> & Partial<Pick<Funnel, 'availability'>>

/**
 * Counts the machines of a population by where they stand and the roles they are eligible for. A
 * machine of which the level of a constraint says nothing cannot serve that constraint's roles.
 */
export function makePool(
  terrain: Terrain,
  funnels: readonly PooledRole[],
  demand: readonly number[],
  population: Int32Array,
  index: FleetIndex,
): Pool {
  const { levels, sames, spreads, demands } = terrain
  const names = levels.map((level) => level.name)
  const places = index.placeBook.places(names, levels, index.live.words)
  const entries = count(funnels, population, places, index)
  const openTo = new Int32Array(places.count).fill(-1)
  const unlabelled = new Int32Array(demands.length)
  const unseen = new Int32Array(demands.length)
  demands.forEach((demand, at) => {
    const standings = standingsOf(demand, places, demand.closedTo?.(population) ?? null)
    if (standings === null) return
    for (let place = 0; place < standings.length; place += 1) {
      if (standings[place] !== standing.open) openTo[place] = (openTo[place] ?? 0) & ~demand.roles
    }
    for (let entry = 0; entry < entries.placeOf.length; entry += 1) {
      if (((entries.maskOf[entry] ?? 0) & demand.roles) === 0) continue
      const own = standings[entries.placeOf[entry] ?? 0]
      const counts =
        own === standing.unseen ? unseen : own === standing.unlabelled ? unlabelled : null
      if (counts !== null) counts[at] = (counts[at] ?? 0) + (entries.sizeOf[entry] ?? 0)
    }
  })
  return { ground: { places, ...entries, openTo, demand, sames, spreads }, unlabelled, unseen }
}

/** Whether a place is of use to a constraint that asks for some levels, and if not, why. */
const standing = { open: 0, closed: 1, unseen: 2, unlabelled: 3 } as const

/** The standing of each place; null: all are open, as they are where every machine is labelled. */
function standingsOf(
  { levels }: Terrain['demands'][number],
  { domains, count: placeCount }: Places,
  closed: ReadonlySet<number> | null,
): Uint8Array | null {
  const [level] = levels
  const own = level === undefined ? undefined : domains[level]
  if (closed === null && own?.every((domain) => domain >= 0) === true) return null
  return Uint8Array.from({ length: placeCount }, (_, place) => {
    let isUnseen = false
    for (const asked of levels) {
      const domain = domains[asked]?.[place] ?? noDomain
      // A constraint that closes domains asks for one level only.
      if (domain >= 0) return closed?.has(domain) === true ? standing.closed : standing.open
      isUnseen ||= domain === unseenDomain
    }
    return isUnseen ? standing.unseen : standing.unlabelled
  })
}

function count(
  funnels: readonly PooledRole[],
  population: Int32Array,
  places: Places,
  index: FleetIndex,
): Pick<Ground, 'placeOf' | 'maskOf' | 'sizeOf'> {
  const [only] = funnels
  if (only !== undefined && funnels.length === 1 && places.domains.length === 0) {
    const { eligible, availability } = only
    const size =
      availability !== undefined && population === index.free.words
        ? availability.free
        : countCommon(eligible, population)
    const entry = (value: number) => (size === 0 ? new Int32Array(0) : Int32Array.of(value))
    return { placeOf: entry(0), maskOf: entry(1), sizeOf: entry(size) }
  }
  const eligible = funnels.map((funnel) => funnel.eligible)
  const census = new Census(places.count, eligible.length)
  const { placeOf, domains } = places
  const { table, maskCount } = census
  const isOnePlace = domains.length === 0
  // Most requests have few roles: these are looked at without a loop.
  const { nothing } = index.scratch
  const [first = nothing, second = nothing, third = nothing, ...others] = eligible
  for (let at = 0; at < index.wordCount; at += 1) {
    const within = population[at] ?? 0
    const firstWord = (first[at] ?? 0) & within
    const secondWord = (second[at] ?? 0) & within
    const thirdWord = (third[at] ?? 0) & within
    let any = firstWord | secondWord | thirdWord
    for (const other of others) any |= (other[at] ?? 0) & within
    while (any !== 0) {
      const bit = 31 - Math.clz32(any & -any)
      any &= any - 1
      let mask =
        ((firstWord >>> bit) & 1) |
        (((secondWord >>> bit) & 1) << 1) |
        (((thirdWord >>> bit) & 1) << 2)
      for (let role = 0; role < others.length; role += 1) {
        mask |= (((others[role]?.[at] ?? 0) >>> bit) & 1) << (role + 3)
      }
      const place = isOnePlace ? 0 : (placeOf[(at << 5) | bit] ?? 0)
      if (table === null) {
        census.add(place, mask)
      } else {
        const key = place * maskCount + mask
        table[key] = ((table[key] ?? 0) + 1) | 0
      }
    }
  }
  return census.entries()
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

/** Domains where somebody else holds a machine that is not of the population. */
function foreignDomains(
  index: FleetIndex,
  level: Level | undefined,
  tenant: string | null,
  population: Int32Array,
): ReadonlySet<number> {
  const closed = new Set<number>()
  if (level === undefined) return closed
  index.held.words.forEach((word, at) => {
    for (let rest = word & ~(population[at] ?? 0); rest !== 0; rest &= rest - 1) {
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
