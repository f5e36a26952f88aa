import { findAttribute, labelAttribute } from '../../protocol/attributes.ts'
import type { Constraint } from '../../protocol/request/constraint.ts'
import { DictionaryColumn, noneCode } from './index/dictionary-column.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import { type LinksColumn, railsText } from './index/links-column.ts'

/** No domain: no label, or no links that are known. */
export const noDomain = -1
/** Links of which one goes to where nobody has seen: in no domain for sure. */
export const unseenDomain = -2

/** The domains of one level with a number each. */
export interface Level {
  /** Tells levels apart: equal names mean equal domains. */
  readonly name: string
  /** Changes whenever a machine changes its domain. */
  readonly version: number
  /** The domain of a machine, or {@link noDomain} or {@link unseenDomain}. */
  domainAt(slot: number): number
  /** The name of a domain, or of some that agree. */
  readonly nameOf: (codes: readonly number[]) => string
  /**
   * For links of which some are not known: the sets of codes that agree on every rail, as large as
   * they can be. Null: each domain stands by itself.
   */
  readonly unions: (() => readonly ReadonlySet<number>[] | null) | null
}

/** The domains by a label. */
export function labelLevel(index: FleetIndex, level: string): Level {
  const attribute = findAttribute(labelAttribute(level))
  const column = attribute === null ? null : index.column(attribute)
  if (!(column instanceof DictionaryColumn)) {
    return {
      name: level,
      version: 0,
      domainAt: () => noDomain,
      nameOf: () => '',
      unions: null,
    }
  }
  const { codes, entries, version } = column
  return {
    name: level,
    version,
    domainAt: (slot) => {
      const code = codes[slot] ?? noDomain
      return code > noneCode ? code : noDomain
    },
    nameOf: ([code = noDomain]) => {
      const value = entries[code]?.value
      return typeof value === 'string' ? value : ''
    },
    unions: null,
  }
}

/** The domains by where all links of a machine go. */
export function railLevel(
  index: FleetIndex,
  level: string,
  unknown: Extract<Constraint, { kind: 'same-per-rail' }>['unknown'],
): Level {
  const column = index.linksAt(level)
  const { codes, entries, version } = column
  const isDomain =
    unknown === 'refuse'
      ? (code: number) => entries[code]?.isComplete === true
      : (code: number) => (entries[code]?.rails.length ?? 0) > 0
  return {
    name: `${level} per rail, unknown ${unknown}`,
    version,
    domainAt: (slot) => {
      const code = codes[slot] ?? noDomain
      if (isDomain(code)) return code
      return (entries[code]?.rails.length ?? 0) > 0 ? unseenDomain : noDomain
    },
    nameOf: (codes) => railsText(codes.map((code) => entries[code]?.rails ?? [])),
    unions: unknown === 'refuse' ? null : () => agreeingUnions(column),
  }
}

/** Sets looked at before the search says that it is exhausted. */
const maxUnions = 4096

/**
 * Every largest set of entries that agree: no two of them have a rail with two known domains, and all
 * have the same rails. Where each two agree, all do: a rail's known domains are one. Null: too many.
 */
function agreeingUnions({ entries }: LinksColumn): readonly ReadonlySet<number>[] | null {
  const codes = entries.flatMap(({ rails, posting }, code) =>
    rails.length > 0 && posting.count > 0 ? [code] : [],
  )
  const agree = new Map(
    codes.map((code) => [
      code,
      new Set(codes.filter((other) => other !== code && railsAgree(entries, code, other))),
    ]),
  )
  const found: ReadonlySet<number>[] = []
  // Bron and Kerbosch: sets that nothing can be added to.
  const grow = (chosen: readonly number[], open: number[], closed: number[]): boolean => {
    if (open.length === 0 && closed.length === 0) {
      found.push(new Set(chosen))
      return found.length <= maxUnions
    }
    const pivot = agree.get(open[0] ?? closed[0] ?? noDomain)
    let left = open
    let done = closed
    for (const code of open.filter((candidate) => pivot?.has(candidate) !== true)) {
      const near = agree.get(code)
      const within = (others: readonly number[]) => others.filter((other) => near?.has(other))
      if (!grow([...chosen, code], within(left), within(done))) return false
      left = left.filter((other) => other !== code)
      done = [...done, code]
    }
    return true
  }
  return codes.length === 0 || grow([], codes, []) ? found : null
}

function railsAgree(entries: LinksColumn['entries'], a: number, b: number): boolean {
  const first = entries[a]?.rails ?? []
  const second = entries[b]?.rails ?? []
  return (
    first.length === second.length &&
    first.every(([rail, domain], at) => {
      const [otherRail, other = null] = second[at] ?? []
      return rail === otherRail && (domain === null || other === null || domain === other)
    })
  )
}
