import { z } from 'zod'
import { digestOf } from '../../protocol/canonical.ts'
import { parseRequest, parseRequestText } from '../../protocol/request.ts'
import { requestToJson } from '../../protocol/request/written.ts'

/**
 * SHA-256 of what a client asks for, equal for what says the same. A request that names profiles is
 * what it says, not what they say: they may be others by now, or gone.
 * @throws {AppError} where it is no request
 */
export function requestFingerprint(input: unknown): string {
  const isText = typeof input === 'string'
  const namesProfiles = isText ? /\bprofile\b/.test(input) : namingSchema.safeParse(input).success
  if (namesProfiles) return digestOf({ written: z.json().parse(input) })
  return digestOf(requestToJson(isText ? parseRequestText(input) : parseRequest(input)))
}

const named = z.object({ profile: z.string() })

/** A request of which some role, or an alternative for it, names a profile. */
const namingSchema = z.object({
  roles: z
    .array(z.unknown())
    .refine((roles) =>
      roles.some(
        (role) =>
          isNamed(role) ||
          z
            .object({ alternatives: z.array(z.unknown()).refine((all) => all.some(isNamed)) })
            .safeParse(role).success,
      ),
    ),
})
const isNamed = (choice: unknown) => named.safeParse(choice).success
