import { type Constraint, type Request } from '../../protocol/request.ts'
import { labelAttribute } from '../../protocol/attributes.ts'
import type { Candidate } from './candidate.ts'
import type { Group, PlacementProblem } from './placement.ts'

/** Some of the candidates as a problem of numbers, with the way back from groups to machines. */
export interface Pool {
  readonly problem: PlacementProblem
  /** Machines of each group, in order of their ids. */
  readonly members: readonly (readonly Candidate[])[]
}

/** A candidate with the roles whose conditions it meets, as bits. */
export interface Eligible {
  readonly candidate: Candidate
  readonly mask: number
}

/**
 * Puts together the machines that no role and no constraint tells apart. A machine without the label
 * of a constraint's level cannot serve that constraint's roles.
 */
export function makePool(request: Request, machines: readonly Eligible[]): Pool {
  const levels = [...new Set(request.constraints.map((constraint) => constraint.level))]
  const groups = new Map<string, { mask: number; domains: Group['domains']; all: Candidate[] }>()
  for (const { candidate, mask: eligible } of machines) {
    const domains = levels.map((level) => domainOf(candidate, level))
    let mask = eligible
    for (const constraint of request.constraints) {
      const labelled = domains[levels.indexOf(constraint.level)] !== null
      if (!labelled) mask &= ~rolesMask(request, constraint)
    }
    if (mask === 0) continue
    const key = JSON.stringify([mask, domains])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { mask, domains, all: [candidate] })
    else group.all.push(candidate)
  }
  const list = [...groups.values()]
  const placed = (constraint: Constraint) => ({
    roles: rolesMask(request, constraint),
    level: levels.indexOf(constraint.level),
  })
  return {
    problem: {
      demand: request.roles.map((role) => role.count),
      groups: list.map(({ mask, domains, all }) => ({ mask, domains, size: all.length })),
      sames: request.constraints.filter(({ kind }) => kind === 'same').map(placed),
      spreads: request.constraints.flatMap((constraint) =>
        constraint.kind === 'spread'
          ? [{ ...placed(constraint), max: constraint.max, used: new Map() }]
          : [],
      ),
    },
    members: list.map(({ all }) => all),
  }
}

/** The roles of a constraint as bits. */
export function rolesMask(request: Request, constraint: Constraint): number {
  let mask = 0
  request.roles.forEach((role, index) => {
    if (constraint.roles.includes(role.name)) mask |= 1 << index
  })
  return mask
}

/** The domain a machine is in at a level, or null when nobody labelled it. */
export function domainOf(candidate: Candidate, level: string): string | null {
  const value = candidate.attributes.get(labelAttribute(level))
  return typeof value === 'string' ? value : null
}
