import type { AttributeValue, AttributeValues } from '../../protocol/attributes/definition.ts'
import type { Gang } from '../profiles/gang-profiles.ts'

/** Levels that are looked at beside those that a profile names. */
const levelsMaximum = 8
/** A level with fewer machines a domain than that is no place for a gang. */
const machinesPerDomainMinimum = 2

type Label = readonly [name: string, value: AttributeValue | null]

/** Labels of a fleet by their values, and whether links are known: kept as machines change. */
export class LevelBook {
  readonly #labels = new Map<string, readonly Label[]>()
  readonly #counts = new Map<string, Map<AttributeValue | null, number>>()
  readonly #railed = new Set<string>()

  set(id: string, attributes: AttributeValues): void {
    this.remove(id)
    const labels = [...attributes].filter(([name]) => name.startsWith('label.'))
    if (labels.length > 0) this.#labels.set(id, labels)
    for (const label of labels) this.#count(label, 1)
    if (attributes.has('fabric.ports')) this.#railed.add(id)
  }

  remove(id: string): void {
    for (const label of this.#labels.get(id) ?? []) this.#count(label, -1)
    this.#labels.delete(id)
    this.#railed.delete(id)
  }

  /** Anywhere, the labels that put machines together, and leaves by rail where links are known. */
  levels(): readonly Omit<Gang, 'count'>[] {
    const labels = [...this.#counts]
      .filter(([, values]) => machinesIn(values) >= values.size * machinesPerDomainMinimum)
      .map(([name]) => ({ level: name.slice('label.'.length), perRail: false }))
      .toSorted((a, b) => (a.level < b.level ? -1 : 1))
      .slice(0, levelsMaximum)
    const leaves = this.#railed.size > 0 ? [{ level: 'leaf', perRail: true }] : []
    return [{ level: null, perRail: false }, ...labels, ...leaves]
  }

  #count([name, value]: Label, change: number): void {
    const values = this.#counts.get(name) ?? new Map<AttributeValue | null, number>()
    const count = (values.get(value) ?? 0) + change
    if (count > 0) values.set(value, count)
    else values.delete(value)
    if (values.size > 0) this.#counts.set(name, values)
    else this.#counts.delete(name)
  }
}

function machinesIn(values: ReadonlyMap<unknown, number>): number {
  let sum = 0
  for (const count of values.values()) sum += count
  return sum
}
