import type { Constraint, Request } from '../../../protocol/request.ts'
import type { Candidate } from '../../../server/matching/candidate.ts'

/** Machines of each role, as the matcher answers. */
export type Chosen = readonly { readonly role: string; readonly machines: readonly string[] }[]

/**
 * Whether any choice of machines serves a request, by trying them all. `eligible` says which machine
 * meets which role's conditions.
 */
export function placementExists(
  request: Request,
  candidates: readonly Candidate[],
  eligible: (role: string, candidate: Candidate) => boolean,
): boolean {
  const units = request.roles.flatMap((role) => Array.from({ length: role.count }, () => role.name))
  const chosen: [string, Candidate][] = []
  const tryFrom = (unit: number, first: number): boolean => {
    const role = units[unit]
    if (role === undefined) return constraintsHold(request.constraints, chosen)
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
): boolean {
  return constraints.every((constraint) => {
    const domains = chosen
      .filter(([role]) => constraint.roles.includes(role))
      .map(([, candidate]) => candidate.attributes.get(`label.${constraint.level}`) ?? null)
    if (domains.includes(null)) return false
    if (constraint.kind === 'same') return new Set(domains).size <= 1
    const most = Math.max(
      0,
      ...domains.map((domain) => domains.filter((other) => other === domain).length),
    )
    return most <= constraint.max
  })
}
