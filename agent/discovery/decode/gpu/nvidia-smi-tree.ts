import type { NamedNumbers } from '../../../../protocol/facts/gpu-management.ts'
import { amount } from './amounts.ts'
import { kebab, named } from './names.ts'
import { elementAt, type XmlElement } from './xml.ts'

/** Text of the element at `path`; null when there is none or it holds elements. */
export function leafOf(element: XmlElement, path: string): string | null {
  const found = elementAt(element, path)
  return found === undefined || found.children.length > 0 ? null : found.text
}

/** The numbers among the children of a group, by what `rename` makes of their names; null: not it. */
export function numbersIn(
  group: XmlElement,
  rename: (name: string) => string | null,
): NamedNumbers {
  const found = group.children.flatMap((child) => {
    const name = rename(child.name)
    const value = child.children.length > 0 ? null : amount(child.text)
    return name === null || value === null ? [] : [[kebab(name), value] as const]
  })
  return named(found.filter(([name]) => name !== ''))
}
