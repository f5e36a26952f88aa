import { z } from 'zod'
import { explanationSchema } from './explanation.ts'
import type { Frozen } from './facts/fields.ts'
import { requestLimits } from './request/limits.ts'

const place = z.object({ domain: z.string(), machines: z.number().int() }).nullable()

/** What keeps one more gang from fitting. */
const nextGangSchema = z.object({
  domain: z.string(),
  /** Machines that are free there now beyond whole gangs, and how many more it takes. */
  free: z.number().int(),
  missing: z.number().int(),
  /** Who holds the machines that come free first. */
  blockers: explanationSchema.shape.blockers,
  /** When these are due back; null when nobody can tell. */
  earliestAtMs: z.number().nullable(),
})

/** How the fleet stands for one profile at one level. */
export const capacitySchema = z.object({
  /** `name@version`. */
  profile: z.string(),
  /** All of a gang in one domain of it; null: anywhere. */
  level: z.string().nullable(),
  /** The same domain on every rail. */
  perRail: z.boolean(),
  /** The largest gang that fits now, and where; null: not one machine is free. */
  largest: place,
  /** The largest that would fit if nobody held any machine. */
  largestIfFree: place,
  /** Machines of the gang that `gangs`, `next` and `cost` speak of. */
  size: z.number().int(),
  /** The profile names this gang; otherwise it is one more machine than fits now. */
  isNamed: z.boolean(),
  /** Gangs of that size that fit now, at the same time. */
  gangs: z.number().int(),
  /** Where the fewest held machines stand in the way of one more; null: held machines are not why. */
  next: nextGangSchema.nullable(),
  /**
   * Gangs that profiles name which would no longer fit if one of these were placed where it would be
   * now; null where none fits.
   */
  cost: z.array(z.object({ gang: z.string(), gangs: z.number().int() })).nullable(),
})

export const capacityQuerySchema = z.object({
  /** `name` or `name@version`; left out: the newest version of all. */
  profile: z.string().min(1).max(200).optional(),
  /** Instead of one more machine than fits now. */
  count: z.coerce.number().int().min(1).max(requestLimits.count).optional(),
})

export type Capacity = Frozen<z.infer<typeof capacitySchema>>
export type CapacityQuery = z.output<typeof capacityQuerySchema>
