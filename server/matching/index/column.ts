import type { AttributeInfo, AttributeValue } from '../../../protocol/attributes/definition.ts'
import type { Leaf } from '../../../protocol/request/expression.ts'
import type { Answer, Scratch } from './answer.ts'
import type { Bitset } from './bitset.ts'

/** The values of one attribute for all machines of an index, by slot. */
export interface Column {
  readonly attribute: AttributeInfo
  /** `undefined`: not known, null: known to have none. */
  set(slot: number, value: AttributeValue | null | undefined): void
  /** The slot holds no machine any more. */
  clear(slot: number): void
  resize(wordCount: number): void
  answer(leaf: Leaf, scratch: Scratch): Answer
  /** `undefined`: not known, or no machine; null: none. */
  valueAt(slot: number): AttributeValue | null | undefined
  /** As a number, for scores: amounts as steps, bools as 1 and 0; NaN for none and not known. */
  number(slot: number): number
}

/** What a column sees of its index. */
export interface ColumnHome {
  /** Slots with a machine in them. */
  readonly live: Bitset
  readonly wordCount: number
}

/** Labels are the operators' own: one that is not there is known to be absent. */
export function absentValue(attribute: AttributeInfo): null | undefined {
  return attribute.name.startsWith('label.') ? null : undefined
}
