import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import type { Request } from '../../protocol/request.ts'
import type { Assignment } from '../matching/candidate.ts'
import { excessOf, withMachine } from '../quotas/quota.ts'
import type { QuotaState } from '../quotas/quota.ts'

export type QuotaFit =
  | { readonly kind: 'fits'; readonly assignments: readonly Assignment[] }
  | {
      readonly kind: 'exceeds'
      readonly reason: string
      /** Too much even for a tenant that has nothing. */
      readonly isHopeless: boolean
    }

/**
 * The machines a tenant may have of those that matched. Where a role may have fewer, the least
 * preferred ones are left away until the rest is within the quota: any part of a placement keeps
 * the constraints of the whole.
 */
export function fitQuota(
  quota: QuotaState,
  request: Request,
  assignments: readonly Assignment[],
  attributesOf: (id: string) => AttributeValues,
): QuotaFit {
  const excess = (taken: readonly Assignment[], from: QuotaState) =>
    excessOf(
      taken
        .flatMap(({ machines }) => machines)
        .reduce((sum, id) => withMachine(sum, attributesOf(id)), from),
    )
  let taken = assignments
  for (;;) {
    const reason = excess(taken, quota)
    if (reason === null) return { kind: 'fits', assignments: taken }
    const smaller = withoutOne(request, taken)
    if (smaller === null) {
      const unused = { ...quota, machines: 0, sums: new Map<string, bigint>() }
      const isHopeless = excess(taken, unused) !== null
      return { kind: 'exceeds', reason: `with this the tenant would have ${reason}`, isHopeless }
    }
    taken = smaller
  }
}

/** One machine less, of the role that can spare most; null where none can. */
function withoutOne(
  request: Request,
  assignments: readonly Assignment[],
): readonly Assignment[] | null {
  const spare = ({ role, machines }: Assignment) => machines.length - leastOf(request, role)
  const [most] = assignments.toSorted((a, b) => spare(b) - spare(a))
  if (most === undefined || spare(most) <= 0) return null
  return assignments.map((assignment) =>
    assignment === most
      ? { ...assignment, machines: assignment.machines.slice(0, -1) }
      : assignment,
  )
}

/** How few machines a role of a request does with, whichever of its alternatives was chosen. */
export function leastOf(request: Request, name: string): number {
  const role = request.roles.find((one) => one.name === name)
  if (role === undefined) return 0
  return Math.max(role.count.min, ...role.alternatives.map(({ count }) => count.min))
}
