import assert from 'node:assert/strict'

/** Machines by slot number, one bit each, with their count. All of one index have equal length. */
export class Bitset {
  words: Int32Array
  count = 0

  constructor(wordCount: number) {
    this.words = new Int32Array(wordCount)
  }

  has(slot: number): boolean {
    return ((this.words[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0
  }

  add(slot: number): void {
    const word = this.words[slot >>> 5] ?? 0
    const bit = 1 << (slot & 31)
    if ((word & bit) !== 0) return
    this.words[slot >>> 5] = word | bit
    this.count += 1
  }

  delete(slot: number): void {
    const word = this.words[slot >>> 5] ?? 0
    const bit = 1 << (slot & 31)
    if ((word & bit) === 0) return
    this.words[slot >>> 5] = word & ~bit
    this.count -= 1
  }

  resize(wordCount: number): void {
    assert(wordCount >= this.words.length, 'a bitset only grows')
    const words = new Int32Array(wordCount)
    words.set(this.words)
    this.words = words
  }

  copyFrom(other: Bitset): void {
    this.words.set(other.words)
    this.count = other.count
  }
}

/** Bits set in a 32-bit word. */
export function popCount(word: number): number {
  let rest = word - ((word >>> 1) & 0x55555555)
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333)
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

export function countBits(words: Int32Array): number {
  let count = 0
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? 0
    if (word !== 0) count += popCount(word)
  }
  return count
}

export function countCommon(a: Int32Array, b: Int32Array): number {
  let count = 0
  for (let at = 0; at < a.length; at += 1) {
    const word = (a[at] ?? 0) & (b[at] ?? 0)
    if (word !== 0) count += popCount(word)
  }
  return count
}

/** Writes the slots of all bits into `slots`, lowest first, and returns how many. */
export function listSlots(words: Int32Array, slots: Int32Array): number {
  return listCommon(words, words, slots)
}

/** The same of the bits that two have in common. */
export function listCommon(a: Int32Array, b: Int32Array, slots: Int32Array): number {
  let count = 0
  for (let at = 0; at < a.length; at += 1) {
    let word = (a[at] ?? 0) & (b[at] ?? 0)
    while (word !== 0) {
      slots[count] = (at << 5) | (31 - Math.clz32(word & -word))
      count += 1
      word &= word - 1
    }
  }
  return count
}
