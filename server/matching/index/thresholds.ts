import { Bitset, listSlots } from './bitset.ts'

/** Levels made for many different values: machines between two levels are looked at one by one. */
const levelCount = 128

interface Level {
  readonly bound: number
  /** Machines whose value is at least `bound`. */
  readonly reached: Bitset
  /** Every machine between this level and the next has exactly `bound`. */
  isPure: boolean
}

/**
 * "At least" bitsets of one column of numbers: up to {@link levelCount} different values have a level
 * each, more share levels of about equal size.
 */
export class Thresholds {
  /** By rising bound; all known machines reach the first. */
  readonly #levels: Level[]
  #wordCount: number
  #skewed = false

  private constructor(levels: Level[], wordCount: number) {
    this.#levels = levels
    this.#wordCount = wordCount
  }

  /** `isExact`: the float is the whole value. */
  static build(
    floats: Float64Array,
    known: Bitset,
    isExact: (slot: number) => boolean,
  ): Thresholds {
    const wordCount = known.words.length
    const slots = new Int32Array(known.count)
    listSlots(known.words, slots)
    const sorted = new Float64Array(slots.length)
    for (let at = 0; at < slots.length; at += 1) sorted[at] = floats[slots[at] ?? 0] ?? 0
    sorted.sort()
    const bounds = chooseBounds(sorted)
    const levels = bounds.map((bound): Level => ({
      bound,
      reached: new Bitset(wordCount),
      isPure: true,
    }))
    for (const slot of slots) {
      const value = floats[slot] ?? 0
      const level = levels[lastAtMost(levels, value)]
      level?.reached.add(slot)
      if (level !== undefined && (level.bound !== value || !isExact(slot))) level.isPure = false
    }
    for (let at = levels.length - 2; at >= 0; at -= 1) addAll(levels[at], levels[at + 1])
    return new Thresholds(levels, wordCount)
  }

  add(slot: number, value: number, exact: boolean): void {
    const at = lastAtMost(this.#levels, value)
    const level = this.#levels[at]
    // Machines of a level that is not pure may lie beyond a new one above it.
    const mayInsert = level === undefined || (level.isPure && this.#levels.length < levelCount)
    if (level?.bound !== value && mayInsert) {
      this.#insert(at + 1, value, exact)
    } else if (level !== undefined && (level.bound !== value || !exact)) {
      level.isPure = false
      this.#skewed ||= this.#isSkewedAt(at)
    }
    for (const { bound, reached } of this.#levels) {
      if (bound > value) break
      reached.add(slot)
    }
  }

  delete(slot: number, value: number): void {
    for (const { bound, reached } of this.#levels) {
      if (bound > value) break
      reached.delete(slot)
    }
  }

  resize(wordCount: number): void {
    this.#wordCount = wordCount
    for (const { reached } of this.#levels) reached.resize(wordCount)
  }

  /** Whether so many machines lie between two levels that new levels are worth making. */
  get isSkewed(): boolean {
    return this.#skewed
  }

  #isSkewedAt(at: number): boolean {
    const total = this.#levels[0]?.reached.count ?? 0
    const between =
      (this.#levels[at]?.reached.count ?? 0) - (this.#levels[at + 1]?.reached.count ?? 0)
    return total >= 4096 && between > total / 8
  }

  /**
   * Machines sure to have at least `value`, and those of which some may (`sure` is among them); null
   * where there are none to look at.
   */
  atLeast(
    value: number,
    exact: boolean,
  ): { readonly sure: Bitset | null; readonly maybe: Bitset | null } {
    const at = lastAtMost(this.#levels, value)
    const next = this.#levels[at + 1]?.reached ?? null
    const level = this.#levels[at]
    if (level === undefined) return { sure: next, maybe: null }
    if (level.bound === value && exact) return { sure: level.reached, maybe: null }
    if (level.isPure && level.bound < value) return { sure: next, maybe: null }
    return { sure: next, maybe: level.reached }
  }

  /** A new level for one value, which the machines above it reach, too. */
  #insert(at: number, bound: number, isPure: boolean): void {
    const reached = new Bitset(this.#wordCount)
    const above = this.#levels[at]
    if (above !== undefined) reached.copyFrom(above.reached)
    // Machines between the level below and this one keep it impure where they are not its bound.
    this.#levels.splice(at, 0, { bound, reached, isPure })
  }
}

/** All different values, or about equal shares of them. */
function chooseBounds(sorted: Float64Array): readonly number[] {
  const different: number[] = []
  for (const value of sorted) {
    if (different.at(-1) === value) continue
    different.push(value)
    if (different.length > levelCount) break
  }
  if (different.length <= levelCount) return different
  const shares = new Set<number>()
  for (let share = 0; share < levelCount; share += 1) {
    shares.add(sorted[Math.floor((share * sorted.length) / levelCount)] ?? 0)
  }
  return [...shares].toSorted((a, b) => a - b)
}

function lastAtMost(levels: readonly Level[], value: number): number {
  let low = 0
  let high = levels.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((levels[middle]?.bound ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

function addAll(to: Level | undefined, from: Level | undefined): void {
  if (to === undefined || from === undefined) return
  const own = to.reached.words
  const other = from.reached.words
  for (let at = 0; at < own.length; at += 1) own[at] = (own[at] ?? 0) | (other[at] ?? 0)
  to.reached.count += from.reached.count
}
