import { bySize, essential, groupKey, merge, spreadLevels } from './essential.ts'
import {
  type Group,
  type PlacementProblem,
  type SameConstraint,
  totalDemand,
  wantedMask,
} from './placement.ts'
import { confined, type SameOption } from './same-options.ts'
import { noDomain } from './topology.ts'

/**
 * The problems that are left when the last `same` constraint is kept in one of its options. There may
 * be hundreds of options in a fleet of thousands of groups: what lies outside of an option is put
 * together once for all of them.
 */
export class OptionGround {
  readonly #problem: PlacementProblem
  readonly #same: SameConstraint
  readonly #levels: readonly number[]
  readonly #byDomain = new Map<number, ReadonlyMap<number, readonly Group[]>>()
  #outside: ReadonlyMap<number, readonly Group[]> | null = null

  constructor(problem: PlacementProblem, same: SameConstraint) {
    this.#problem = problem
    this.#same = same
    this.#levels = spreadLevels(problem)
  }

  /** The problem in one option, see {@link essential}. */
  within(option: SameOption): PlacementProblem {
    if (this.#levels.length > 1) return essential(confined(this.#problem, this.#same, option))
    const inside = this.#inside(option)
    const total = totalDemand(this.#problem)
    const moved = this.#sizesWithoutSame(inside)
    const outside = [...this.#others().values()].flatMap((groups) => {
      // Those of which a part lies inside are fewer than looked at by then.
      const first = groups.slice(0, total + moved.size)
      const left = first.flatMap((group) => {
        const size = group.size - (moved.get(this.#key(group)) ?? 0)
        return size > 0 ? [{ ...group, size }] : []
      })
      return bySize(left, total).slice(0, total)
    })
    // What is inside comes last: it has the last word on which group a machine is in.
    return { ...this.#problem, sames: [], groups: [...outside, ...inside] }
  }

  #inside({ level, codes }: SameOption): readonly Group[] {
    let byDomain = this.#byDomain.get(level)
    if (byDomain === undefined) {
      byDomain = Map.groupBy(this.#problem.groups, ({ domains }) => domains[level] ?? noDomain)
      this.#byDomain.set(level, byDomain)
    }
    const groups =
      typeof codes === 'number'
        ? (byDomain.get(codes) ?? [])
        : [...codes].flatMap((code) => byDomain.get(code) ?? [])
    return merge(groups, wantedMask(this.#problem.demand), this.#levels)
  }

  /** Groups by what they are good for where the constraint is not kept, the largest first. */
  #others(): ReadonlyMap<number, readonly Group[]> {
    if (this.#outside !== null) return this.#outside
    const { groups, demand } = this.#problem
    const merged = merge(groups, this.#freeRoles(), this.#levels)
    const total = totalDemand({ demand })
    const sorted = new Map<number, readonly Group[]>()
    for (const [mask, own] of Map.groupBy(merged, (group) => group.mask)) {
      sorted.set(mask, bySize(own, total))
    }
    this.#outside = sorted
    return sorted
  }

  /** Of groups inside, the machines that {@link #others} has counted, too. */
  #sizesWithoutSame(inside: readonly Group[]): ReadonlyMap<number | string, number> {
    const sizes = new Map<number | string, number>()
    for (const { mask, domains, size } of inside) {
      const left = mask & this.#freeRoles()
      if (left === 0) continue
      const key = groupKey(left, domains, this.#levels)
      sizes.set(key, (sizes.get(key) ?? 0) + size)
    }
    return sizes
  }

  /** Roles that may stand anywhere. */
  #freeRoles(): number {
    return wantedMask(this.#problem.demand) & ~this.#same.roles
  }

  #key({ mask, domains }: Group): number | string {
    return groupKey(mask, domains, this.#levels)
  }
}
