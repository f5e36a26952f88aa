import { listSlots } from './bitset.ts'

/** Room between two neighbours where slots are numbered anew. */
const spacing = 2 ** 20

/**
 * The order of machines by id as numbers by slot, so that ties are broken without comparing texts
 * and the same way whatever the order in which machines came.
 */
export class MachineOrder {
  readonly #ids: readonly (string | undefined)[]
  /** Slots by rising id. */
  readonly #sorted: number[] = []
  #ranks: Float64Array

  /** `ids`: by slot, kept by the caller. */
  constructor(ids: readonly (string | undefined)[], slotCount: number) {
    this.#ids = ids
    this.#ranks = new Float64Array(slotCount)
  }

  /** Rises with the id. */
  rank(slot: number): number {
    return this.#ranks[slot] ?? 0
  }

  /** The first of some machines (`total` of them, as bits), by slot in order of their ids. */
  first(words: Int32Array, total: number, count: number): readonly number[] {
    const wanted = Math.min(total, count)
    const found: number[] = []
    // Among many the first are soon met; of few it is quicker to sort them.
    if (total < count + this.#sorted.length / 1024) {
      const slots = new Int32Array(total)
      listSlots(words, slots)
      return [...slots].sort((a, b) => this.rank(a) - this.rank(b)).slice(0, wanted)
    }
    for (let at = 0; found.length < wanted && at < this.#sorted.length; at += 1) {
      const slot = this.#sorted[at] ?? 0
      if (((words[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0) found.push(slot)
    }
    return found
  }

  resize(slotCount: number): void {
    const ranks = new Float64Array(slotCount)
    ranks.set(this.#ranks)
    this.#ranks = ranks
  }

  add(slot: number): void {
    const at = this.#position(this.#ids[slot] ?? '')
    const before = this.#sorted[at - 1]
    const after = this.#sorted[at]
    this.#sorted.splice(at, 0, slot)
    const low = before === undefined ? null : this.rank(before)
    const high = after === undefined ? null : this.rank(after)
    const rank =
      low === null
        ? (high ?? spacing) - spacing
        : high === null
          ? low + spacing
          : low + (high - low) / 2
    if (rank === low || rank === high) this.#renumber()
    else this.#ranks[slot] = rank
  }

  remove(slot: number): void {
    const at = this.#position(this.#ids[slot] ?? '')
    if (this.#sorted[at] === slot) this.#sorted.splice(at, 1)
  }

  #position(id: string): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#ids[this.#sorted[middle] ?? 0] ?? '') < id) low = middle + 1
      else high = middle
    }
    return low
  }

  #renumber(): void {
    this.#sorted.forEach((slot, at) => {
      this.#ranks[slot] = at * spacing
    })
  }
}
