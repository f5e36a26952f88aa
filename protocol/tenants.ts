import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'
import { requestLimits } from './request/limits.ts'

/** What a tenant may have at a time, and how it counts in the queue. */
export const quotaSchema = z.strictObject({
  /** Twice the weight, twice the share of a contended fleet. */
  weight: z.number().positive().max(1000).default(1),
  /** Highest priority its requests may ask for. */
  priorityMaximum: z.number().int().min(0).max(requestLimits.priority).default(0),
  /** Machines; null: any number. */
  machines: z.number().int().min(0).nullable().default(null),
  /** Sums over its machines: `{"gpu.count": 64, "memory.size": "8TiB"}`. Numbers and quantities. */
  attributes: z
    .record(z.string().max(128), z.union([z.number().int().min(0), z.string().max(64)]))
    .default({}),
})

export const tenantSchema = z.object({
  name: z.string(),
  /** 0: nothing was ever set, the defaults hold. */
  generation: z.number().int(),
  weight: z.number(),
  priorityMaximum: z.number().int(),
  machines: z.number().int().nullable(),
  attributes: z.record(z.string(), z.string()),
  /** What it has now, counted as the quota counts it. */
  held: z.object({
    machines: z.number().int(),
    attributes: z.record(z.string(), z.string()),
  }),
  /** Machine-seconds used lately: what is a day old counts half. */
  recentMachineSeconds: z.number(),
  /** Its part of what all tenants used lately, by weight: 0 to 1. */
  share: z.number(),
})

export type Quota = z.input<typeof quotaSchema>
export type Tenant = Frozen<z.infer<typeof tenantSchema>>
