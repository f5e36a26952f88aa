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
  return sumOfFours(fours(word))
}

/** Bits set in three words, for not much more than one costs. */
function popCountOfThree(first: number, second: number, third: number): number {
  return sumOfFours(fours(first) + fours(second) + fours(third))
}

/** How many of every four bits are set, in their place: of three words 12 at most. */
function fours(word: number): number {
  const twos = word - ((word >>> 1) & 0x55555555)
  return (twos & 0x33333333) + ((twos >>> 2) & 0x33333333)
}

function sumOfFours(counts: number): number {
  const eights = (counts & 0x0f0f0f0f) + ((counts >>> 4) & 0x0f0f0f0f)
  return Math.imul(eights, 0x01010101) >>> 24
}

export function countBits(words: Int32Array): number {
  return countCommon(words, words)
}

// The next two walk over all machines for every condition. They do not look for empty words, which
// are hard to foresee, and `| 0` keeps sums small integers: each is a good part of their speed.

/** How many machines two sets have in common. */
export function countCommon(a: Int32Array, b: Int32Array): number {
  let count = 0
  let at = 0
  for (; at + 2 < a.length; at += 3) {
    const first = (a[at] ?? 0) & (b[at] ?? 0)
    const second = (a[at + 1] ?? 0) & (b[at + 1] ?? 0)
    const third = (a[at + 2] ?? 0) & (b[at + 2] ?? 0)
    count = (count + popCountOfThree(first, second, third)) | 0
  }
  for (; at < a.length; at += 1) count += popCount((a[at] ?? 0) & (b[at] ?? 0))
  return count
}

/** Leaves in `words` only what is in `others`, too, and returns how many that are. */
export function keepCommon(words: Int32Array, others: Int32Array): number {
  let count = 0
  let at = 0
  for (; at + 2 < words.length; at += 3) {
    const first = (words[at] ?? 0) & (others[at] ?? 0)
    const second = (words[at + 1] ?? 0) & (others[at + 1] ?? 0)
    const third = (words[at + 2] ?? 0) & (others[at + 2] ?? 0)
    words[at] = first
    words[at + 1] = second
    words[at + 2] = third
    count = (count + popCountOfThree(first, second, third)) | 0
  }
  for (; at < words.length; at += 1) {
    const word = (words[at] ?? 0) & (others[at] ?? 0)
    words[at] = word
    count += popCount(word)
  }
  return count
}

/** Writes the slots of all bits into `slots`, lowest first, and returns how many. */
export function listSlots(words: Int32Array, slots: Int32Array): number {
  let count = 0
  for (let at = 0; at < words.length; at += 1) {
    const base = at << 5
    for (let word = words[at] ?? 0; word !== 0; word &= word - 1) {
      slots[count] = base | (31 - Math.clz32(word & -word))
      count = (count + 1) | 0
    }
  }
  return count
}
