import { Bitset, listSlots } from './bitset.ts'
import { bitsGroup, type Group, listGroup } from './group.ts'

/** Levels made for many different values: machines between two levels are looked at one by one. */
const levelCount = 128

interface Level {
  readonly bound: number
  /** Machines whose value is at least `bound`. */
  readonly reached: Bitset
  /** Those among them below the next level; null while each has exactly `bound`. */
  between: Between | null
}

/** Some machines and their values, in no order. */
export interface Between {
  readonly slots: number[]
  readonly values: number[]
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
    const levels = chooseBounds(sorted).map((bound): Level => ({
      bound,
      reached: new Bitset(wordCount),
      between: null,
    }))
    const levelOf = (slot: number) => levels[lastAtMost(levels, floats[slot] ?? 0)]
    for (const slot of slots) {
      const level = levelOf(slot)
      if (level === undefined || (level.bound === floats[slot] && isExact(slot))) continue
      level.between ??= { slots: [], values: [] }
    }
    for (const slot of slots) {
      const level = levelOf(slot)
      level?.reached.add(slot)
      level?.between?.slots.push(slot)
      level?.between?.values.push(floats[slot] ?? 0)
    }
    for (let at = levels.length - 2; at >= 0; at -= 1) addAll(levels[at], levels[at + 1])
    return new Thresholds(levels, wordCount)
  }

  add(slot: number, value: number, exact: boolean): void {
    const at = lastAtMost(this.#levels, value)
    const level = this.#levels[at]
    // Machines of a level that is not pure may lie beyond a new one above it.
    const mayInsert =
      level === undefined || (level.between === null && this.#levels.length < levelCount)
    if (level?.bound !== value && mayInsert) {
      this.#insert(at + 1, value)
      if (!exact) this.#open(at + 1)
    } else if (level !== undefined && (level.bound !== value || !exact)) {
      this.#open(at)
      this.#skewed ||= this.#isSkewedAt(at)
    }
    const between = this.#levels[lastAtMost(this.#levels, value)]?.between
    between?.slots.push(slot)
    between?.values.push(value)
    for (const { bound, reached } of this.#levels) {
      if (bound > value) break
      reached.add(slot)
    }
  }

  delete(slot: number, value: number): void {
    const between = this.#levels[lastAtMost(this.#levels, value)]?.between ?? null
    if (between !== null) forget(between, slot)
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
   * Machines sure to have at least `value`, and others of which some may; null where there are none
   * to look at.
   */
  atLeast(
    value: number,
    exact: boolean,
  ): { readonly sure: Bitset | null; readonly maybe: Between | null } {
    const at = lastAtMost(this.#levels, value)
    const next = this.#levels[at + 1]?.reached ?? null
    const level = this.#levels[at]
    if (level === undefined) return { sure: next, maybe: null }
    if (level.bound === value && exact) return { sure: level.reached, maybe: null }
    if (level.bound < value) return { sure: next, maybe: level.between }
    return { sure: next, maybe: level.between ?? this.#exactly(at) }
  }

  /** The least and the greatest value of some machines; null where none has one. */
  range(words: Int32Array): { readonly low: number; readonly high: number } | null {
    const levels = this.#levels
    const [all] = levels
    if (all === undefined || !meet(words, all.reached.words)) return null
    // The highest level that one of them reaches, and the lowest that one of them does not leave.
    const top = lastWhere(levels.length, (at) => meet(words, levels[at]?.reached.words ?? words))
    const bottom = lastWhere(levels.length, (at) => {
      const reached = levels[at]?.reached.words ?? words
      return !meetOutside(words, all.reached.words, reached)
    })
    return { low: this.#extreme(bottom, words, 'low'), high: this.#extreme(top, words, 'high') }
  }

  /** Of machines between a level and the next, of which there are some. */
  #extreme(at: number, words: Int32Array, end: 'low' | 'high'): number {
    const { between = null, bound = Number.NaN } = this.#levels[at] ?? {}
    if (between === null) return bound
    const { slots, values } = between
    let found = end === 'low' ? Infinity : -Infinity
    for (let member = 0; member < slots.length; member += 1) {
      const slot = slots[member] ?? 0
      const value = values[member] ?? 0
      if (end === 'low' ? value >= found : value <= found) continue
      if (((words[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0) found = value
    }
    return found
  }

  /** All machines by rising or falling value: no value of one group lies within another. */
  *groups(order: 'high' | 'low'): Generator<Group> {
    const count = this.#levels.length
    for (let step = 0; step < count; step += 1) {
      const at = order === 'low' ? step : count - 1 - step
      const level = this.#levels[at]
      if (level === undefined) continue
      yield level.between === null
        ? bitsGroup(level.reached.words, this.#levels[at + 1]?.reached.words ?? null)
        : listGroup(level.between.slots)
    }
  }

  /** A new level for one value, which the machines above it reach, too. */
  #insert(at: number, bound: number): void {
    const reached = new Bitset(this.#wordCount)
    const above = this.#levels[at]
    if (above !== undefined) reached.copyFrom(above.reached)
    this.#levels.splice(at, 0, { bound, reached, between: null })
  }

  /** From now on machines of a level may have more than its bound. */
  #open(at: number): void {
    const level = this.#levels[at]
    if (level !== undefined) level.between ??= this.#exactly(at)
  }

  /** The machines of a level that have its bound and no other value. */
  #exactly(at: number): Between {
    const { reached, bound = 0 } = this.#levels[at] ?? {}
    const beyond = this.#levels[at + 1]?.reached.words
    const slots: number[] = []
    reached?.words.forEach((word, index) => {
      for (let rest = word & ~(beyond?.[index] ?? 0); rest !== 0; rest &= rest - 1) {
        slots.push((index << 5) | (31 - Math.clz32(rest & -rest)))
      }
    })
    return { slots, values: slots.map(() => bound) }
  }
}

function forget({ slots, values }: Between, slot: number): void {
  const at = slots.indexOf(slot)
  if (at < 0) return
  const lastSlot = slots.pop()
  const lastValue = values.pop()
  if (at === slots.length || lastSlot === undefined || lastValue === undefined) return
  slots[at] = lastSlot
  values[at] = lastValue
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
  return lastWhere(levels.length, (at) => (levels[at]?.bound ?? 0) <= value)
}

/** The last position for which something holds that holds for all before it; -1: for none. */
function lastWhere(count: number, holds: (at: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(middle)) low = middle + 1
    else high = middle
  }
  return low - 1
}

function meet(a: Int32Array, b: Int32Array): boolean {
  for (let at = 0; at < a.length; at += 1) if (((a[at] ?? 0) & (b[at] ?? 0)) !== 0) return true
  return false
}

/** Whether `a` and `b` have something in common that is not in `without`. */
function meetOutside(a: Int32Array, b: Int32Array, without: Int32Array): boolean {
  for (let at = 0; at < a.length; at += 1) {
    if (((a[at] ?? 0) & (b[at] ?? 0) & ~(without[at] ?? 0)) !== 0) return true
  }
  return false
}

function addAll(to: Level | undefined, from: Level | undefined): void {
  if (to === undefined || from === undefined) return
  const own = to.reached.words
  const other = from.reached.words
  for (let at = 0; at < own.length; at += 1) own[at] = (own[at] ?? 0) | (other[at] ?? 0)
  to.reached.count += from.reached.count
}
