import { z } from 'zod'
import { plural } from './format.ts'

/** As much of a request as the page speaks of, from its written form or the canonical one. */
const outlineSchema = z.object({
  roles: z.array(
    z.object({
      name: z.string(),
      count: z.union([z.number(), z.object({ min: z.number(), max: z.number() })]),
    }),
  ),
  lease: z.object({ duration: z.string() }),
})

export interface RoleOutline {
  readonly name: string
  readonly min: number
  readonly max: number
}

/** Names and counts of the roles; none where the request is not understood. */
export function rolesOf(request: unknown): readonly RoleOutline[] {
  const { data } = outlineSchema.safeParse(request)
  return (data?.roles ?? []).map(({ name, count }) =>
    typeof count === 'number' ? { name, min: count, max: count } : { name, ...count },
  )
}

/** `gpu × 4`, or `gpu × 2 to 8`. */
export function roleText({ name, min, max }: RoleOutline): string {
  return `${name} × ${min === max ? min : `${min} to ${max}`}`
}

/** What is asked for, in a sentence; nothing for what the server will refuse anyway. */
export function requestOutline(request: unknown): string {
  const { data } = outlineSchema.safeParse(request)
  const roles = rolesOf(request)
  if (data === undefined) return ''
  const count = roles.reduce((sum, { min }) => sum + min, 0)
  return `${plural(count, 'machine')} (${roles.map(roleText).join(', ')}) for ${data.lease.duration}.`
}

/** For how long machines are wanted, as it is written; null where it is not understood. */
export function durationOf(request: unknown): string | null {
  return outlineSchema.safeParse(request).data?.lease.duration ?? null
}
