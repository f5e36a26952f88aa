import {
  closeTo,
  domainOfPlace,
  type Ground,
  type SameConstraint,
  type SizedMask,
} from './ground.ts'
import { hasRole, mostPlaced } from './placement.ts'

/** One way to keep a `same` constraint: a domain, or domains that agree as far as is known. */
export interface SameOption {
  readonly tier: number
  readonly level: number
  /** A domain's code, or the codes of several. */
  readonly codes: number | ReadonlySet<number>
  /** Machines there that may serve the constraint's roles. */
  readonly size: number
  /** Gangs that would be lost if its roles were placed there. */
  readonly gangsLost: number
  /** The most machines its roles can place there, by eligibility alone. */
  readonly placeable: number
  name(): string
}

/** The ways to keep a constraint, in no order. Null: too many to look at. */
export function sameOptions(ground: Ground, same: SameConstraint): readonly SameOption[] | null {
  const demand = ground.demand.map((wanted, role) => (hasRole(same.roles, role) ? wanted : 0))
  const options: SameOption[] = []
  const wanted = demand.reduce((sum, count) => sum + count, 0)
  for (const [tier, { level, nameOf, gangsLost, unions }] of same.tiers.entries()) {
    const tallies = tally(ground, same.roles, level)
    const option = (
      codes: SameOption['codes'],
      counts: readonly SizedMask[],
      name: () => string,
    ) => {
      const size = counts.reduce((sum, count) => sum + count.size, 0)
      const placeable = mostPlaced(demand, counts)
      const lost = typeof codes === 'number' ? gangsLost(codes, wanted) : 0
      options.push({ tier, level, codes, size, gangsLost: lost, placeable, name })
    }
    if (unions === null) {
      for (const [code, counts] of tallies) option(code, counts, () => nameOf([code]))
      continue
    }
    const sets = unions()
    if (sets === null) return null
    for (const codes of sets) {
      const counts = [...codes].flatMap((code) => tallies.get(code) ?? [])
      if (counts.length > 0) option(codes, counts, () => nameOf([...codes]))
    }
  }
  return options
}

/**
 * Nearer levels first, then fewest gangs lost, then least left over, then by name. The first is found
 * without sorting the others: mostly it is the only one looked at.
 */
export function* byFit(options: readonly SameOption[]): Generator<SameOption> {
  const [start, ...others] = options
  if (start === undefined) return
  const first = others.reduce(
    (best, option) => (compareFit(option, best) < 0 ? option : best),
    start,
  )
  yield first
  yield* options.filter((option) => option !== first).toSorted(compareFit)
}

function compareFit(a: SameOption, b: SameOption): number {
  return (
    a.tier - b.tier ||
    a.gangsLost - b.gangsLost ||
    a.size - b.size ||
    (a.name() < b.name() ? -1 : 1)
  )
}

/** The ground where the roles of `same` may only use machines of one option. */
export function confined(ground: Ground, same: SameConstraint, option: SameOption): Ground {
  const { level, codes } = option
  const isWithin =
    typeof codes === 'number'
      ? (place: number) => domainOfPlace(ground, place, level) === codes
      : (place: number) => codes.has(domainOfPlace(ground, place, level))
  return {
    ...closeTo(ground, same.roles, isWithin),
    sames: ground.sames.filter((other) => other !== same),
  }
}

/** Machines by domain and eligibility. */
function tally(
  ground: Ground,
  roles: number,
  level: number,
): ReadonlyMap<number, readonly SizedMask[]> {
  const { placeOf, maskOf, sizeOf, openTo } = ground
  if ((roles & (roles - 1)) === 0) return tallyOne(ground, roles, level)
  const tallies = new Map<number, { mask: number; size: number }[]>()
  for (let at = 0; at < placeOf.length; at += 1) {
    const place = placeOf[at] ?? 0
    const mask = (maskOf[at] ?? 0) & (openTo[place] ?? 0) & roles
    const domain = domainOfPlace(ground, place, level)
    if (mask === 0 || domain < 0) continue
    const size = sizeOf[at] ?? 0
    const counts = tallies.get(domain)
    if (counts === undefined) {
      tallies.set(domain, [{ mask, size }])
      continue
    }
    const count = counts.find((item) => item.mask === mask)
    if (count === undefined) counts.push({ mask, size })
    else count.size += size
  }
  return tallies
}

/** The same for one role, where a number says it all. */
function tallyOne(
  { placeOf, maskOf, sizeOf, openTo, places }: Ground,
  role: number,
  level: number,
): ReadonlyMap<number, readonly SizedMask[]> {
  const domains = places.domains[level] ?? new Int32Array(0)
  let limit = 0
  for (let place = 0; place < domains.length; place += 1) {
    limit = Math.max(limit, (domains[place] ?? 0) + 1)
  }
  const counts = new Int32Array(limit)
  for (let at = 0; at < placeOf.length; at += 1) {
    const place = placeOf[at] ?? 0
    const domain = domains[place] ?? -1
    if (domain < 0 || ((maskOf[at] ?? 0) & (openTo[place] ?? 0) & role) === 0) continue
    counts[domain] = (counts[domain] ?? 0) + (sizeOf[at] ?? 0)
  }
  const tallies = new Map<number, readonly SizedMask[]>()
  counts.forEach((size, domain) => {
    if (size > 0) tallies.set(domain, [{ mask: role, size }])
  })
  return tallies
}
