import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'
import { requestLimits } from './request/limits.ts'
import { matchSchema } from './request/schema.ts'

const id = z.string().min(1).max(64)

/** Which machines are kept: these, or so many that meet a condition of the request language. */
export const reservationTargetSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('machines'),
    machines: z.array(id).min(1).max(requestLimits.count),
  }),
  z.strictObject({
    kind: z.literal('match'),
    count: z.number().int().min(1).max(requestLimits.count),
    match: matchSchema,
  }),
])

/** The same as it is asked for: of a profile, too, which is looked up then. */
const [namedMachines, matchingMachines] = reservationTargetSchema.options
const wantedTargetSchema = z.discriminatedUnion('kind', [
  namedMachines,
  matchingMachines.partial({ match: true }).extend({
    /** `name` or `name@version`: its conditions hold beside those of `match`. */
    profile: z.string().min(1).max(200).optional(),
  }),
])

export const createReservationSchema = z.strictObject({
  tenant: id,
  target: wantedTargetSchema,
  fromMs: z.number().int().min(0),
  untilMs: z.number().int().min(0),
  note: z.string().max(500).nullable().default(null),
})

export const reservationStates = ['scheduled', 'open', 'ended', 'cancelled'] as const

/** Machines that only one tenant is given in a window of time, and no lease of another runs into. */
export const reservationSchema = z.object({
  id,
  generation: z.number().int(),
  tenant: z.string(),
  state: z.enum(reservationStates),
  target: reservationTargetSchema,
  /** The machines kept now. One that falls out of service is replaced where that is possible. */
  machines: z.array(id),
  /** How many are missing of those it wants. */
  missing: z.number().int(),
  fromMs: z.number(),
  untilMs: z.number(),
  note: z.string().nullable(),
  createdBy: z.string(),
  createdAtMs: z.number(),
})

export type ReservationTarget = Frozen<z.infer<typeof reservationTargetSchema>>
export type CreateReservation = z.input<typeof createReservationSchema>
export type Reservation = Frozen<z.infer<typeof reservationSchema>>
