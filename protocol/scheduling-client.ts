import { z } from 'zod'
import { queueEntrySchema } from './queue.ts'
import { reservationSchema } from './reservations.ts'
import type { CreateReservation } from './reservations.ts'
import { tenantSchema } from './tenants.ts'
import type { Quota } from './tenants.ts'
import { usageSchema } from './usage.ts'
import { createdWebhookSchema, webhookSchema } from './webhooks.ts'
import type { CreateWebhook } from './webhooks.ts'

/** One call of the API: its answer, checked. */
export type ApiCall = <Schema extends z.ZodType>(
  method: string,
  path: string,
  schema: Schema,
  options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
) => Promise<z.output<Schema>>

/** The queue, quotas, reservations, usage and webhooks of the typed client. */
export function schedulingClient(call: ApiCall, text: (path: string) => Promise<string>) {
  const pathOf = (collection: string, name: string) =>
    `/v1/${collection}/${encodeURIComponent(name)}`
  return {
    queue: () => call('GET', '/v1/queue', z.array(queueEntrySchema)),

    quotas: {
      list: () => call('GET', '/v1/quotas', z.array(tenantSchema)),
      get: (tenant: string) => call('GET', pathOf('quotas', tenant), tenantSchema),
      /** All of it; `generation` null: whatever it was. */
      set: (tenant: string, quota: Quota, generation: number | null = null) =>
        call('PUT', pathOf('quotas', tenant), tenantSchema, {
          body: quota,
          headers: ifMatch(generation),
        }),
    },

    reservations: {
      list: () => call('GET', '/v1/reservations', z.array(reservationSchema)),
      get: (id: string) => call('GET', pathOf('reservations', id), reservationSchema),
      create: (input: CreateReservation, key: string | null = null) =>
        call('POST', '/v1/reservations', reservationSchema, {
          body: input,
          headers: idempotencyKey(key),
        }),
      cancel: (id: string) => call('DELETE', pathOf('reservations', id), reservationSchema),
    },

    /** Machine-seconds over [fromMs, untilMs); tenant null: of all that the caller may see. */
    usage: (fromMs: number, untilMs: number, tenant: string | null = null) => {
      const query = new URLSearchParams({ from: String(fromMs), until: String(untilMs) })
      if (tenant !== null) query.set('tenant', tenant)
      return call('GET', `/v1/usage?${query.toString()}`, usageSchema)
    },
    /** The same as CSV. */
    usageCsv: (fromMs: number, untilMs: number, tenant: string | null = null) => {
      const range = { from: String(fromMs), until: String(untilMs), format: 'csv' }
      const query = new URLSearchParams(tenant === null ? range : { ...range, tenant })
      return text(`/v1/usage?${query.toString()}`)
    },

    webhooks: {
      list: () => call('GET', '/v1/webhooks', z.array(webhookSchema)),
      create: (input: CreateWebhook, key: string | null = null) =>
        call('POST', '/v1/webhooks', createdWebhookSchema, {
          body: input,
          headers: idempotencyKey(key),
        }),
      resume: (id: string, since: number | null = null) =>
        call('POST', `${pathOf('webhooks', id)}/resume`, webhookSchema, { body: { since } }),
      remove: (id: string) => call('DELETE', pathOf('webhooks', id), z.undefined()),
    },
  }
}

/** Headers for a record that the caller has seen at a generation. */
export function ifMatch(generation: number | null): Readonly<Record<string, string>> {
  return generation === null ? {} : { 'if-match': `"${generation}"` }
}

export function idempotencyKey(key: string | null): Readonly<Record<string, string>> {
  return key === null ? {} : { 'idempotency-key': key }
}
