import { z } from 'zod'
import type { Frozen } from './facts/fields.ts'

/** Durable events that may be sent on. */
export const webhookKinds = ['machine', 'allocation'] as const

export const createWebhookSchema = z.strictObject({
  /** Of an origin that the server's configuration allows. */
  url: z.url().max(2048),
  kinds: z
    .array(z.enum(webhookKinds))
    .min(1)
    .default([...webhookKinds]),
})

/** A subscription to events by HTTP. */
export const webhookSchema = z.object({
  id: z.string(),
  generation: z.number().int(),
  owner: z.string(),
  url: z.string(),
  kinds: z.array(z.enum(webhookKinds)),
  /** `disabled`: nothing arrived for so long that the server gave up; `resume` begins again. */
  state: z.enum(['active', 'disabled']),
  /** The last event that is done with. */
  deliveredSeq: z.number().int(),
  /** Attempts for the next one. */
  failures: z.number().int(),
  nextAttemptAtMs: z.number().nullable(),
  lastError: z.string().nullable(),
  createdAtMs: z.number(),
})

/** `secret` is shown once, here. */
export const createdWebhookSchema = webhookSchema.extend({ secret: z.string() })

/** Events after `since` are sent; null: after the last one that arrived, as far as they are kept. */
export const resumeWebhookSchema = z
  .strictObject({ since: z.number().int().min(0).nullable().default(null) })
  .default({ since: null })

export type CreateWebhook = z.input<typeof createWebhookSchema>
export type Webhook = Frozen<z.infer<typeof webhookSchema>>
export type CreatedWebhook = Frozen<z.infer<typeof createdWebhookSchema>>
