import { attestedAttribute } from '../../../protocol/request/policy.ts'
import { conjuncts } from '../../../protocol/request/expression.ts'
import type { Verdict } from '../../../protocol/explanation.ts'
import type { Constraint } from '../../../protocol/request/constraint.ts'
import type { Request, Role } from '../../../protocol/request.ts'
import type { Candidate } from '../../../server/matching/candidate.ts'
import { compile, type Truth } from '../../../server/matching/evaluate.ts'
import { placementExists } from './exhaustive.ts'

/** The numbers of explanations counted machine by machine, in the simplest way there is. */

/** How a machine answers each condition of a role, in the order of the funnel. */
export function answersOf(
  { security }: Pick<Request, 'security'>,
  { match, machines }: Pick<Role, 'match' | 'machines'>,
  { id, attributes }: Candidate,
): readonly Truth[] {
  const answers: Truth[] = conjuncts(match).map((clause) => compile(clause)(attributes))
  if (security.attested === 'required') {
    const value = attributes.get(attestedAttribute.name)
    answers.push(value === undefined ? 'unknown' : value === true ? 'yes' : 'no')
  }
  const { include, exclude } = machines
  if (include !== null || exclude.length > 0) {
    answers.push((include?.includes(id) ?? true) && !exclude.includes(id) ? 'yes' : 'no')
  }
  return answers
}

export const passesAll = (answers: readonly Truth[]) => answers.every((one) => one === 'yes')

export function availabilityOf(machines: readonly Candidate[]) {
  const count = (kind: Candidate['availability']['kind']) =>
    machines.filter(({ availability }) => availability.kind === kind).length
  return {
    total: machines.length,
    free: count('free'),
    held: count('held'),
    unschedulable: count('unschedulable'),
  }
}

/** The machines that a verdict speaks of. */
export function populationOf(verdict: Verdict, fleet: readonly Candidate[]): readonly Candidate[] {
  return fleet.filter(({ availability: { kind } }) => {
    if (verdict === 'impossible') return true
    return verdict === 'unschedulable' ? kind !== 'unschedulable' : kind === 'free'
  })
}

/** Whether a machine says nothing of where a constraint wants it, or has a link nobody has seen. */
export function standingOf(
  constraint: Constraint,
  { attributes, links }: Candidate,
): 'placed' | 'unlabelled' | 'unseen' {
  if (constraint.kind === 'same-per-rail') {
    const ends = [...(links?.get(constraint.level)?.values() ?? [])]
    if (ends.length === 0) return 'unlabelled'
    return constraint.unknown === 'refuse' && ends.includes(null) ? 'unseen' : 'placed'
  }
  const levels = constraint.kind === 'max-distance' ? constraint.levels : [constraint.level]
  const isLabelled = levels.some((level) => attributes.get(`label.${level}`) !== undefined)
  return isLabelled ? 'placed' : 'unlabelled'
}

/** The most machines that the roles of one constraint can place under it, and under nothing else. */
export function mostPlaceable(
  request: Request,
  constraint: Constraint,
  machines: readonly Candidate[],
  surroundings: { readonly fleet: readonly Candidate[]; readonly tenant: string | null },
): number {
  const alone = { ...request, constraints: [constraint] }
  const eligible = (name: string, candidate: Candidate) => {
    const role = request.roles.find((one) => one.name === name)
    return role !== undefined && passesAll(answersOf(request, role, candidate))
  }
  const ranges = request.roles.map(({ name, count }) =>
    Array.from({ length: (constraint.roles.includes(name) ? count.min : 0) + 1 }, (_, at) => at),
  )
  return Math.max(
    ...product(ranges).map((counts) =>
      placementExists(alone, machines, eligible, surroundings, counts)
        ? counts.reduce((sum, count) => sum + count, 0)
        : 0,
    ),
  )
}

/** The size of the smallest set of roles that want more than all that may serve any of them. */
export function smallestDeficit(request: Request, machines: readonly Candidate[]): number | null {
  const sizes = product(request.roles.map(() => [0, 1])).flatMap((chosen) => {
    const roles = request.roles.filter((_, at) => chosen[at] === 1)
    const { wanted, eligible } = demandOf(request, roles, machines)
    return eligible < wanted ? [roles.length] : []
  })
  return sizes.length === 0 ? null : Math.min(...sizes)
}

/** What some roles want together, and the machines that may serve any of them. */
export function demandOf(
  request: Request,
  roles: readonly Role[],
  machines: readonly Candidate[],
): { readonly wanted: number; readonly eligible: number } {
  return {
    wanted: roles.reduce((sum, { count }) => sum + count.min, 0),
    eligible: machines.filter((machine) =>
      roles.some((role) => passesAll(answersOf(request, role, machine))),
    ).length,
  }
}

function product(ranges: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return ranges.reduce<readonly (readonly number[])[]>(
    (rows, range) => rows.flatMap((row) => range.map((value) => [...row, value])),
    [[]],
  )
}
