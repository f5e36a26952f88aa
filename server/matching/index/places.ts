import type { Level } from '../topology.ts'

/** Machines that stand in the same domains of some levels, all of them numbered. */
export interface Places {
  /** By slot; -1 without a machine. */
  readonly placeOf: Int32Array
  readonly count: number
  /** By level, then by place: the domain, or a number below 0. */
  readonly domains: readonly Int32Array[]
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
    if (levels.length === 0) return nowhere
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

/** Where no level matters all machines are in one place. */
const nowhere: Places = { placeOf: new Int32Array(0), count: 1, domains: [] }

function number(levels: readonly Level[], live: Int32Array): Places {
  const placeOf = new Int32Array(live.length * 32).fill(-1)
  const found: (readonly number[])[] = []
  const placeByKey = new Map<string, number>()
  for (let at = 0; at < live.length; at += 1) {
    for (let rest = live[at] ?? 0; rest !== 0; rest &= rest - 1) {
      const slot = (at << 5) | (31 - Math.clz32(rest & -rest))
      const own = levels.map((level) => level.domainAt(slot))
      const key = own.join(' ')
      let place = placeByKey.get(key)
      if (place === undefined) {
        place = found.push(own) - 1
        placeByKey.set(key, place)
      }
      placeOf[slot] = place
    }
  }
  // In order of their names, so that nothing depends on which machine came first.
  const names = found.map((own) =>
    own.map((domain, level) =>
      domain < 0 ? String(domain) : `=${levels[level]?.nameOf([domain]) ?? ''}`,
    ),
  )
  const textOf = (place: number) => JSON.stringify(names[place])
  const order = found.map((_, place) => place).toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
  const positions = new Int32Array(found.length)
  order.forEach((place, position) => {
    positions[place] = position
  })
  for (let slot = 0; slot < placeOf.length; slot += 1) {
    const place = placeOf[slot] ?? -1
    if (place >= 0) placeOf[slot] = positions[place] ?? -1
  }
  const domains = levels.map((_, level) =>
    Int32Array.from(order, (place) => found[place]?.[level] ?? -1),
  )
  return { placeOf, count: found.length, domains }
}
