import { component } from './component.ts'
import type { Component } from './component.ts'
import { computeComponents } from './compute-components.ts'
import { ioComponents, storageComponents } from './io-components.ts'
import { nameText } from './value-text.ts'

/** The lists of parts, by where they are in the facts. */
export const components: ReadonlyMap<string, Component> = new Map([
  ...computeComponents,
  ...ioComponents,
  ...storageComponents,
])

/** The kind of part that the list at `pattern` (`memory.dimms`) holds; null for other lists. */
export function componentAt(pattern: string): Component | null {
  return components.get(pattern) ?? pciDetail(pattern)
}

/** What some PCI functions have: every list of `pci.details` tells its items apart alike. */
function pciDetail(pattern: string): Component | null {
  const [, name] = /^pci\.details\.(\w+)$/.exec(pattern) ?? []
  if (name === undefined) return null
  return component(`PCI ${nameText(name)}`, {
    key: ['address', 'index', 'severity'],
    label: ['address'],
    summary: [],
  })
}
