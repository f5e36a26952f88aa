import { z } from 'zod'

const role = z.string()

/** One thing to write otherwise in a request. */
export const requestChangeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** The conditions of a role that are numbered `clause`, from 0, in its canonical form. */
    kind: z.literal('clause'),
    role,
    clause: z.number().int().min(0),
    /** What to write instead; `{}` drops it. */
    match: z.record(z.string(), z.unknown()),
  }),
  /** Any machine instead of those named. */
  z.strictObject({ kind: z.literal('machines'), role }),
  z.strictObject({ kind: z.literal('count'), role, count: z.number().int().min(1) }),
  z.strictObject({
    /** The constraint numbered so, from 0: drop it, or let `max` machines into each domain. */
    kind: z.literal('constraint'),
    constraint: z.number().int().min(0),
    max: z.number().int().min(1).nullable(),
  }),
  /** Machines whose boot is not attested, too. */
  z.strictObject({ kind: z.literal('attested') }),
])

export type RequestChange = Readonly<z.infer<typeof requestChangeSchema>>
