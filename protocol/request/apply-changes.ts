import type { Request, Role } from '../request.ts'
import type { RequestChange } from './change.ts'
import { allOf, conjuncts, type Expression } from './expression.ts'
import { anyMachine } from './hardware.ts'
import { parseMatch } from './parse-match.ts'
import { Problems } from './problems.ts'
import { noProfiles } from './profile.ts'

/** The request with changes made, as an explanation suggests them. Alternatives are left as they are. */
export function applyChanges(request: Request, changes: readonly RequestChange[]): Request {
  // Dropped constraints last and later clauses first, so that the numbers of the others stay.
  const dropped = new Set<number>()
  const clauseOf = (change: RequestChange) => (change.kind === 'clause' ? change.clause : -1)
  let changed = request
  for (const change of changes.toSorted((a, b) => clauseOf(b) - clauseOf(a))) {
    if (change.kind === 'constraint' && change.max === null) dropped.add(change.constraint)
    else changed = applyChange(changed, change)
  }
  const constraints = changed.constraints.filter((_, index) => !dropped.has(index))
  return { ...changed, constraints }
}

function applyChange(request: Request, change: RequestChange): Request {
  switch (change.kind) {
    case 'attested':
      return { ...request, security: { ...request.security, attested: 'any' } }
    case 'constraint':
      return {
        ...request,
        constraints: request.constraints.map((constraint, index) =>
          index === change.constraint && constraint.kind === 'spread' && change.max !== null
            ? { ...constraint, max: change.max }
            : constraint,
        ),
      }
    case 'clause':
    case 'count':
    case 'machines':
      return {
        ...request,
        roles: request.roles.map((role) =>
          role.name === change.role ? changedRole(role, change) : role,
        ),
      }
  }
}

function changedRole(role: Role, change: Extract<RequestChange, { readonly role: string }>): Role {
  if (change.kind === 'machines') return { ...role, machines: { include: null, exclude: [] } }
  if (change.kind === 'count') {
    return { ...role, count: { min: change.count, max: Math.max(change.count, role.count.max) } }
  }
  const reading = { problems: new Problems(), clauses: 0, profiles: noProfiles }
  const relaxed = parseMatch(change.match, 'match', reading)
  if (relaxed === null) throw reading.problems.refusal()
  const clauses = conjuncts(role.match).map((clause, index): Expression =>
    index === change.clause ? relaxed : clause,
  )
  return { ...role, match: clauses.length === 0 ? anyMachine : allOf(clauses) }
}
