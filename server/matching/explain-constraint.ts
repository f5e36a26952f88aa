import type { ConstraintExplanation, Explanation } from '../../protocol/explanation.ts'
import { type Constraint, constraintText } from '../../protocol/request/constraint.ts'
import { essential } from './essential.ts'
import type { Funnel } from './funnel.ts'
import { countCommon } from './index/bitset.ts'
import type { FleetIndex } from './index/fleet-index.ts'
import { byMask, type Ground } from './ground.ts'
import { hasRole, largestPlacement, mostPlaced, totalDemand } from './placement.ts'
import { makePool, type PlacementQuery, type Pool, rolesMask, terrainOf } from './pool.ts'
import { byFit, sameOptions, type SameOption } from './same-options.ts'

/** What constraints are explained over: some machines, those that the verdict speaks of. */
export interface ExplainedGround {
  readonly query: PlacementQuery
  readonly funnels: readonly Funnel[]
  readonly demand: readonly number[]
  readonly population: Int32Array
  readonly index: FleetIndex
}

/** How far a constraint goes by itself, so that nothing else is to blame. */
export function explainConstraint(
  constraint: Constraint,
  { query, funnels, demand, population, index }: ExplainedGround,
): ConstraintExplanation {
  const alone: PlacementQuery = { ...query, constraints: [constraint] }
  const mask = rolesMask(query, constraint)
  const own = demand.map((wanted, role) => (hasRole(mask, role) ? wanted : 0))
  const eligible = funnels.map((funnel, role) =>
    hasRole(mask, role) ? funnel : { eligible: index.scratch.zeros() },
  )
  const pool = makePool(terrainOf(alone, index), eligible, own, population, index)
  const wanted = totalDemand({ demand: own })
  const common = {
    text: constraintText(constraint),
    level: levelText(constraint),
    unlabelled: pool.unlabelled[0] ?? 0,
    unseen: pool.unseen[0] ?? 0,
    wanted,
  }
  const best = bestOption(pool.ground)
  if (pool.ground.sames.length > 0) {
    const placeable = best?.placeable ?? 0
    return {
      ...common,
      best: best === null ? null : { domain: best.name(), placeable, wanted },
      placeable,
    }
  }
  return { ...common, best: null, placeable: largestPlacement(essential(pool.ground)).placed }
}

/** A constraint that was kept, with the domain where it was. */
export function keptConstraint(
  constraint: Constraint,
  position: number,
  wanted: number,
  pool: Pool,
  option: SameOption | null,
): ConstraintExplanation {
  return {
    text: constraintText(constraint),
    level: levelText(constraint),
    unlabelled: pool.unlabelled[position] ?? 0,
    unseen: pool.unseen[position] ?? 0,
    best: option === null ? null : { domain: option.name(), placeable: wanted, wanted },
    placeable: wanted,
    wanted,
  }
}

function levelText(constraint: Constraint): string {
  return constraint.kind === 'max-distance' ? constraint.levels.join(', ') : constraint.level
}

/** The domain that takes the most machines; of equal ones the first by fit. */
function bestOption(ground: Ground): SameOption | null {
  const options = ground.sames.flatMap((same) => sameOptions(ground, same, 0) ?? [])
  const most = Math.max(...options.map((option) => option.placeable))
  const [best = null] = byFit(options.filter((option) => option.placeable === most))
  return best
}

/**
 * The smallest set of roles that together want more than the machines eligible for any of them
 * (Hall's condition), or null.
 */
export function findDeficient({
  query,
  funnels,
  demand,
  population,
  index,
}: ExplainedGround): Explanation['deficient'] {
  const [only] = query.roles
  if (only !== undefined && query.roles.length === 1) {
    const wanted = totalDemand({ demand })
    const eligible = countCommon(funnels[0]?.eligible ?? index.scratch.nothing, population)
    return eligible < wanted ? { roles: [only.name], wanted, eligible } : null
  }
  const open = terrainOf({ ...query, constraints: [] }, index)
  const { ground } = makePool(open, funnels, demand, population, index)
  const masks = byMask(ground)
  const total = totalDemand({ demand })
  if (demand.length <= maxSubsetRoles && mostPlaced(demand, masks) === total) return null
  let best: { roles: string[]; wanted: number; eligible: number } | null = null
  for (let subset = 1; subset < 1 << demand.length; subset += 1) {
    const inside = query.roles.filter((_, role) => hasRole(subset, role))
    if (best !== null && inside.length >= best.roles.length) continue
    const wanted = demand.reduce((sum, count, role) => sum + (hasRole(subset, role) ? count : 0), 0)
    let eligible = 0
    for (const { mask, size } of masks) if ((mask & subset) !== 0) eligible += size
    if (eligible < wanted) best = { roles: inside.map((role) => role.name), wanted, eligible }
  }
  return best
}

const maxSubsetRoles = 8
