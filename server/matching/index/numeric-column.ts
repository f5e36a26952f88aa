import type { AttributeInfo, AttributeValue } from '../../../protocol/attributes/definition.ts'
import type { Comparison, Leaf } from '../../../protocol/request/expression.ts'
import type { Answer, Scratch } from './answer.ts'
import { Bitset } from './bitset.ts'
import type { Column, ColumnHome } from './column.ts'
import { bitsGroup, type Group } from './group.ts'
import { Thresholds } from './thresholds.ts'

const maxExact = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * Whole numbers and quantities. Values are floats, with the exact value beside those too large for
 * one; comparisons are exact. Ranges are answered from bitsets of "at least" ({@link Thresholds}).
 */
export class NumericColumn implements Column {
  readonly attribute: AttributeInfo
  /** By slot; NaN for none and not known. */
  floats: Float64Array
  readonly #known: Bitset
  readonly #none: Bitset
  readonly #unknown: Bitset
  /** Values that a float does not hold exactly, by slot. */
  readonly #large = new Map<number, bigint>()
  #thresholds: Thresholds | null = null

  constructor(attribute: AttributeInfo, home: ColumnHome) {
    this.attribute = attribute
    this.floats = new Float64Array(home.wordCount * 32).fill(Number.NaN)
    this.#known = new Bitset(home.wordCount)
    this.#none = new Bitset(home.wordCount)
    this.#unknown = new Bitset(home.wordCount)
  }

  set(slot: number, value: AttributeValue | null | undefined): void {
    if (typeof value !== 'bigint') {
      const home = value === undefined ? this.#unknown : this.#none
      if (home.has(slot)) return
      this.clear(slot)
      home.add(slot)
      return
    }
    const float = Number(value)
    const exact = value <= maxExact && value >= -maxExact
    if (this.floats[slot] === float && exact && !this.#large.has(slot)) return
    this.clear(slot)
    this.floats[slot] = float
    this.#known.add(slot)
    if (!exact) this.#large.set(slot, value)
    this.#thresholds?.add(slot, float, exact)
    if (this.#thresholds?.isSkewed === true) this.#thresholds = null
  }

  clear(slot: number): void {
    if (this.#known.has(slot)) {
      this.#thresholds?.delete(slot, this.floats[slot] ?? Number.NaN)
      this.#known.delete(slot)
      this.#large.delete(slot)
      this.floats[slot] = Number.NaN
    }
    this.#none.delete(slot)
    this.#unknown.delete(slot)
  }

  resize(wordCount: number): void {
    const floats = new Float64Array(wordCount * 32).fill(Number.NaN)
    floats.set(this.floats)
    this.floats = floats
    this.#known.resize(wordCount)
    this.#none.resize(wordCount)
    this.#unknown.resize(wordCount)
    this.#thresholds?.resize(wordCount)
  }

  number(slot: number): number {
    return this.floats[slot] ?? Number.NaN
  }

  /** The exact value in a slot. */
  valueAt(slot: number): bigint | null | undefined {
    if (this.#known.has(slot)) return this.#large.get(slot) ?? BigInt(this.floats[slot] ?? 0)
    return this.#none.has(slot) ? null : undefined
  }

  answer(leaf: Leaf, scratch: Scratch): Answer {
    const { words, count } = this.#yes(leaf, scratch)
    const { words: unknown, count: unknownCount } = this.#unknown
    return { yes: words, unknown, yesCount: count, unknownCount }
  }

  #yes(leaf: Leaf, scratch: Scratch): Counted {
    if (leaf.kind === 'exists') return leaf.wanted ? this.#known : this.#none
    if (leaf.kind === 'in' || leaf.kind === 'notIn') {
      const yes = { words: scratch.zeros(), count: 0 }
      for (const value of new Set(leaf.values)) {
        if (typeof value === 'bigint') this.#addEqual(value, yes, scratch)
      }
      return leaf.kind === 'in' ? yes : this.#others(yes)
    }
    if (leaf.kind === 'compare' && typeof leaf.value === 'bigint') {
      return this.#compare(leaf.operator, leaf.value, scratch)
    }
    return { words: scratch.zeros(), count: 0 }
  }

  #compare(operator: Comparison, value: bigint, scratch: Scratch): Counted {
    switch (operator) {
      case 'gte':
        return this.#atLeast(value, scratch)
      case 'gt':
        return this.#atLeast(value + 1n, scratch)
      case 'lt':
        return this.#below(value, scratch)
      case 'lte':
        return this.#below(value + 1n, scratch)
      case 'eq':
      case 'ne': {
        const equal = { words: scratch.zeros(), count: 0 }
        this.#addEqual(value, equal, scratch)
        return operator === 'eq' ? equal : this.#others(equal)
      }
    }
  }

  /** Values not less than `value`. */
  #atLeast(value: bigint, scratch: Scratch): Counted {
    const float = Number(value)
    const exact = value <= maxExact && value >= -maxExact
    const { sure, maybe } = this.#levels().atLeast(float, exact)
    if (maybe === null) return sure ?? { words: scratch.zeros(), count: 0 }
    const words = scratch.take()
    if (sure === null) words.fill(0)
    else words.set(sure.words)
    let count = sure?.count ?? 0
    const { slots, values } = maybe
    for (let at = 0; at < slots.length; at += 1) {
      const held = values[at] ?? 0
      if (held < float) continue
      const slot = slots[at] ?? 0
      if (held === float && !this.#holds(slot, held, value, exact)) continue
      words[slot >>> 5] = (words[slot >>> 5] ?? 0) | (1 << (slot & 31))
      count += 1
    }
    return { words, count }
  }

  /** The least and the greatest value of some machines; null where none has one. */
  range(words: Int32Array): { readonly low: number; readonly high: number } | null {
    return this.#levels().range(words)
  }

  /** All machines by rising or falling value, group by group; last those of which it is not known. */
  *groups(order: 'high' | 'low', all: Int32Array): Generator<Group> {
    yield* this.#levels().groups(order)
    yield bitsGroup(all, this.#known.words)
  }

  /** Of a value and a bound that are the same float: whether it is not below. */
  #holds(slot: number, held: number, bound: bigint, exact: boolean): boolean {
    const large = this.#large.get(slot)
    return large === undefined && exact ? true : (large ?? BigInt(held)) >= bound
  }

  #below(value: bigint, scratch: Scratch): Counted {
    const reached = this.#atLeast(value, scratch)
    const words = scratch.take()
    const known = this.#known.words
    const other = reached.words
    for (let at = 0; at < words.length; at += 1) words[at] = (known[at] ?? 0) & ~(other[at] ?? 0)
    return { words, count: this.#known.count - reached.count }
  }

  #addEqual(value: bigint, to: { words: Int32Array; count: number }, scratch: Scratch): void {
    const reached = this.#atLeast(value, scratch)
    const beyond = this.#atLeast(value + 1n, scratch)
    const { words } = to
    for (let at = 0; at < words.length; at += 1) {
      words[at] = (words[at] ?? 0) | ((reached.words[at] ?? 0) & ~(beyond.words[at] ?? 0))
    }
    to.count += reached.count - beyond.count
  }

  /** What is known and not among `words`; a machine that has none has no such value either. */
  #others({ words, count }: Counted): Counted {
    const known = this.#known.words
    const none = this.#none.words
    for (let at = 0; at < words.length; at += 1) {
      words[at] = ((known[at] ?? 0) | (none[at] ?? 0)) & ~(words[at] ?? 0)
    }
    return { words, count: this.#known.count + this.#none.count - count }
  }

  #levels(): Thresholds {
    this.#thresholds ??= Thresholds.build(
      this.floats,
      this.#known,
      (slot) => !this.#large.has(slot),
    )
    return this.#thresholds
  }
}

interface Counted {
  readonly words: Int32Array
  readonly count: number
}
