import type { IdLists } from '../../ids/read-id-lists.ts'
import type { Fields, ListRule } from './tree-diff.ts'
import { valueText } from './value-text.ts'

/** A kind of part that an inventory lists: how one is told from another, and what it is called. */
export interface Component extends ListRule {
  /** `DIMM`, `disk`. */
  readonly noun: string
  /** Which one, for people: its label on the board, its address. */
  label(item: Fields, index: number): string
  /** What it is, for people: size, model, serial. */
  summary(item: Fields, names: IdLists): string
}

/** A part that fields of its own name, tell and sum up. */
export function component(
  noun: string,
  fields: {
    /** Told apart by all of these together. */
    readonly key: readonly string[]
    /** Called by the first of these that it has; by its place in the list where it has none. */
    readonly label: readonly string[]
    readonly summary: readonly string[]
  },
  rule: Partial<Component> = {},
): Component {
  return {
    noun,
    key: (item) => joined(item, fields.key),
    label: (item, index) => first(item, fields.label) ?? `${index}`,
    summary: (item) => words(item, fields.summary),
    ...rule,
  }
}

/** A field that is text or a number, as text. */
export function one(item: Fields, name: string): string | null {
  const value = item[name]
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}

/** The first of the fields that the item has. */
export function first(item: Fields, names: readonly string[]): string | null {
  for (const name of names) {
    const value = one(item, name)
    if (value !== null) return value
  }
  return null
}

/** Null when the item has none of the fields. */
export function joined(item: Fields, names: readonly string[]): string | null {
  const values = names.map((name) => one(item, name))
  return values.every((value) => value === null) ? null : values.map((one) => one ?? '').join(' ')
}

export function words(item: Fields, names: readonly string[]): string {
  return names.flatMap((name) => valueText(name, item[name]) ?? []).join(' ')
}
