import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'
import { profileInputSchema } from './request/schema.ts'

/** A profile as it is put: without a version it is given the next number. */
export const writtenProfileSchema = profileInputSchema.partial({ version: true })

/** A version of a profile, and which others there are. */
export const profileSchema = z.object({
  name: z.string(),
  version: z.string(),
  /** Rises with every version and removal. */
  generation: z.number().int(),
  /** Oldest first. */
  versions: z.array(z.string()),
  /** As it was put. */
  profile: profileInputSchema,
  putBy: z.string(),
  putAtMs: z.number(),
})

export type WrittenProfile = z.input<typeof writtenProfileSchema>
export type Profile = Frozen<z.infer<typeof profileSchema>>
