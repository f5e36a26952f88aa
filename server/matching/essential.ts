import { type Group, type PlacementProblem, totalDemand, wantedMask } from './placement.ts'
import { noDomain } from './topology.ts'

/**
 * A problem without `sames` in as few groups as decide it: groups that no spread tells apart are put
 * together, and of those that can be exchanged for each other only as many are kept as machines are
 * wanted. A placement of the smaller problem is one of the larger, and if that has one, so has this.
 */
export function essential(problem: PlacementProblem): PlacementProblem {
  const { demand } = problem
  const wanted = wantedMask(demand)
  const spreads = problem.spreads.filter((spread) => (spread.roles & wanted) !== 0)
  const small = { demand, sames: [], spreads }
  const levels = spreadLevels(small)
  const groups = merge(problem.groups, wanted, levels)
  return { ...small, groups: levels.length > 1 ? groups : largest(groups, small) }
}

/** Levels that some spread looks at. */
export function spreadLevels({ spreads }: Pick<PlacementProblem, 'spreads'>): readonly number[] {
  return [...new Set(spreads.map((spread) => spread.level))]
}

/** Groups by the roles of `wanted` and their domains at some levels. */
export function merge(
  groups: readonly Group[],
  wanted: number,
  levels: readonly number[],
): readonly Group[] {
  const merged = new Map<number | string, Group & { size: number; readonly origins: number[] }>()
  for (const { mask: roles, domains, size, origins } of groups) {
    const mask = roles & wanted
    if (mask === 0) continue
    const key = groupKey(mask, domains, levels)
    const group = merged.get(key)
    if (group === undefined) {
      merged.set(key, { mask, domains, size, origins: [...origins] })
      continue
    }
    group.size += size
    for (const origin of origins) group.origins.push(origin)
  }
  return [...merged.values()]
}

/** Equal for groups that roles and the domains at some levels do not tell apart. */
export function groupKey(
  mask: number,
  domains: readonly number[],
  levels: readonly number[],
): number | string {
  const [level] = levels
  if (level === undefined) return mask
  if (levels.length === 1) return mask * 2 ** 32 + (domains[level] ?? noDomain) + 2
  return `${mask} ${levels.map((own) => domains[own] ?? noDomain).join(' ')}`
}

/**
 * No placement uses more domains than it has machines. Of groups with the same roles in domains that
 * are not used yet, as many of the largest as machines are wanted are enough: one of them is in a
 * domain the placement does not use, and can stand in for any smaller group. For one level or none.
 */
export function largest(
  groups: readonly Group[],
  { demand, spreads }: Pick<PlacementProblem, 'demand' | 'spreads'>,
): readonly Group[] {
  const total = totalDemand({ demand })
  const byMask = Map.groupBy(groups, (group) => group.mask)
  return [...byMask.values()].flatMap((own) => {
    if (own.length <= total) return own
    const isUsed = ({ domains }: Group) =>
      spreads.some(({ level, used }) => used.has(domains[level] ?? noDomain))
    const used = own.filter(isUsed)
    const others = own.filter((group) => !isUsed(group))
    return [...used, ...bySize(others, total).slice(0, total)]
  })
}

/** Largest first; sizes beyond what is wanted are as good as each other. */
export function bySize(groups: readonly Group[], total: number): readonly Group[] {
  const size = (group: Group) => Math.min(group.size, total)
  return groups.toSorted((a, b) => size(b) - size(a))
}
