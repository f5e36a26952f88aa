import { z } from 'zod'
import type { Client } from '../../protocol/client.ts'
import { AppError } from '../../protocol/errors.ts'
import { requestLimits } from '../../protocol/request/limits.ts'
import type { ProfileLookup } from '../../protocol/request/profile.ts'
import type { ProfileInput } from '../../protocol/request/schema.ts'

const namingSchema = z.object({ profile: z.string() })
const choicesSchema = z.object({ alternatives: z.array(z.unknown()) })
const rolesSchema = z.object({ roles: z.array(z.unknown()) })

/** `name` or `name@version` of each profile that a request names, in its roles or alternatives. */
export function profilesNamedIn(request: unknown): readonly string[] {
  const roles = rolesSchema.safeParse(request).data?.roles ?? []
  const choices = [
    ...roles,
    ...roles.flatMap((role) => choicesSchema.safeParse(role).data?.alternatives ?? []),
  ]
  return [
    ...new Set(choices.flatMap((choice) => namingSchema.safeParse(choice).data?.profile ?? [])),
  ]
}

/**
 * The profiles that a request names and all that they extend, as the server has them now. One that
 * it does not have is not found, and what needs it says so.
 */
export async function profilesFor(
  request: unknown,
  { profiles }: Pick<Client, 'profiles'>,
): Promise<ProfileLookup> {
  const found = new Map<string, ProfileInput | null>()
  const wanted = [...profilesNamedIn(request)]
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    if (found.has(next) || found.size >= requestLimits.profiles * requestLimits.roles) continue
    const [name = '', version = null] = next.split('@')
    const profile = await profiles.get(name, version).then(
      (one) => one.profile,
      (error: unknown) => {
        if (error instanceof AppError && error.code === 'not-found') return null
        throw error
      },
    )
    found.set(next, profile)
    wanted.push(...(profile?.extends ?? []))
  }
  return {
    find: (name, version) => found.get(version === null ? name : `${name}@${version}`) ?? null,
    names: [...found.values()].flatMap((profile) => profile?.name ?? []),
  }
}
