import { attributes, findAttribute } from '../../protocol/attributes.ts'

export interface Suggestion {
  readonly name: string
  /** What it is and in which unit. */
  readonly detail: string
}

/** Names shown at once. */
const most = 6

/** Attributes whose name begins with a text, then those that have it in them; none for a whole name. */
export function suggestAttributes(text: string): readonly Suggestion[] {
  const wanted = text.toLowerCase()
  if (wanted.length < 2 || findAttribute(text) !== null) return []
  const found = attributes.filter(({ name }) => name.toLowerCase().includes(wanted))
  const first = found.filter(({ name }) => name.toLowerCase().startsWith(wanted))
  const others = found.filter(({ name }) => !name.toLowerCase().startsWith(wanted))
  return [...first, ...others].slice(0, most).map(({ name, type, unit, description }) => ({
    name,
    detail: `${description} (${type}${unit === null ? '' : `, ${unit}`})`,
  }))
}

/** The word that ends at the caret, as attribute names are written; null where there is none. */
export function wordAt(
  text: string,
  caret: number,
): { readonly text: string; readonly from: number; readonly to: number } | null {
  const before = /[A-Za-z][\w.-]*$/.exec(text.slice(0, caret))?.[0]
  if (before === undefined) return null
  const after = /^[\w.-]*/.exec(text.slice(caret))?.[0] ?? ''
  const from = caret - before.length
  return { text: before + after, from, to: caret + after.length }
}
