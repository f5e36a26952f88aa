import type {
  AttributeInfo,
  AttributeValue,
  AttributeValues,
} from '../../../protocol/attributes/definition.ts'
import type { Expression, Leaf } from '../../../protocol/request/expression.ts'
import type { Answer, Scratch } from './answer.ts'
import type { Column, ColumnHome } from './column.ts'
import { DictionaryColumn } from './dictionary-column.ts'

/** Views kept at most; the one used longest ago goes first. */
const maxViews = 32

/**
 * Devices of machines. For every set of fields that conditions ask for there is a view that holds
 * these fields only: machines whose devices differ in nothing that is asked share one entry there.
 */
export class ListColumn implements Column {
  readonly attribute: AttributeInfo
  readonly #home: ColumnHome
  readonly #values: (AttributeValue | null | undefined)[] = []
  /** By the names of their fields, the one used last at the end. */
  readonly #views = new Map<string, View>()

  constructor(attribute: AttributeInfo, home: ColumnHome) {
    this.attribute = attribute
    this.#home = home
  }

  set(slot: number, value: AttributeValue | null | undefined): void {
    this.#values[slot] = value
    for (const { fields, column } of this.#views.values()) column.set(slot, project(value, fields))
  }

  clear(slot: number): void {
    this.#values[slot] = undefined
    for (const { column } of this.#views.values()) column.clear(slot)
  }

  resize(wordCount: number): void {
    for (const { column } of this.#views.values()) column.resize(wordCount)
  }

  answer(leaf: Leaf, scratch: Scratch): Answer {
    return this.view(leaf).answer(leaf, scratch)
  }

  valueAt(slot: number): AttributeValue | null | undefined {
    return this.#values[slot]
  }

  number(): number {
    return Number.NaN
  }

  /** The machines by what a condition asks of their devices. */
  view(leaf: Leaf): DictionaryColumn {
    const where =
      leaf.kind === 'some' || leaf.kind === 'every' || leaf.kind === 'count' ? leaf.where : null
    const fields = where === null ? [] : [...new Set(fieldsOf(where))].toSorted()
    const key = fields.join(' ')
    const kept = this.#views.get(key)
    const view = kept ?? { fields, column: this.#build(fields) }
    this.#views.delete(key)
    this.#views.set(key, view)
    const [oldest] = this.#views.keys()
    if (this.#views.size > maxViews && oldest !== undefined) this.#views.delete(oldest)
    return view.column
  }

  #build(fields: readonly string[]): DictionaryColumn {
    const column = new DictionaryColumn(this.attribute, this.#home)
    for (let slot = 0; slot < this.#home.wordCount * 32; slot += 1) {
      if (this.#home.live.has(slot)) column.set(slot, project(this.#values[slot], fields))
    }
    return column
  }
}

interface View {
  readonly fields: readonly string[]
  readonly column: DictionaryColumn
}

function project(
  value: AttributeValue | null | undefined,
  fields: readonly string[],
): AttributeValue | null | undefined {
  if (value === null || typeof value !== 'object' || value.kind !== 'list') return value
  const devices = value.devices.map((device): AttributeValues => {
    const kept = new Map<string, AttributeValue | null>()
    for (const field of fields) {
      const held = device.get(field)
      if (held !== undefined) kept.set(field, held)
    }
    return kept
  })
  return { kind: 'list', devices }
}

function fieldsOf(expression: Expression): readonly string[] {
  if (expression.kind === 'and' || expression.kind === 'or') return expression.of.flatMap(fieldsOf)
  return expression.kind === 'not' ? fieldsOf(expression.of) : [expression.attribute.name]
}
