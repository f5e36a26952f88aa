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

  /** By slot; good until a machine comes or goes. */
  get ranks(): Float64Array {
    return this.#ranks
  }

  /** Rises with the id. */
  rank(slot: number): number {
    return this.#ranks[slot] ?? 0
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
