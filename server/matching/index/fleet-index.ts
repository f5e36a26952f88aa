import { findAttribute } from '../../../protocol/attributes.ts'
import type { AttributeInfo } from '../../../protocol/attributes/definition.ts'
import type { Availability } from '../../../protocol/explanation.ts'
import type { Candidate, CandidateAvailability } from '../candidate.ts'
import { Scratch } from './answer.ts'
import { Bitset, countBits } from './bitset.ts'
import { capabilities, CapabilityClasses } from './capability-classes.ts'
import { absentValue, type Column, type ColumnHome } from './column.ts'
import { DictionaryColumn } from './dictionary-column.ts'
import type { Group } from './group.ts'
import { LinksColumn } from './links-column.ts'
import { ListColumn } from './list-column.ts'
import { MachineOrder } from './machine-order.ts'
import { NumericColumn } from './numeric-column.ts'
import { PlaceBook } from './places.ts'

const smallestWordCount = 8

/**
 * All machines, indexed for matching: a column for each attribute, bitsets for availability. A
 * machine's change is taken over in microseconds. What it answers depends on the machines alone and
 * not on the order in which they came.
 */
export class FleetIndex implements ColumnHome {
  wordCount = smallestWordCount
  readonly live = new Bitset(smallestWordCount)
  readonly free = new Bitset(smallestWordCount)
  readonly held = new Bitset(smallestWordCount)
  readonly unschedulable = new Bitset(smallestWordCount)
  readonly scratch = new Scratch()
  readonly placeBook = new PlaceBook()
  /** For one list of slots at a time. */
  slotBuffer = new Int32Array(smallestWordCount * 32)
  /** For one figure of each of them. */
  figureBuffer = new Float64Array(smallestWordCount * 32)
  readonly #slots = new Map<string, number>()
  readonly #ids: (string | undefined)[] = []
  readonly #availabilities: (CandidateAvailability | undefined)[] = []
  readonly #reasons = new Map<string, number>()
  readonly #vacant: number[] = []
  readonly #columns = new Map<string, Column>()
  readonly #links = new Map<string, LinksColumn>()
  readonly #linked = new Set<number>()
  readonly #order = new MachineOrder(this.#ids, smallestWordCount * 32)
  readonly #classes = new CapabilityClasses(smallestWordCount)

  /** An index of some machines; later ones of the same id replace earlier ones. */
  static of(candidates: Iterable<Candidate>): FleetIndex {
    const index = new FleetIndex()
    // In order of their ids each comes after the last.
    const sorted = [...candidates].toSorted((a, b) => (a.id < b.id ? -1 : Number(a.id > b.id)))
    for (const candidate of sorted) index.set(candidate)
    return index
  }

  get size(): number {
    return this.live.count
  }

  /** Takes over a machine, new or changed. */
  set(candidate: Candidate): void {
    const slot = this.#slots.get(candidate.id) ?? this.#occupy(candidate.id)
    const { attributes, links } = candidate
    for (const name of attributes.keys()) {
      if (!this.#columns.has(name)) this.#addColumn(name)
    }
    for (const [name, column] of this.#columns) {
      const value = attributes.get(name)
      column.set(slot, value === undefined ? absentValue(column.attribute) : value)
    }
    if (links !== undefined || this.#linked.has(slot)) this.#setLinks(slot, links)
    this.#classes.set(slot, this.#amounts(slot))
    this.setAvailability(candidate.id, candidate.availability)
  }

  /** Takes over who has a machine; one that is not here is left alone. */
  setAvailability(id: string, availability: CandidateAvailability): void {
    const slot = this.#slots.get(id)
    if (slot === undefined) return
    const before = this.#availabilities[slot]
    if (before?.kind !== availability.kind) {
      if (before !== undefined) this[before.kind].delete(slot)
      this[availability.kind].add(slot)
    }
    this.#countReason(before, -1)
    this.#countReason(availability, 1)
    this.#availabilities[slot] = availability
  }

  /**
   * Takes those of some machines that are free or held out of service for a reason, until it is
   * disposed of. Nobody's availability is set in between.
   */
  block(words: Int32Array, reason: string): Disposable {
    const before = [this.free, this.held, this.unschedulable].map((bits) => ({
      bits,
      words: bits.words.slice(),
      count: bits.count,
    }))
    const { free, held, unschedulable } = this
    for (let at = 0; at < this.wordCount; at += 1) {
      const [mine, theirs] = [free.words[at] ?? 0, held.words[at] ?? 0]
      const moved = (mine | theirs) & (words[at] ?? 0)
      if (moved === 0) continue
      free.words[at] = mine & ~moved
      held.words[at] = theirs & ~moved
      unschedulable.words[at] = (unschedulable.words[at] ?? 0) | moved
    }
    for (const bits of [free, held, unschedulable]) bits.count = countBits(bits.words)
    const blocked = unschedulable.count - (before[2]?.count ?? 0)
    this.#addReason(reason, blocked)
    return {
      [Symbol.dispose]: () => {
        for (const kept of before) {
          kept.bits.words.set(kept.words)
          kept.bits.count = kept.count
        }
        this.#addReason(reason, -blocked)
      },
    }
  }

  /** Forgets a machine. */
  remove(id: string): void {
    const slot = this.#slots.get(id)
    if (slot === undefined) return
    const availability = this.#availabilities[slot]
    if (availability !== undefined) this[availability.kind].delete(slot)
    this.#countReason(availability, -1)
    for (const column of this.#columns.values()) column.clear(slot)
    for (const links of this.#links.values()) links.clear(slot)
    this.#linked.delete(slot)
    this.#classes.clear(slot)
    this.#order.remove(slot)
    this.live.delete(slot)
    this.#slots.delete(id)
    this.#ids[slot] = undefined
    this.#availabilities[slot] = undefined
    this.#vacant.push(slot)
  }

  /** The values of an attribute; of one that no machine has, a column without values. */
  column(attribute: AttributeInfo): Column {
    return this.#columns.get(attribute.name) ?? this.#makeColumn(attribute)
  }

  /** Where links go at a level. */
  linksAt(level: string): LinksColumn {
    const kept = this.#links.get(level)
    if (kept !== undefined) return kept
    const made = new LinksColumn(this)
    this.#links.set(level, made)
    this.#everyLive((slot) => made.set(slot, undefined))
    return made
  }

  idAt(slot: number): string {
    return this.#ids[slot] ?? ''
  }

  slotOf(id: string): number | null {
    return this.#slots.get(id) ?? null
  }

  availabilityAt(slot: number): CandidateAvailability | undefined {
    return this.#availabilities[slot]
  }

  /** Rises with the id. */
  rank(slot: number): number {
    return this.#order.rank(slot)
  }

  /** The first ids of some machines in order; `total`: how many machines they are. */
  firstIds(words: Int32Array, total: number, count: number): string[] {
    return this.#order.first(words, total, count).map((slot) => this.idAt(slot))
  }

  /** See {@link CapabilityClasses}. */
  scarcity(slot: number): number {
    return this.#classes.scarcity(slot)
  }

  /** The same of many machines, written into `found`. */
  scarcitiesOf(slots: Int32Array, found: Float64Array): Float64Array {
    return this.#classes.scarcitiesOf(slots, found)
  }

  /** All machines by rising scarcity, group by group. */
  groupsByScarcity(): Iterable<Group> {
    return this.#classes.groups()
  }

  get availability(): Availability {
    const { count: free } = this.free
    const { count: held } = this.held
    const { count: unschedulable } = this.unschedulable
    return { total: this.live.count, free, held, unschedulable }
  }

  /** Why machines are unschedulable, with how many. */
  get reasons(): ReadonlyMap<string, number> {
    return this.#reasons
  }

  #countReason(availability: CandidateAvailability | undefined, change: number): void {
    if (availability?.kind === 'unschedulable') this.#addReason(availability.reason, change)
  }

  #addReason(reason: string, change: number): void {
    const count = (this.#reasons.get(reason) ?? 0) + change
    if (count > 0) this.#reasons.set(reason, count)
    else this.#reasons.delete(reason)
  }

  #occupy(id: string): number {
    const slot = this.#vacant.pop() ?? this.#ids.length
    if (slot >= this.wordCount * 32) this.#grow()
    this.#ids[slot] = id
    this.#slots.set(id, slot)
    this.live.add(slot)
    this.#order.add(slot)
    for (const links of this.#links.values()) links.set(slot, undefined)
    return slot
  }

  #grow(): void {
    // By little: every question walks over all words, used or not.
    this.wordCount = Math.max(this.wordCount + 8, Math.ceil(this.wordCount * 1.0625))
    const { wordCount } = this
    for (const bits of [this.live, this.free, this.held, this.unschedulable]) bits.resize(wordCount)
    for (const column of this.#columns.values()) column.resize(wordCount)
    for (const links of this.#links.values()) links.resize(wordCount)
    this.slotBuffer = new Int32Array(wordCount * 32)
    this.figureBuffer = new Float64Array(wordCount * 32)
    this.#order.resize(wordCount * 32)
    this.#classes.resize(wordCount)
  }

  #addColumn(name: string): void {
    const attribute = findAttribute(name)
    if (attribute !== null) this.#makeColumn(attribute)
  }

  #makeColumn(attribute: AttributeInfo): Column {
    const column = makeColumn(attribute, this)
    const absent = absentValue(attribute)
    this.#everyLive((slot) => column.set(slot, absent))
    this.#columns.set(attribute.name, column)
    return column
  }

  #setLinks(slot: number, links: Candidate['links']): void {
    for (const level of links?.keys() ?? []) this.linksAt(level)
    for (const [level, column] of this.#links) column.set(slot, links?.get(level))
    if (links === undefined) this.#linked.delete(slot)
    else this.#linked.add(slot)
  }

  #amounts(slot: number): readonly number[] {
    return capabilities.map((name) => {
      const amount = this.#columns.get(name)?.number(slot) ?? Number.NaN
      return Number.isNaN(amount) ? -1 : amount
    })
  }

  #everyLive(act: (slot: number) => void): void {
    for (const slot of this.#slots.values()) act(slot)
  }
}

function makeColumn(attribute: AttributeInfo, home: ColumnHome): Column {
  switch (attribute.type) {
    case 'int':
    case 'quantity':
      return new NumericColumn(attribute, home)
    case 'list':
      return new ListColumn(attribute, home)
    case 'bool':
    case 'string':
    case 'version':
    case 'set':
      return new DictionaryColumn(attribute, home)
  }
}
