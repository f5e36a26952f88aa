import type { FleetIndex } from './index/fleet-index.ts'
import type { Score, Scorer } from './rank.ts'

/** The best machines found at once: twice as many as are wanted, but at least so many. */
const smallestBatch = 8

/**
 * Machines of a role, best first: preference, scarcity, surplus, id. The best few are found in one
 * walk over all, the next ones (four times as many) if they are asked for: most machines never are.
 */
export class Ranking {
  readonly #slots: Int32Array
  readonly #scorer: Scorer
  readonly #index: FleetIndex
  /** Of `#slots`, less is better: what is looked at first. */
  readonly #first: Float64Array
  #batchSize: number
  /** Positions in `#slots`, best first; while a batch is looked for, a heap with the worst on top. */
  #batch: number[] = []
  #given = 0
  readonly #surpluses = new Map<number, number>()

  /** `wanted`: how many will be asked for, as far as is known. */
  constructor(slots: Int32Array, wanted: number, scorer: Scorer, index: FleetIndex) {
    this.#slots = slots
    this.#scorer = scorer
    this.#index = index
    this.#first = scorer.first(slots)
    this.#batchSize = Math.max(smallestBatch, 2 * wanted)
  }

  /** The next machine, or null after the last. */
  next(): number | null {
    if (this.#given === this.#batch.length) this.#findBatch()
    const position = this.#batch[this.#given]
    if (position === undefined) return null
    this.#given += 1
    return this.#slots[position] ?? null
  }

  score(slot: number): Score {
    return {
      preference: this.#scorer.preference(slot),
      scarcity: this.#scorer.scarcity(slot),
      surplus: this.#scorer.surplus(slot),
    }
  }

  /** Finds the best of those that come after the last one given. */
  #findBatch(): void {
    const last = this.#batch.at(-1) ?? null
    const first = this.#first
    const least = last === null ? -Infinity : (first[last] ?? 0)
    const heap: number[] = []
    let worst = Infinity
    for (let at = 0; at < first.length; at += 1) {
      const own = first[at] ?? 0
      if (own > worst || own < least) continue
      if (last !== null && !this.#isBefore(last, at)) continue
      if (heap.length < this.#batchSize) {
        heap.push(at)
        this.#rise(heap)
      } else if (this.#isBefore(at, heap[0] ?? 0)) {
        heap[0] = at
        this.#sink(heap)
      }
      if (heap.length === this.#batchSize) worst = first[heap[0] ?? 0] ?? 0
    }
    this.#batch = heap.sort((a, b) => (this.#isBefore(a, b) ? -1 : 1))
    this.#given = 0
    this.#batchSize *= 4
  }

  /** Brings the last of a heap to its place. */
  #rise(heap: number[]): void {
    let at = heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const own = heap[at] ?? 0
      const above = heap[parent] ?? 0
      if (!this.#isBefore(above, own)) return
      heap[at] = above
      heap[parent] = own
      at = parent
    }
  }

  /** Brings the first of a heap to its place. */
  #sink(heap: number[]): void {
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) return
      if (child + 1 < heap.length && this.#isBefore(heap[child] ?? 0, heap[child + 1] ?? 0)) {
        child += 1
      }
      const own = heap[at] ?? 0
      const worst = heap[child] ?? 0
      if (!this.#isBefore(own, worst)) return
      heap[at] = worst
      heap[child] = own
      at = child
    }
  }

  /** By position; never both ways, and never of one machine and itself. */
  #isBefore(a: number, b: number): boolean {
    const first = (this.#first[a] ?? 0) - (this.#first[b] ?? 0)
    if (first !== 0) return first < 0
    const slot = this.#slots[a] ?? 0
    const other = this.#slots[b] ?? 0
    const scarce = this.#index.scarcity(slot) - this.#index.scarcity(other)
    if (scarce !== 0) return scarce < 0
    const surplus = this.#surplus(slot) - this.#surplus(other)
    if (surplus !== 0) return surplus < 0
    return this.#index.rank(slot) < this.#index.rank(other)
  }

  #surplus(slot: number): number {
    const known = this.#surpluses.get(slot)
    if (known !== undefined) return known
    const surplus = this.#scorer.surplus(slot)
    this.#surpluses.set(slot, surplus)
    return surplus
  }
}
