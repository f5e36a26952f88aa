import type { RailDomains } from '../candidate.ts'
import type { ColumnHome } from './column.ts'
import { Posting } from './posting.ts'

/** Machines whose links at a level go to the same places. */
export interface LinksEntry {
  /** By rail, in order of the rails' names. Empty: no links are known. */
  readonly rails: readonly (readonly [rail: string, domain: string | null])[]
  /** Every rail's domain is known, and there is one. */
  readonly isComplete: boolean
  readonly posting: Posting
}

/** Where the links of all machines go at one level, by slot. */
export class LinksColumn {
  readonly entries: LinksEntry[] = []
  /** Number of the entry by slot; -1 without a machine. */
  codes: Int32Array
  /** Rises with every change. */
  version = 0
  readonly #home: ColumnHome
  readonly #codeByKey = new Map<string, number>()

  constructor(home: ColumnHome) {
    this.#home = home
    this.codes = new Int32Array(home.wordCount * 32).fill(-1)
  }

  set(slot: number, links: RailDomains | undefined): void {
    const rails = [...(links ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1))
    const key = JSON.stringify(rails)
    let code = this.#codeByKey.get(key)
    if (code === undefined) {
      code = this.entries.length
      const isComplete = rails.length > 0 && rails.every(([, domain]) => domain !== null)
      this.entries.push({ rails, isComplete, posting: new Posting() })
      this.#codeByKey.set(key, code)
    }
    if (this.codes[slot] === code) return
    this.clear(slot)
    this.version += 1
    this.codes[slot] = code
    this.entries[code]?.posting.add(slot, this.#home.wordCount)
  }

  clear(slot: number): void {
    this.entries[this.codes[slot] ?? -1]?.posting.delete(slot)
    this.version += 1
    this.codes[slot] = -1
  }

  resize(wordCount: number): void {
    const codes = new Int32Array(wordCount * 32).fill(-1)
    codes.set(this.codes)
    this.codes = codes
    for (const { posting } of this.entries) posting.resize(wordCount)
  }
}

/** Where links that agree go, for people: `0:leaf-1 1:leaf-2`; `?` where nobody has seen it. */
export function railsText(some: readonly LinksEntry['rails'][]): string {
  const [first = []] = some
  return first
    .map(([rail], at) => {
      const seen = some.map((rails) => rails[at]?.[1] ?? null).find((domain) => domain !== null)
      return `${rail}:${seen ?? '?'}`
    })
    .join(' ')
}
