import type { Level } from '../topology.ts'

/** Machines that stand in the same domains of some levels, all of them numbered. */
export interface Places {
  /** By slot; -1 without a machine. */
  readonly placeOf: Int32Array
  /** By place: the domain at each level, or `noDomain`. */
  readonly domains: readonly (readonly number[])[]
}

interface KeptPlaces extends Places {
  /** Of each level when the places were numbered. */
  readonly versions: readonly number[]
}

/** Combinations of levels kept. */
const maxKept = 16

/**
 * Places by the names of the levels, made again when a machine has moved: that is rare, and requests
 * over the same levels are not.
 */
export class PlaceBook {
  readonly #kept = new Map<string, KeptPlaces>()

  /** `slots`: those with a machine, see `FleetIndex.live`. */
  places(names: readonly string[], levels: readonly Level[], live: Int32Array): Places {
    const key = names.join(' ')
    const versions = levels.map((level) => level.version)
    const kept = this.#kept.get(key)
    const isFresh =
      kept !== undefined &&
      kept.placeOf.length === live.length * 32 &&
      kept.versions.every((version, at) => version === versions[at])
    if (isFresh) return kept
    const made = { ...number(levels, live), versions }
    this.#kept.delete(key)
    this.#kept.set(key, made)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest)
    return made
  }
}

function number(levels: readonly Level[], live: Int32Array): Places {
  const placeOf = new Int32Array(live.length * 32).fill(-1)
  const domains: (readonly number[])[] = []
  const placeByKey = new Map<string, number>()
  for (let at = 0; at < live.length; at += 1) {
    for (let rest = live[at] ?? 0; rest !== 0; rest &= rest - 1) {
      const slot = (at << 5) | (31 - Math.clz32(rest & -rest))
      const own = levels.map((level) => level.domainAt(slot))
      const key = own.join(' ')
      let place = placeByKey.get(key)
      if (place === undefined) {
        place = domains.push(own) - 1
        placeByKey.set(key, place)
      }
      placeOf[slot] = place
    }
  }
  return { placeOf, domains }
}
