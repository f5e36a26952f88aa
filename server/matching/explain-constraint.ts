import type { ConstraintExplanation, Explanation } from '../../protocol/explanation.ts'
import type { Constraint, Request } from '../../protocol/request.ts'
import { largestPlacement, type PlacementProblem } from './placement.ts'
import { domainOf, type Eligible, makePool, rolesMask } from './pool.ts'
import { confined, domainsByFit } from './search.ts'

/** How far each constraint goes by itself over some machines. */
export function explainConstraint(
  request: Request,
  constraint: Constraint,
  machines: readonly Eligible[],
): ConstraintExplanation {
  const mask = rolesMask(request, constraint)
  const concerned = machines.filter((machine) => (machine.mask & mask) !== 0)
  // The constraint and its roles alone, so that nothing else is to blame.
  const alone: Request = {
    ...request,
    roles: request.roles.filter((role) => constraint.roles.includes(role.name)),
    constraints: [constraint],
  }
  const { problem } = makePool(
    alone,
    concerned.map((machine) => squeezed(machine, mask)),
  )
  const wanted = alone.roles.reduce((sum, role) => sum + role.count, 0)
  const common = {
    text: constraintText(constraint),
    level: constraint.level,
    unlabelled: concerned.filter(({ candidate }) => domainOf(candidate, constraint.level) === null)
      .length,
    wanted,
  }
  if (constraint.kind === 'spread') {
    return { ...common, best: null, placeable: largestPlacement(problem).placed }
  }
  const best = bestDomain(problem, wanted)
  return { ...common, best, placeable: best?.placeable ?? 0 }
}

/** The constraint for people: `same rack for a, b`. */
export function constraintText(constraint: Constraint): string {
  const roles = constraint.roles.join(', ')
  return constraint.kind === 'same'
    ? `same ${constraint.level} for ${roles}`
    : `at most ${constraint.max} in each ${constraint.level} for ${roles}`
}

/**
 * The smallest set of roles that together want more than the machines eligible for any of them
 * (Hall's condition), or null. `machines` are those the verdict speaks of.
 */
export function findDeficient(
  request: Request,
  machines: readonly Eligible[],
): Explanation['deficient'] {
  const sizes = new Map<number, number>()
  for (const { mask } of machines) sizes.set(mask, (sizes.get(mask) ?? 0) + 1)
  let best: { roles: string[]; wanted: number; eligible: number } | null = null
  for (let subset = 1; subset < 1 << request.roles.length; subset += 1) {
    const inside = request.roles.filter((_, index) => (subset & (1 << index)) !== 0)
    if (best !== null && inside.length >= best.roles.length) continue
    const wanted = inside.reduce((sum, role) => sum + role.count, 0)
    let eligible = 0
    for (const [mask, size] of sizes) if ((mask & subset) !== 0) eligible += size
    if (eligible < wanted) best = { roles: inside.map((role) => role.name), wanted, eligible }
  }
  return best
}

function bestDomain(problem: PlacementProblem, wanted: number): ConstraintExplanation['best'] {
  let best: ConstraintExplanation['best'] = null
  for (const same of problem.sames) {
    for (const { domain } of domainsByFit(problem, same)) {
      const { placed } = largestPlacement(confined(problem, same, domain))
      if (best === null || placed > best.placeable) best = { domain, placeable: placed, wanted }
    }
  }
  return best
}

/** A machine with its roles counted among those of `kept` only. */
function squeezed({ candidate, mask }: Eligible, kept: number): Eligible {
  let result = 0
  let position = 0
  for (let role = 0; kept >> role !== 0; role += 1) {
    if ((kept & (1 << role)) === 0) continue
    if ((mask & (1 << role)) !== 0) result |= 1 << position
    position += 1
  }
  return { candidate, mask: result }
}
