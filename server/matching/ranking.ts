import type { FleetIndex } from './index/fleet-index.ts'
import { anyGroup, type Group } from './index/group.ts'
import type { Scorer } from './rank.ts'
import { nthLargest } from './select.ts'

/** The best machines found at once: twice as many as are wanted, but at least so many. */
const smallestBatch = 8

/** Which machines are ranked. */
export interface Ranked {
  /** As bits. */
  readonly machines: Int32Array
  /** How many of them `admits` lets in, or about so many. */
  readonly count: number
  /** Whether one of them may be had; null: all may. */
  readonly admits: ((slot: number) => boolean) | null
}

/**
 * Machines of a role, best first. The best few are found together, the next ones (four times as many)
 * if they are asked for: most machines never are. Each criterion is only asked about machines that all
 * before it leave equal, and where machines are at hand in order of the first, only the front of that
 * order is looked at. Uses the index's slot buffer: one ranking at a time.
 */
export class Ranking {
  readonly #ranked: Ranked
  readonly #scorer: Scorer
  readonly #index: FleetIndex
  /** Null: all are gathered at once. */
  readonly #groups: Iterator<Group> | null
  #batchSize: number
  /** Machines gathered; the first of them in order, the first of these given. */
  #gathered = 0
  #ordered = 0
  #given = 0
  /** By the first criterion nothing that is still to be gathered is better; null: nothing is left. */
  #outlook: number | null = Infinity

  /** `wanted`: how many will be asked for, as far as is known. */
  constructor(ranked: Ranked, wanted: number, scorer: Scorer, index: FleetIndex) {
    this.#ranked = ranked
    this.#scorer = scorer
    this.#index = index
    this.#batchSize = Math.max(smallestBatch, 2 * wanted)
    // Of few it is quicker to list them all than to meet them in order among the others.
    const looked = (this.#batchSize * index.size) / Math.max(1, ranked.count)
    const groups = looked < ranked.count * 2 ? scorer.groups() : null
    this.#groups = groups?.[Symbol.iterator]() ?? null
  }

  /** The next machine, or null after the last. */
  next(): number | null {
    if (this.#given === this.#ordered) this.#order()
    if (this.#given === this.#ordered) return null
    this.#given += 1
    return this.#index.slotBuffer[this.#given - 1] ?? null
  }

  /** Brings the best of those not in order yet to their places. */
  #order(): void {
    while (this.#outlook !== null && !this.#isEnough(this.#outlook)) this.#gather()
    const rest = this.#index.slotBuffer.subarray(this.#ordered, this.#gathered)
    const size = Math.min(rest.length, this.#batchSize)
    this.#bringForward(rest, size)
    this.#sort(rest.subarray(0, size))
    this.#ordered += size
    this.#batchSize *= 4
  }

  /** Whether a batch of machines is surely better than all that may still come. */
  #isEnough(outlook: number): boolean {
    const open = this.#index.slotBuffer.subarray(this.#ordered, this.#gathered)
    if (open.length < this.#batchSize) return false
    return nthLargest(this.#rate(open), this.#batchSize - 1) > outlook
  }

  #gather(): void {
    const { value: group, done } = this.#groups?.next() ?? { value: anyGroup, done: false }
    if (done === true) {
      this.#outlook = null
      return
    }
    const from = this.#gathered
    this.#collect(group)
    if (this.#groups === null) {
      this.#outlook = null
      return
    }
    const figures = this.#rate(this.#index.slotBuffer.subarray(from, this.#gathered))
    for (let at = 0; at < figures.length; at += 1) {
      this.#outlook = Math.min(this.#outlook ?? Infinity, figures[at] ?? 0)
    }
  }

  #collect(group: Group): void {
    const slots = this.#index.slotBuffer
    const { machines, admits } = this.#ranked
    const from = this.#gathered
    const end = group.collect(machines, slots, from)
    if (admits === null) {
      this.#gathered = end
      return
    }
    for (let at = from; at < end; at += 1) {
      const slot = slots[at] ?? 0
      if (!admits(slot)) continue
      slots[this.#gathered] = slot
      this.#gathered += 1
    }
  }

  /** By the first criterion. In the index's buffer: good until the next call. */
  #rate(slots: Int32Array): Float64Array {
    const figures = this.#index.figureBuffer.subarray(0, slots.length)
    this.#scorer.criteria[0]?.(slots, figures)
    return figures
  }

  /** Brings the best `count` to the front, in no order. */
  #bringForward(slots: Int32Array, count: number): void {
    let [from, to] = [0, slots.length]
    for (const criterion of this.#scorer.criteria) {
      if (to <= count) return
      // Those before `from` are in, those from `to` on are out.
      const open = slots.subarray(from, to)
      const figures = this.#index.figureBuffer.subarray(0, open.length)
      criterion(open, figures)
      const bound = nthLargest(figures, count - from - 1)
      const { better, equal } = partition(open, figures, bound)
      to = from + better + equal
      from += better
    }
  }

  /** By a criterion, and those that are equal by the next. */
  #sort(slots: Int32Array, depth = 0): void {
    const criterion = this.#scorer.criteria[depth]
    if (slots.length < 2 || criterion === undefined) return
    const figures = new Float64Array(slots.length)
    criterion(slots, figures)
    const rated = Array.from(slots, (slot, at) => ({ slot, figure: figures[at] ?? 0 }))
    // Not by their difference: the worst is minus infinity.
    rated.sort((a, b) => (a.figure === b.figure ? 0 : a.figure > b.figure ? -1 : 1))
    slots.set(rated.map(({ slot }) => slot))
    let from = 0
    for (let at = 1; at <= rated.length; at += 1) {
      if (at < rated.length && rated[at]?.figure === rated[from]?.figure) continue
      this.#sort(slots.subarray(from, at), depth + 1)
      from = at
    }
  }
}

/** Brings the better ones to the front, then those that are equal to the bound; how many they are. */
function partition(
  slots: Int32Array,
  figures: Float64Array,
  bound: number,
): { readonly better: number; readonly equal: number } {
  let better = 0
  let equal = 0
  for (let at = 0; at < slots.length; at += 1) {
    const figure = figures[at] ?? 0
    if (figure < bound) continue
    const slot = slots[at] ?? 0
    // What comes next after the equal ones makes room for it, and the first of these for a better one.
    const end = better + equal
    slots[at] = slots[end] ?? 0
    figures[at] = figures[end] ?? 0
    slots[end] = slot
    figures[end] = figure
    if (figure === bound) {
      equal += 1
      continue
    }
    slots[end] = slots[better] ?? 0
    figures[end] = figures[better] ?? 0
    slots[better] = slot
    figures[better] = figure
    better += 1
  }
  return { better, equal }
}
