import { Bitset } from './bitset.ts'
import { bitsGroup, type Group, listGroup } from './group.ts'

/** The machines with one value. Few are listed, many are bits. */
export class Posting {
  readonly #maxListed: number
  #slots: number[] = []
  #bits: Bitset | null = null

  /** So many slots are kept as a list; more as bits. */
  constructor(maxListed = 128) {
    this.#maxListed = maxListed
  }

  get count(): number {
    return this.#bits?.count ?? this.#slots.length
  }

  /** The bits where there are any, to be read without a copy. */
  get bits(): Bitset | null {
    return this.#bits
  }

  add(slot: number, wordCount: number): void {
    if (this.#bits === null && this.#slots.length >= this.#maxListed) {
      this.#bits = new Bitset(wordCount)
      for (const listed of this.#slots) this.#bits.add(listed)
      this.#slots = []
    }
    if (this.#bits === null) this.#slots.push(slot)
    else this.#bits.add(slot)
  }

  delete(slot: number): void {
    if (this.#bits !== null) return this.#bits.delete(slot)
    const at = this.#slots.indexOf(slot)
    const last = this.#slots.pop()
    if (last !== undefined && at < this.#slots.length && at >= 0) this.#slots[at] = last
    return undefined
  }

  resize(wordCount: number): void {
    this.#bits?.resize(wordCount)
  }

  get group(): Group {
    return this.#bits === null ? listGroup(this.#slots) : bitsGroup(this.#bits.words, null)
  }

  /** Adds the machines to `words`. */
  addTo(words: Int32Array): void {
    if (this.#bits === null) {
      for (const slot of this.#slots)
        words[slot >>> 5] = (words[slot >>> 5] ?? 0) | (1 << (slot & 31))
      return
    }
    const own = this.#bits.words
    for (let at = 0; at < own.length; at += 1) words[at] = (words[at] ?? 0) | (own[at] ?? 0)
  }
}
