import { z } from 'zod'
import { leaseSchema } from './lease.ts'
import { requestLimits } from './limits.ts'

const word = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'wants a word of lower-case letters, digits and dashes')
const text = z.string().min(1).max(requestLimits.textLength)
const roleNames = z.array(word).min(1).max(requestLimits.roles).optional()

/** `name` or `name@version`. */
const reference = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,127}(@[\w.+-]{1,64})?$/, 'wants name or name@version')

/** Conditions over the attribute registry, see `parse-match.ts`, or one CEL expression. */
export const matchSchema = z
  // Kept as it is: a copy of a record leaves out a key such as `__proto__`, and the condition with it.
  .unknown()
  .refine(isMatch, 'wants conditions such as {"cpu.cores": 8}, or a CEL expression in a text')
  .meta({ id: 'match' })

function isMatch(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const machineIds = z.array(z.string().min(1).max(64)).max(requestLimits.machines)

/** Machines by id: only these, or all but these. */
const machines = z.strictObject({
  include: machineIds.min(1).optional(),
  exclude: machineIds.optional(),
})

const prefer = z
  .array(
    z.strictObject({
      attribute: text.meta({ id: 'preferable' }),
      order: z.enum(['high', 'low']),
      weight: z.number().positive().max(1000).optional(),
    }),
  )
  .max(requestLimits.prefer)

const amount = z.int().min(1).max(requestLimits.count)

/** So many machines, or at least `min` and as many as there are up to `max`. */
const count = z.union(
  [amount, z.strictObject({ min: amount, max: amount })],
  `wants a whole number from 1 to ${requestLimits.count}, or {"min": ..., "max": ...}`,
)

const hardware = {
  /** A profile, whose conditions hold beside those given here. */
  profile: reference.optional(),
  match: matchSchema.optional(),
  prefer: prefer.optional(),
}

const roleSchema = z.strictObject({
  name: word,
  count,
  ...hardware,
  machines: machines.optional(),
  /** Tried in order where the role as it stands finds no machines. */
  alternatives: z
    .array(z.strictObject({ ...hardware, count: count.optional() }))
    .max(requestLimits.alternatives)
    .optional(),
})

/** Over the machines of `roles`, all roles when left out. `level` is a label: `rack`, `leaf`. */
const constraintSchema = z.discriminatedUnion('kind', [
  /**
   * All in one domain. `perRail`: on every rail, the links of all go to one domain. A link nobody
   * has seen is neither equal nor unequal: such machines are refused, or accepted where what is
   * known of them agrees.
   */
  z.strictObject({
    kind: z.literal('same'),
    level: word,
    perRail: z.boolean().optional(),
    unknown: z.enum(['refuse', 'accept']).optional(),
    roles: roleNames,
  }),
  /** Each in a domain of its own. */
  z.strictObject({ kind: z.literal('distinct'), level: word, roles: roleNames }),
  /** At most `max` in each domain. */
  z.strictObject({ kind: z.literal('spread'), level: word, max: amount, roles: roleNames }),
  /** All in one domain of one of the first `max` + 1 levels, the nearest that can be had. */
  z.strictObject({
    kind: z.literal('max-distance'),
    levels: z.array(word).min(1).max(requestLimits.levels),
    max: z
      .int()
      .min(0)
      .max(requestLimits.levels - 1)
      .optional(),
    roles: roleNames,
  }),
  /** In no domain where another tenant holds a machine. */
  z.strictObject({ kind: z.literal('unshared'), level: word, roles: roleNames }),
])

/** A request as people and programs write it, in JSON or YAML. */
export const requestInputSchema = z.strictObject({
  roles: z.array(roleSchema).min(1).max(requestLimits.roles),
  constraints: z.array(constraintSchema).max(requestLimits.constraints).optional(),
  /** For all roles. */
  machines: machines.optional(),
  security: z
    .strictObject({
      /** Whether a machine's boot must have been, or should have been, attested. */
      attested: z.enum(['required', 'preferred', 'any']).optional(),
      /**
       * How disks must be erased after the lease (NIST SP 800-88 words). This version does not erase: the
       * machines stay out of service until an operator has, see docs/guide.md.
       */
      erase: z.enum(['clear', 'purge']).optional(),
    })
    .optional(),
  lease: leaseSchema,
  /** `name` or `name@version`; none: the machines are lent as they are. */
  image: reference.optional(),
  labels: z
    .record(word, z.string().max(128))
    .refine((labels) => Object.keys(labels).length <= requestLimits.labels, 'has too many labels')
    .meta({ maxProperties: requestLimits.labels })
    .optional(),
})

/** A named hardware description. A version, once given, never changes. */
export const profileInputSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,127}$/, 'wants a name without spaces'),
  version: z.string().regex(/^[\w.+-]{1,64}$/, 'wants a version without spaces'),
  description: z.string().max(1024).optional(),
  /** Profiles whose conditions hold, too. */
  extends: z.array(reference).max(requestLimits.profiles).optional(),
  match: matchSchema.optional(),
  prefer: prefer.optional(),
  /** Gangs of such machines that the site wants to be able to serve: see `GET /v1/capacity`. */
  gangs: z
    .array(
      z.strictObject({
        count: amount,
        /** All in one domain of it; left out: anywhere. */
        level: word.optional(),
        /** On every rail, the links of all go to one domain of the level. */
        perRail: z.boolean().optional(),
      }),
    )
    .max(requestLimits.gangs)
    .optional(),
})

export type RequestInput = z.input<typeof requestInputSchema>
export type ProfileInput = z.output<typeof profileInputSchema>
export type RoleInput = z.output<typeof roleSchema>
export type HardwareInput = Pick<RoleInput, 'profile' | 'match' | 'prefer'>
export type PreferenceInput = z.output<typeof prefer>[number]
export type ConstraintInput = z.output<typeof constraintSchema>

/** Every field a request may have, for "did you mean". */
export const requestFields: readonly string[] = [
  ...new Set([
    ...Object.keys(requestInputSchema.shape),
    ...Object.keys(roleSchema.shape),
    ...constraintSchema.options.flatMap((option) => Object.keys(option.shape)),
    'include',
    'exclude',
    'attribute',
    'order',
    'weight',
    'min',
    'max',
    ...Object.keys(leaseSchema.shape),
    'attested',
    'erase',
    'extends',
    'gangs',
    'version',
    'description',
  ]),
]
