/**
 * A condition answered for every machine, as bits by slot: yes, not known, and otherwise no. The
 * words may belong to the index: they are read, never written.
 */
export interface Answer {
  readonly yes: Int32Array
  readonly unknown: Int32Array
  readonly yesCount: number
  readonly unknownCount: number
}

/** Word arrays of one length, lent for one match and taken back all at once. */
export class Scratch {
  /** No machine at all. Shared: read, never written. */
  nothing: Int32Array = new Int32Array(0)
  readonly #all: Int32Array[] = []
  #lent = 0
  #wordCount = 0

  /** Takes everything back. What was lent before must not be used any more. */
  reset(wordCount: number): void {
    if (wordCount !== this.#wordCount) {
      this.#all.length = 0
      this.nothing = new Int32Array(wordCount)
    }
    this.#wordCount = wordCount
    this.#lent = 0
  }

  /** Words with anything in them. */
  take(): Int32Array {
    const lent = this.#all[this.#lent]
    this.#lent += 1
    if (lent !== undefined) return lent
    const made = new Int32Array(this.#wordCount)
    this.#all.push(made)
    return made
  }

  zeros(): Int32Array {
    return this.take().fill(0)
  }
}
