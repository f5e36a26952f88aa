import { closeTo, domainOfPlace, type Ground, type SameConstraint } from './ground.ts'
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

/**
 * The ways to keep a constraint by which `least` machines of its roles can be placed by eligibility
 * alone, in no order. Null: too many to look at.
 */
export function sameOptions(
  ground: Ground,
  same: SameConstraint,
  least: number,
): readonly SameOption[] | null {
  const demand = ground.demand.map((wanted, role) => (hasRole(same.roles, role) ? wanted : 0))
  const wanted = demand.reduce((sum, count) => sum + count, 0)
  const options: SameOption[] = []
  for (const [tier, { level, nameOf, gangsLost, unions }] of same.tiers.entries()) {
    const tally = tallyOf(ground, same.roles, level, demand)
    const sets = unions === null ? null : unions()
    if (unions !== null && sets === null) return null
    const add = (codes: SameOption['codes'], { size, placeable }: Room) => {
      if (size === 0 || placeable < least) return
      const lost = typeof codes === 'number' ? gangsLost(codes, wanted) : 0
      const name = () => nameOf(typeof codes === 'number' ? [codes] : [...codes])
      options.push({ tier, level, codes, size, gangsLost: lost, placeable, name })
    }
    if (sets === null) for (const code of tally.codes) add(code, tally.roomIn([code]))
    else for (const codes of sets) add(codes, tally.roomIn([...codes]))
  }
  return options
}

/** Machines of some domains that may serve a constraint's roles, and how many of these they place. */
type Room = Pick<SameOption, 'size' | 'placeable'>

/** Machines by domain. */
interface Tally {
  /** Domains with machines. */
  readonly codes: Iterable<number>
  roomIn(codes: readonly number[]): Room
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

function tallyOf(ground: Ground, roles: number, level: number, demand: readonly number[]): Tally {
  return (roles & (roles - 1)) === 0
    ? tallyOne(ground, roles, level, demand)
    : tallySeveral(ground, roles, level, demand)
}

/** By domain and eligibility. */
function tallySeveral(
  ground: Ground,
  roles: number,
  level: number,
  demand: readonly number[],
): Tally {
  const { placeOf, maskOf, sizeOf, openTo } = ground
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
  return {
    codes: tallies.keys(),
    roomIn(codes) {
      const counts = codes.flatMap((code) => tallies.get(code) ?? [])
      const size = counts.reduce((sum, count) => sum + count.size, 0)
      return { size, placeable: mostPlaced(demand, counts) }
    },
  }
}

/** The same for one role, where a number says it all. */
function tallyOne(
  { placeOf, maskOf, sizeOf, openTo, places }: Ground,
  role: number,
  level: number,
  demand: readonly number[],
): Tally {
  const wanted = demand.reduce((sum, count) => sum + count, 0)
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
  return {
    codes: counts.keys(),
    roomIn(codes) {
      const size = codes.reduce((sum, code) => sum + (counts[code] ?? 0), 0)
      return { size, placeable: Math.min(size, wanted) }
    },
  }
}
