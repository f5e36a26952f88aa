import {
  type Group,
  hasRole,
  mostPlaced,
  type PlacementProblem,
  type SameConstraint,
  type SizedMask,
} from './placement.ts'
import { noDomain } from './topology.ts'

/** One way to keep a `same` constraint: a domain, or domains that agree as far as is known. */
export interface SameOption {
  readonly tier: number
  readonly level: number
  /** A domain's code, or the codes of several. */
  readonly codes: number | ReadonlySet<number>
  /** Machines there that may serve the constraint's roles. */
  readonly size: number
  /** The most machines its roles can place there, by eligibility alone. */
  readonly placeable: number
  name(): string
}

/**
 * The ways to keep a constraint: nearer levels first, then least left over, then by name. Null: too
 * many to look at.
 */
export function sameOptions(
  problem: PlacementProblem,
  same: SameConstraint,
): readonly SameOption[] | null {
  const demand = problem.demand.map((wanted, role) => (hasRole(same.roles, role) ? wanted : 0))
  const options: SameOption[] = []
  for (const [tier, { level, nameOf, unions }] of same.tiers.entries()) {
    const tallies = tally(problem.groups, same.roles, level)
    const option = (
      codes: SameOption['codes'],
      counts: readonly SizedMask[],
      name: () => string,
    ) => {
      const size = counts.reduce((sum, count) => sum + count.size, 0)
      const placeable = mostPlaced(demand, counts)
      options.push({ tier, level, codes, size, placeable, name })
    }
    if (unions === null) {
      for (const [code, counts] of tallies) option(code, counts, () => nameOf(code))
      continue
    }
    const sets = unions()
    if (sets === null) return null
    for (const codes of sets) {
      const counts = [...codes].flatMap((code) => tallies.get(code) ?? [])
      if (counts.length > 0) option(codes, counts, () => [...codes].map(nameOf).toSorted()[0] ?? '')
    }
  }
  return options.toSorted(
    (a, b) => a.tier - b.tier || a.size - b.size || (a.name() < b.name() ? -1 : 1),
  )
}

/** Whether a place is in an option. */
export function isWithin({ level, codes }: SameOption, domains: readonly number[]): boolean {
  const domain = domains[level] ?? noDomain
  return typeof codes === 'number' ? codes === domain : codes.has(domain)
}

/** The problem where the roles of `same` may only use machines of one option. */
export function confined(
  problem: PlacementProblem,
  same: SameConstraint,
  option: SameOption,
): PlacementProblem {
  const groups = problem.groups.flatMap((group): Group[] => {
    if (isWithin(option, group.domains)) return [group]
    const mask = group.mask & ~same.roles
    return mask === 0 ? [] : [{ ...group, mask }]
  })
  return { ...problem, groups, sames: problem.sames.filter((other) => other !== same) }
}

/** Machines by domain and eligibility. */
function tally(
  groups: readonly Group[],
  roles: number,
  level: number,
): ReadonlyMap<number, readonly SizedMask[]> {
  const tallies = new Map<number, { mask: number; size: number }[]>()
  for (const { mask, domains, size } of groups) {
    const domain = domains[level] ?? noDomain
    const own = mask & roles
    if (own === 0 || domain < 0) continue
    const counts = tallies.get(domain)
    if (counts === undefined) {
      tallies.set(domain, [{ mask: own, size }])
      continue
    }
    const count = counts.find((item) => item.mask === own)
    if (count === undefined) counts.push({ mask: own, size })
    else count.size += size
  }
  return tallies
}
