import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'

/** What tenants had, from the grant of each machine until it was given back. */
export const usageSchema = z.object({
  fromMs: z.number(),
  untilMs: z.number(),
  /** By tenant, then by shape. */
  rows: z.array(
    z.object({
      tenant: z.string(),
      /** Class of machines with the same hardware; null where it was not known at the grant. */
      shape: z.object({ id: z.string(), text: z.string() }).nullable(),
      /** Different machines. */
      machines: z.number().int(),
      /** To the millisecond. */
      machineSeconds: z.number(),
    }),
  ),
})

export type Usage = Frozen<z.infer<typeof usageSchema>>
