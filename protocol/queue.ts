import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'

/**
 * Where a request stands that waits for machines. The order is by `rank`, highest first:
 * priority + hours waited - 10 x the tenant's part of what all tenants used lately, by weight.
 */
export const queuePlaceSchema = z.object({
  /** From 1. */
  position: z.number().int().min(1),
  /** How many wait. */
  of: z.number().int().min(1),
  rank: z.number(),
  /** When it is expected to start, from the ends of leases; null: nobody can tell. */
  estimatedStartAtMs: z.number().nullable(),
  /** What it waits for: `machines`, its tenant's `quota`, or `turn`: only those before it. */
  waitsFor: z.enum(['machines', 'quota', 'turn']),
  /** The same in a sentence. */
  reason: z.string(),
})

export const queueEntrySchema = queuePlaceSchema.extend({
  allocationId: z.string().max(64),
  owner: z.string(),
  tenant: z.string(),
  priority: z.number().int(),
  queuedAtMs: z.number(),
  waitUntilMs: z.number().nullable(),
})

export type QueuePlace = Frozen<z.infer<typeof queuePlaceSchema>>
export type QueueEntry = Frozen<z.infer<typeof queueEntrySchema>>
