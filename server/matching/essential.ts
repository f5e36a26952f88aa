import type { Ground, SpreadConstraint } from './ground.ts'
import { type Group, type PlacementProblem, totalDemand, wantedMask } from './placement.ts'
import { noDomain } from './topology.ts'

/**
 * A ground without regard to its `sames`, as a problem in as few groups as decide it: machines that no
 * spread tells apart are put together, and of groups that can be exchanged for each other only as many
 * are kept as machines are wanted. Either both have a placement or neither has.
 */
export function essential(ground: Ground): PlacementProblem {
  const { demand } = ground
  const wanted = wantedMask(demand)
  const spreads = ground.spreads.filter((spread) => (spread.roles & wanted) !== 0)
  const levels = spreadLevels(spreads)
  const total = totalDemand({ demand })
  const [level = null, ...others] = levels
  const groups =
    others.length > 0 ? merge(ground, wanted, levels) : largest(ground, wanted, level, total)
  return { demand, spreads, groups }
}

/** Levels that some spread looks at. */
export function spreadLevels(spreads: readonly SpreadConstraint[]): readonly number[] {
  return [...new Set(spreads.map((spread) => spread.level))]
}

function merge(ground: Ground, wanted: number, levels: readonly number[]): readonly Group[] {
  const { placeOf, maskOf, sizeOf, openTo, places } = ground
  const byKey = new Map<number | string, number>()
  const groups: { mask: number; domains: readonly number[]; size: number }[] = []
  for (let at = 0; at < placeOf.length; at += 1) {
    const place = placeOf[at] ?? 0
    const mask = (maskOf[at] ?? 0) & (openTo[place] ?? 0) & wanted
    if (mask === 0) continue
    const key = groupKey(ground, place, mask, levels)
    const known = byKey.get(key)
    const group = known === undefined ? undefined : groups[known]
    if (group !== undefined) {
      group.size += sizeOf[at] ?? 0
      continue
    }
    byKey.set(key, groups.length)
    const domains = places.domains.map((own, level) =>
      levels.includes(level) ? (own[place] ?? noDomain) : noDomain,
    )
    groups.push({ mask, domains, size: sizeOf[at] ?? 0 })
  }
  return groups
}

/** Equal for machines that roles and the domains at some levels do not tell apart. */
export function groupKey(
  { places }: Pick<Ground, 'places'>,
  place: number,
  mask: number,
  levels: readonly number[],
): number | string {
  const [level] = levels
  if (level === undefined) return mask
  const domainAt = (own: number) => places.domains[own]?.[place] ?? noDomain
  if (levels.length === 1) return mask * 2 ** 32 + domainAt(level) + 2
  return `${mask} ${levels.map(domainAt).join(' ')}`
}

/**
 * No placement uses more domains than it has machines. Of groups with the same roles, each in a
 * domain of its own, as many of the largest as machines are wanted are enough: one of them is in a
 * domain the placement does not use, and can stand in for any smaller group.
 */
function largest(
  ground: Ground,
  wanted: number,
  level: number | null,
  total: number,
): readonly Group[] {
  const { placeOf, maskOf, sizeOf, openTo, places } = ground
  const domainOf = level === null ? null : (places.domains[level] ?? null)
  const cells = new Cells(domainOf, 2 ** ground.demand.length, placeOf.length)
  for (let at = 0; at < placeOf.length; at += 1) {
    const place = placeOf[at] ?? 0
    const mask = (maskOf[at] ?? 0) & (openTo[place] ?? 0) & wanted
    if (mask === 0) continue
    cells.add(domainOf === null ? noDomain : (domainOf[place] ?? noDomain), mask, sizeOf[at] ?? 0)
  }
  const domains = places.domains.map(() => noDomain)
  return cells.keep(total).map(({ mask, domain, size }) => ({
    mask,
    size,
    domains: level === null ? domains : domains.with(level, domain),
  }))
}

interface Cell {
  readonly mask: number
  readonly domain: number
  readonly size: number
}

/** Machines by domain and roles, in the order in which they are first met. */
class Cells {
  readonly #maskCount: number
  readonly #sizes: Int32Array
  /** Cells with machines. */
  readonly #order: Int32Array
  #count = 0

  /** `most`: how many may be added. */
  constructor(domainOf: Int32Array | null, maskCount: number, most: number) {
    let domainCount = 0
    for (let place = 0; place < (domainOf?.length ?? 0); place += 1) {
      domainCount = Math.max(domainCount, (domainOf?.[place] ?? noDomain) + 1)
    }
    this.#maskCount = maskCount
    // One more for machines in no domain.
    this.#sizes = new Int32Array((domainCount + 1) * maskCount)
    this.#order = new Int32Array(most)
  }

  add(domain: number, mask: number, size: number): void {
    const at = (Math.max(domain, noDomain) + 1) * this.#maskCount + mask
    const before = this.#sizes[at] ?? 0
    if (before === 0) {
      this.#order[this.#count] = at
      this.#count += 1
    }
    this.#sizes[at] = before + size
  }

  /** Of each mask the `total` largest; sizes beyond what is wanted are as good as each other. */
  keep(total: number): readonly Cell[] {
    const most = Math.max(1, total)
    return this.#byMask().flatMap((own, mask) =>
      (own.length <= most ? own : this.#largest(own, most)).map((cell) => ({
        mask,
        domain: (cell - mask) / this.#maskCount - 1,
        size: this.#sizes[cell] ?? 0,
      })),
    )
  }

  /** The cells of each mask, in the order they have. */
  #byMask(): readonly (readonly number[])[] {
    const found: number[][] = Array.from({ length: this.#maskCount }, () => [])
    for (let at = 0; at < this.#count; at += 1) {
      const cell = this.#order[at] ?? 0
      found[cell % this.#maskCount]?.push(cell)
    }
    return found
  }

  /** So many of the largest cells, in the order they have. */
  #largest(cells: readonly number[], most: number): readonly number[] {
    const counts = new Int32Array(most + 1)
    for (let at = 0; at < cells.length; at += 1) {
      const size = Math.min(this.#sizes[cells[at] ?? 0] ?? 0, most)
      counts[size] = (counts[size] ?? 0) + 1
    }
    // All that are larger than `least`, and as many of that size as there is room for.
    let least = most
    let room = most
    while (least > 0 && (counts[least] ?? 0) <= room) {
      room -= counts[least] ?? 0
      least -= 1
    }
    const kept: number[] = []
    for (let at = 0; at < cells.length && kept.length < most; at += 1) {
      const cell = cells[at] ?? 0
      const size = Math.min(this.#sizes[cell] ?? 0, most)
      if (size < least || (size === least && room === 0)) continue
      if (size === least) room -= 1
      kept.push(cell)
    }
    return kept
  }
}
