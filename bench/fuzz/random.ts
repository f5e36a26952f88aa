/** Numbers that a seed fixes (xorshift32): not for secrets, good enough to break decoders with. */
export class SeededRandom {
  #state: number

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e37_79b9) >>> 0 || 1
  }

  /** Whole number from 0, below `limit`. */
  below(limit: number): number {
    return limit <= 1 ? 0 : this.#next() % limit
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)]
  }

  #next(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state
  }
}
