import type { Group } from './group.ts'
import { Posting } from './posting.ts'

/** What makes a machine worth keeping for requests that need it. */
export const capabilities = [
  'gpu.count',
  'cpu.cores',
  'memory.size',
  'storage.nvmeSize',
  'nic.speedMax',
] as const

interface CapabilityClass {
  /** In the order of {@link capabilities}; -1 for none and not known. */
  readonly amounts: readonly number[]
  readonly members: Posting
}

/** Classes are walked over for their machines: a list that is longer than usual is quicker. */
const maxListed = 1024

/**
 * Machines of equal capabilities, and how rare each kind is: the share of the fleet it outclasses,
 * on average over {@link capabilities}. Kept by class, so that a machine's change costs no look at
 * the others.
 */
export class CapabilityClasses {
  readonly #classes: CapabilityClass[] = []
  readonly #classByKey = new Map<string, number>()
  #classOf: Int32Array
  #scarcities: Float64Array | null = null

  #wordCount: number
  /** Classes by rising scarcity; null: to be computed. */
  #order: readonly number[] | null = null

  constructor(wordCount: number) {
    this.#wordCount = wordCount
    this.#classOf = new Int32Array(wordCount * 32).fill(-1)
  }

  resize(wordCount: number): void {
    this.#wordCount = wordCount
    const classes = new Int32Array(wordCount * 32).fill(-1)
    classes.set(this.#classOf)
    this.#classOf = classes
    for (const { members } of this.#classes) members.resize(wordCount)
  }

  set(slot: number, amounts: readonly number[]): void {
    const key = amounts.join(' ')
    let index = this.#classByKey.get(key)
    if (index === undefined) {
      index = this.#classes.length
      this.#classes.push({ amounts, members: new Posting(maxListed) })
      this.#classByKey.set(key, index)
    }
    if (this.#classOf[slot] === index) return
    this.clear(slot)
    this.#classOf[slot] = index
    this.#classes[index]?.members.add(slot, this.#wordCount)
    this.#forget()
  }

  clear(slot: number): void {
    const index = this.#classOf[slot] ?? -1
    if (index < 0) return
    this.#classes[index]?.members.delete(slot)
    this.#classOf[slot] = -1
    this.#forget()
  }

  /** 0 to 1, the same for machines of one class. */
  scarcity(slot: number): number {
    this.#scarcities ??= this.#compute()
    return this.#scarcities[this.#classOf[slot] ?? -1] ?? 0
  }

  /** The same of many, written into `found`. */
  scarcitiesOf(slots: Int32Array, found: Float64Array): Float64Array {
    const scarcities = (this.#scarcities ??= this.#compute())
    const classOf = this.#classOf
    for (let at = 0; at < slots.length; at += 1) {
      found[at] = scarcities[classOf[slots[at] ?? 0] ?? -1] ?? 0
    }
    return found
  }

  /** All machines by rising scarcity. */
  *groups(): Generator<Group> {
    const scarcities = (this.#scarcities ??= this.#compute())
    this.#order ??= this.#classes
      .map((_, index) => index)
      .toSorted((a, b) => (scarcities[a] ?? 0) - (scarcities[b] ?? 0))
    for (const index of this.#order) {
      const members = this.#classes[index]?.members
      if (members !== undefined && members.count > 0) yield members.group
    }
  }

  #forget(): void {
    this.#scarcities = null
    this.#order = null
  }

  #compute(): Float64Array {
    const shares = new Float64Array(this.#classes.length)
    const total = Math.max(
      1,
      this.#classes.reduce((sum, { members }) => sum + members.count, 0),
    )
    for (let at = 0; at < capabilities.length; at += 1) {
      const order = this.#classes
        .map((_, index) => index)
        .toSorted((a, b) => this.#amount(a, at) - this.#amount(b, at))
      let below = 0
      let level = { amount: Number.NaN, below: 0 }
      for (const index of order) {
        const amount = this.#amount(index, at)
        if (amount !== level.amount) level = { amount, below }
        shares[index] = (shares[index] ?? 0) + level.below / total
        below += this.#classes[index]?.members.count ?? 0
      }
    }
    // Rounded, so that no last bit of a sum decides.
    return shares.map((share) => Math.round((share / capabilities.length) * 1e6) / 1e6)
  }

  #amount(index: number, capability: number): number {
    return this.#classes[index]?.amounts[capability] ?? -1
  }
}
