import type { Request } from '../../../protocol/request.ts'
import type { Constraint } from '../../../protocol/request/constraint.ts'
import type { Candidate } from '../../../server/matching/candidate.ts'

/** Machines of each role, as the matcher answers. */
export type Chosen = readonly { readonly role: string; readonly machines: readonly string[] }[]

/** What decides besides the machines chosen. */
export interface Surroundings {
  /** All machines there are, chosen or not. */
  readonly fleet: readonly Candidate[]
  readonly tenant: string | null
}

/**
 * Whether any choice of machines serves a request with `counts` machines by role, by trying them all.
 * `eligible` says which machine meets which role's conditions.
 */
export function placementExists(
  request: Request,
  candidates: readonly Candidate[],
  eligible: (role: string, candidate: Candidate) => boolean,
  surroundings: Surroundings,
  counts: readonly number[] = request.roles.map((role) => role.count.min),
): boolean {
  const units = request.roles.flatMap((role, at) =>
    Array.from({ length: counts[at] ?? 0 }, () => role.name),
  )
  const chosen: [string, Candidate][] = []
  const tryFrom = (unit: number, first: number): boolean => {
    const role = units[unit]
    if (role === undefined) return constraintsHold(request.constraints, chosen, surroundings)
    for (let index = first; index < candidates.length; index += 1) {
      const candidate = candidates[index]
      if (candidate === undefined || chosen.some(([, taken]) => taken === candidate)) continue
      if (!eligible(role, candidate)) continue
      chosen.push([role, candidate])
      // Machines of one role in rising order: their order says nothing.
      if (tryFrom(unit + 1, units[unit + 1] === role ? index + 1 : 0)) return true
      chosen.pop()
    }
    return false
  }
  return tryFrom(0, 0)
}

/** Whether machines in roles meet all constraints. */
export function constraintsHold(
  constraints: readonly Constraint[],
  chosen: readonly (readonly [role: string, candidate: Candidate])[],
  surroundings: Surroundings,
): boolean {
  return constraints.every((constraint) => {
    const own = chosen
      .filter(([role]) => constraint.roles.includes(role))
      .map(([, candidate]) => candidate)
    return own.length === 0 || holds(constraint, own, surroundings)
  })
}

function holds(
  constraint: Constraint,
  machines: readonly Candidate[],
  { fleet, tenant }: Surroundings,
): boolean {
  switch (constraint.kind) {
    case 'same':
      return areTogether(machines, constraint.level)
    case 'max-distance':
      return constraint.levels.some((level) => areTogether(machines, level))
    case 'spread':
      return machines.every((machine) => {
        const domain = domainOf(machine, constraint.level)
        const others = machines.filter((other) => domainOf(other, constraint.level) === domain)
        return domain !== null && others.length <= constraint.max
      })
    case 'unshared':
      return machines.every((machine) => {
        const domain = domainOf(machine, constraint.level)
        const strangers = fleet.filter(
          ({ availability: held }) =>
            held.kind === 'held' && (tenant === null || held.tenant !== tenant),
        )
        return (
          domain !== null &&
          strangers.every((other) => domainOf(other, constraint.level) !== domain)
        )
      })
    case 'same-per-rail':
      return areOnSameRails(machines, constraint)
  }
}

function areOnSameRails(
  machines: readonly Candidate[],
  { level, unknown }: Extract<Constraint, { kind: 'same-per-rail' }>,
): boolean {
  const links = machines.map((machine) => machine.links?.get(level) ?? new Map<string, string>())
  const [first] = links
  const rails = [...(first?.keys() ?? [])]
  return (
    rails.length > 0 &&
    links.every((link) => link.size === rails.length && rails.every((rail) => link.has(rail))) &&
    rails.every((rail) => {
      const ends = links.map((link) => link.get(rail) ?? null)
      const seen = new Set(ends.filter((end) => end !== null))
      return seen.size <= 1 && (unknown === 'accept' || !ends.includes(null))
    })
  )
}

function areTogether(machines: readonly Candidate[], level: string): boolean {
  const domains = new Set(machines.map((machine) => domainOf(machine, level)))
  return domains.size === 1 && !domains.has(null)
}

function domainOf(candidate: Candidate, level: string): string | null {
  const value = candidate.attributes.get(`label.${level}`)
  return typeof value === 'string' ? value : null
}
