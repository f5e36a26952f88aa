import { z } from 'zod'
import { AppError } from '../../protocol/errors.ts'
import {
  createdWebhookSchema,
  createWebhookSchema,
  resumeWebhookSchema,
  webhookSchema,
} from '../../protocol/webhooks.ts'
import type { Caller } from '../tokens/token-service.ts'
import type { WebhookService } from '../webhooks/webhook-service.ts'
import { jsonEndpoint } from './endpoint.ts'
import type { Endpoint } from './endpoint.ts'

const idParams = z.object({ id: z.string().min(1).max(64) })

/** `/v1/webhooks`: events sent on by HTTP. Schedulers touch their own, operators all. */
export function webhookEndpoints(webhooks: WebhookService): readonly Endpoint[] {
  const requireOwner = async (id: string, caller: Caller): Promise<void> => {
    const { owner } = await webhooks.get(id)
    if (caller.role === 'operator' || owner === caller.name) return
    const detail = `webhook '${id}' belongs to '${owner}', not to '${caller.name}'`
    throw new AppError('forbidden', detail)
  }
  return [
    jsonEndpoint({
      method: 'post',
      path: '/v1/webhooks',
      role: 'scheduler',
      summary: 'Have events sent; the secret that signs them is in this answer and nowhere else',
      body: createWebhookSchema,
      answer: { status: 201, description: 'The webhook', schema: createdWebhookSchema },
      handle: ({ body, caller, idempotencyKey }) =>
        webhooks.create(body, { owner: caller.name, idempotencyKey }),
    }),
    jsonEndpoint({
      method: 'get',
      path: '/v1/webhooks',
      role: 'scheduler',
      summary: 'Webhooks by age, without their secrets',
      answer: { status: 200, description: 'Webhooks', schema: z.array(webhookSchema).readonly() },
      handle: async ({ caller }) =>
        (await webhooks.list()).filter(
          ({ owner }) => caller.role === 'operator' || owner === caller.name,
        ),
    }),
    jsonEndpoint({
      method: 'post',
      path: '/v1/webhooks/{id}/resume',
      role: 'scheduler',
      summary: 'Begin again where it stopped, or after an event',
      params: idParams,
      body: resumeWebhookSchema,
      answer: { status: 200, description: 'The webhook', schema: webhookSchema },
      async handle({ params, body, caller, ifGeneration }) {
        await requireOwner(params.id, caller)
        return webhooks.resume(params.id, body.since, ifGeneration)
      },
    }),
    jsonEndpoint({
      method: 'delete',
      path: '/v1/webhooks/{id}',
      role: 'scheduler',
      summary: 'Send nothing any more',
      params: idParams,
      answer: { status: 204, description: 'It is gone', schema: null },
      async handle({ params, caller, ifGeneration }) {
        await requireOwner(params.id, caller)
        return webhooks.remove(params.id, ifGeneration)
      },
    }),
  ]
}
