import type { Places } from './index/places.ts'
import { noDomain } from './topology.ts'

/**
 * How many machines stand where and are good for what: the whole of what decides whether a request
 * can be placed. Kept in arrays, for there may be tens of thousands of entries.
 */
export interface Ground {
  readonly places: Places
  /** By entry: where, the roles its machines are eligible for as bits, and how many they are. */
  readonly placeOf: Int32Array
  readonly maskOf: Int32Array
  readonly sizeOf: Int32Array
  /** By place: roles that may be served there, see {@link closeTo}. */
  readonly openTo: Int32Array
  /** Machines each role wants. */
  readonly demand: readonly number[]
  readonly sames: readonly SameConstraint[]
  readonly spreads: readonly SpreadConstraint[]
}

/** All machines of `roles` in one domain, of the first level before those of the second. */
export interface SameConstraint {
  readonly roles: number
  readonly tiers: readonly SameTier[]
}

export interface SameTier {
  readonly level: number
  readonly nameOf: (codes: readonly number[]) => string
  /** Gangs that would not fit any more if so many machines were taken from a domain. */
  readonly gangsLost: (code: number, count: number) => number
  /** See `Level.unions`. */
  readonly unions: (() => readonly ReadonlySet<number>[] | null) | null
}

/** At most `max` machines of `roles` in each domain. */
export interface SpreadConstraint {
  readonly roles: number
  readonly level: number
  readonly max: number
  /** Machines of its roles already placed, by domain. */
  readonly used: ReadonlyMap<number, number>
}

/** Where machines that may be chosen for a request are, by place and roles. */
export class Census {
  readonly maskCount: number
  /** Machines by place times `maskCount` plus mask; null: too large, see {@link add}. */
  readonly table: Int32Array | null
  readonly #sparse = new Map<number, number>()

  constructor(placeCount: number, roleCount: number) {
    this.maskCount = 2 ** roleCount
    const size = Math.max(1, placeCount) * this.maskCount
    this.table = size <= maxTable ? new Int32Array(size) : null
  }

  /** Counts a machine where there is no table. */
  add(place: number, mask: number): void {
    const key = place * this.maskCount + mask
    this.#sparse.set(key, (this.#sparse.get(key) ?? 0) + 1)
  }

  /** What was counted, in order of places. */
  entries(): Pick<Ground, 'placeOf' | 'maskOf' | 'sizeOf'> {
    const table = this.table
    const keys = table === null ? Float64Array.from(this.#sparse.keys()).sort() : presentKeys(table)
    const placeOf = new Int32Array(keys.length)
    const maskOf = new Int32Array(keys.length)
    const sizeOf = new Int32Array(keys.length)
    for (let at = 0; at < keys.length; at += 1) {
      const key = keys[at] ?? 0
      const mask = key % this.maskCount
      placeOf[at] = (key - mask) / this.maskCount
      maskOf[at] = mask
      sizeOf[at] = table === null ? (this.#sparse.get(key) ?? 0) : (table[key] ?? 0)
    }
    return { placeOf, maskOf, sizeOf }
  }
}

/** Tables up to this size are arrays. */
const maxTable = 1 << 20

function presentKeys(table: Int32Array): Int32Array {
  const keys = new Int32Array(table.length)
  let count = 0
  for (let key = 0; key < table.length; key += 1) {
    if ((table[key] ?? 0) === 0) continue
    keys[count] = key
    count += 1
  }
  return keys.subarray(0, count)
}

/** The domain of a place at a level, or below 0. */
export function domainOfPlace({ places }: Pick<Ground, 'places'>, place: number, level: number) {
  return places.domains[level]?.[place] ?? noDomain
}

/** The ground where some roles are served only where `isOpen` says so. */
export function closeTo(ground: Ground, roles: number, isOpen: (place: number) => boolean): Ground {
  const openTo = Int32Array.from(ground.openTo)
  for (let place = 0; place < openTo.length; place += 1) {
    if (!isOpen(place)) openTo[place] = (openTo[place] ?? 0) & ~roles
  }
  return { ...ground, openTo }
}

/** Machines by the roles they may serve where they are. */
export function byMask({ placeOf, maskOf, sizeOf, openTo, demand }: Ground): readonly SizedMask[] {
  const sizes = new Int32Array(2 ** demand.length)
  for (let at = 0; at < placeOf.length; at += 1) {
    const mask = (maskOf[at] ?? 0) & (openTo[placeOf[at] ?? 0] ?? 0)
    sizes[mask] = (sizes[mask] ?? 0) + (sizeOf[at] ?? 0)
  }
  const found: SizedMask[] = []
  sizes.forEach((size, mask) => {
    if (size > 0 && mask !== 0) found.push({ mask, size })
  })
  return found
}

export interface SizedMask {
  readonly mask: number
  readonly size: number
}
