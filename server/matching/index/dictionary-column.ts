import type {
  AttributeInfo,
  AttributeValue,
  AttributeValues,
} from '../../../protocol/attributes/definition.ts'
import type { Leaf } from '../../../protocol/request/expression.ts'
import { compile } from '../evaluate.ts'
import type { Answer, Scratch } from './answer.ts'
import type { Column, ColumnHome } from './column.ts'
import { Posting } from './posting.ts'

/** One value that machines have, and which. */
export interface DictionaryEntry {
  readonly value: AttributeValue | null | undefined
  /** The value as a machine's only attribute: what conditions are asked of. */
  readonly values: AttributeValues
  readonly posting: Posting
}

/** The code of slots without a machine. */
const vacant = -1
export const unknownCode = 0
export const noneCode = 1

/**
 * Texts, sets, bools, and lists reduced to what is asked of them: every distinct value once, with the
 * machines that have it. A condition is asked of each value and not of each machine.
 */
export class DictionaryColumn implements Column {
  readonly attribute: AttributeInfo
  readonly entries: DictionaryEntry[]
  /** Number of the entry by slot. */
  codes: Int32Array
  /** Rises with every change. */
  version = 0
  readonly #home: ColumnHome
  readonly #codeByKey = new Map<string, number>()
  readonly #free: number[] = []

  constructor(attribute: AttributeInfo, home: ColumnHome) {
    this.attribute = attribute
    this.#home = home
    this.codes = new Int32Array(home.wordCount * 32).fill(vacant)
    this.entries = [
      { value: undefined, values: new Map(), posting: new Posting() },
      { value: null, values: new Map([[attribute.name, null]]), posting: new Posting() },
    ]
  }

  set(slot: number, value: AttributeValue | null | undefined): void {
    const now = this.codes[slot] ?? vacant
    if (now !== vacant && this.entries[now]?.value === value) return
    const code = this.#codeOf(value)
    if (code === now) return
    this.clear(slot)
    this.version += 1
    this.codes[slot] = code
    this.entries[code]?.posting.add(slot, this.#home.wordCount)
  }

  clear(slot: number): void {
    const code = this.codes[slot] ?? vacant
    const entry = this.entries[code]
    if (entry === undefined) return
    this.version += 1
    entry.posting.delete(slot)
    this.codes[slot] = vacant
    const { value } = entry
    if (entry.posting.count > 0 || value === null || value === undefined) return
    this.#codeByKey.delete(keyOf(value))
    this.#free.push(code)
  }

  resize(wordCount: number): void {
    const codes = new Int32Array(wordCount * 32).fill(vacant)
    codes.set(this.codes)
    this.codes = codes
    for (const { posting } of this.entries) posting.resize(wordCount)
  }

  answer(leaf: Leaf, scratch: Scratch): Answer {
    const wanted = this.#named(leaf)
    if (wanted !== null) {
      return this.#answer(wanted, [unknownCode], scratch)
    }
    const predicate = compile(leaf)
    const yes: number[] = []
    const unknown: number[] = []
    for (let code = 0; code < this.entries.length; code += 1) {
      const entry = this.entries[code]
      if (entry === undefined || entry.posting.count === 0) continue
      const truth = predicate(entry.values)
      if (truth === 'yes') yes.push(code)
      else if (truth === 'unknown') unknown.push(code)
    }
    return this.#answer(yes, unknown, scratch)
  }

  number(slot: number): number {
    const value = this.entries[this.codes[slot] ?? vacant]?.value
    return typeof value === 'boolean' ? Number(value) : Number.NaN
  }

  valueAt(slot: number): AttributeValue | null | undefined {
    return this.entries[this.codes[slot] ?? vacant]?.value
  }

  /** Entries a condition names outright, without a look at the others; null when it does not. */
  #named(leaf: Leaf): readonly number[] | null {
    const { type } = this.attribute
    if (type !== 'string' && type !== 'version') return null
    if (leaf.kind === 'compare' && leaf.operator === 'eq') return this.#codes([leaf.value])
    return leaf.kind === 'in' ? this.#codes(leaf.values) : null
  }

  #codes(values: readonly (bigint | boolean | string)[]): readonly number[] {
    return values.flatMap((value) => this.#codeByKey.get(String(value)) ?? [])
  }

  #answer(yes: readonly number[], unknown: readonly number[], scratch: Scratch): Answer {
    return {
      yes: this.#union(yes, scratch),
      unknown: this.#union(unknown, scratch),
      yesCount: this.#count(yes),
      unknownCount: this.#count(unknown),
    }
  }

  /** Every machine has one code, so that counts add up. */
  #count(codes: readonly number[]): number {
    return codes.reduce((sum, code) => sum + (this.entries[code]?.posting.count ?? 0), 0)
  }

  #union(codes: readonly number[], scratch: Scratch): Int32Array {
    const [only] = codes
    const bits = only === undefined ? null : this.entries[only]?.posting.bits
    if (codes.length === 1 && bits !== null && bits !== undefined) return bits.words
    if (this.#count(codes) === 0) return scratch.nothing
    const words = scratch.zeros()
    for (const code of codes) this.entries[code]?.posting.addTo(words)
    return words
  }

  #codeOf(value: AttributeValue | null | undefined): number {
    if (value === undefined) return unknownCode
    if (value === null) return noneCode
    const key = keyOf(value)
    const known = this.#codeByKey.get(key)
    if (known !== undefined) return known
    const entry = { value, values: new Map([[this.attribute.name, value]]), posting: new Posting() }
    const code = this.#free.pop() ?? this.entries.length
    this.entries[code] = entry
    this.#codeByKey.set(key, code)
    return code
  }
}

/** Equal for equal values, different for different ones of one attribute. */
function keyOf(value: AttributeValue): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object') return String(value)
  if (value.kind === 'set') return value.members.join('\0')
  const devices = value.devices.map((device) =>
    [...device].map(([name, held]) => `${name}\u0001${fieldKey(held)}`).join('\u0002'),
  )
  return `${devices.length}\u0003${devices.join('\u0003')}`
}

function fieldKey(value: AttributeValue | null): string {
  return value === null ? 'null' : `${typeof value} ${keyOf(value)}`
}
