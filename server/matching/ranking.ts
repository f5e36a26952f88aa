import type { FleetIndex } from './index/fleet-index.ts'
import type { Score, Scorer } from './rank.ts'

/**
 * Machines of a role, best first: preference, scarcity, surplus, id. Found one by one as they are
 * asked for: most of them never are.
 */
export class Ranking {
  readonly #scorer: Scorer
  readonly #index: FleetIndex
  readonly #all: Int32Array
  /** Scarcities of machines not ranked yet, the lowest last; null: all are ranked together. */
  #bands: number[] | null
  #isOpened = false
  #slots: Int32Array = new Int32Array(0)
  #preferences = new Float64Array(0)
  #surpluses = new Float64Array(0)
  /** Positions in `#slots`, a heap with the best on top. */
  #heap = new Int32Array(0)
  #size = 0

  constructor(slots: Int32Array, scorer: Scorer, index: FleetIndex) {
    this.#scorer = scorer
    this.#index = index
    this.#all = slots
    this.#bands = scorer.hasPreference ? null : index.scarcitiesOf(slots)
  }

  /** The next machine, or null after the last. */
  next(): number | null {
    while (this.#size === 0) {
      const band = this.#nextBand()
      if (band === null) return null
      this.#open(band)
    }
    const top = this.#heap[0] ?? 0
    this.#size -= 1
    this.#heap[0] = this.#heap[this.#size] ?? 0
    this.#sink(0)
    return this.#slots[top] ?? null
  }

  score(slot: number): Score {
    return {
      preference: this.#scorer.preference(slot),
      scarcity: this.#scorer.scarcity(slot),
      surplus: this.#scorer.surplus(slot),
    }
  }

  /** Machines that come before all others left: those of the lowest scarcity, or all. */
  #nextBand(): Int32Array | null {
    if (this.#bands === null) {
      if (this.#isOpened) return null
      this.#isOpened = true
      return this.#all
    }
    const lowest = this.#bands.pop()
    if (lowest === undefined) return null
    const band = new Int32Array(this.#all.length)
    let count = 0
    for (let at = 0; at < this.#all.length; at += 1) {
      const slot = this.#all[at] ?? 0
      if (this.#index.scarcity(slot) !== lowest) continue
      band[count] = slot
      count += 1
    }
    return band.subarray(0, count)
  }

  #open(slots: Int32Array): void {
    const { length } = slots
    this.#slots = slots
    this.#preferences = new Float64Array(length)
    if (this.#scorer.hasPreference) {
      for (let at = 0; at < length; at += 1) {
        this.#preferences[at] = this.#scorer.preference(slots[at] ?? 0)
      }
    }
    this.#surpluses = new Float64Array(length).fill(Number.NaN)
    this.#heap = new Int32Array(length)
    for (let at = 0; at < length; at += 1) this.#heap[at] = at
    this.#size = length
    for (let at = (length >> 1) - 1; at >= 0; at -= 1) this.#sink(at)
  }

  #sink(from: number): void {
    const heap = this.#heap
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.#size) return
      const left = heap[child] ?? 0
      const right = heap[child + 1] ?? 0
      if (child + 1 < this.#size && this.#isBefore(right, left)) child += 1
      const own = heap[at] ?? 0
      const best = heap[child] ?? 0
      if (!this.#isBefore(best, own)) return
      heap[at] = best
      heap[child] = own
      at = child
    }
  }

  #isBefore(a: number, b: number): boolean {
    const preferred = (this.#preferences[b] ?? 0) - (this.#preferences[a] ?? 0)
    if (preferred !== 0) return preferred < 0
    const first = this.#slots[a] ?? 0
    const second = this.#slots[b] ?? 0
    const scarce = this.#index.scarcity(first) - this.#index.scarcity(second)
    if (scarce !== 0) return scarce < 0
    const surplus = this.#surplus(a, first) - this.#surplus(b, second)
    if (surplus !== 0) return surplus < 0
    return this.#index.rank(first) < this.#index.rank(second)
  }

  #surplus(at: number, slot: number): number {
    const known = this.#surpluses[at] ?? 0
    if (!Number.isNaN(known)) return known
    const surplus = this.#scorer.surplus(slot)
    this.#surpluses[at] = surplus
    return surplus
  }
}
