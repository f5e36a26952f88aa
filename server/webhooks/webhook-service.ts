import { digestOf } from '../../protocol/canonical.ts'
import { AppError } from '../../protocol/errors.ts'
import { createWebhookSchema } from '../../protocol/webhooks.ts'
import type { CreatedWebhook, CreateWebhook, Webhook } from '../../protocol/webhooks.ts'
import type { Domain } from '../domain.ts'
import { keepAnswer, keptAnswer } from '../idempotency.ts'
import type { WebhookRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { webhookSecret } from './sign.ts'

/** Subscriptions to events by HTTP. */
export interface WebhookService {
  /** From now on. Throws `unprocessable` for an origin that the configuration does not allow. */
  create(
    input: CreateWebhook,
    caller: { readonly owner: string; readonly idempotencyKey: string | null },
  ): Promise<CreatedWebhook>
  /** By age. */
  list(): Promise<readonly Webhook[]>
  get(id: string): Promise<Webhook>
  remove(id: string, generation: number | null): Promise<void>
  /** Begins again after `since` (null: where it stopped), or with the oldest event that is kept. */
  resume(id: string, since: number | null, generation: number | null): Promise<Webhook>
}

/** Subscriptions in all: each costs a look a second. */
const webhooksMaximum = 100

export function webhookService(domain: Domain, wake: () => void): WebhookService {
  const change = async (
    id: string,
    generation: number | null,
    body: (webhook: WebhookRecord) => WebhookRecord,
  ) =>
    present(
      await domain.transact(async (work) => {
        const webhook = await findWebhook(work, id, generation)
        work.after(wake)
        return work.webhooks.update(body(webhook))
      }),
    )
  return {
    async create(input, { owner, idempotencyKey: key }) {
      const { url, kinds } = createWebhookSchema.parse(input)
      const fingerprint = digestOf({ webhook: { url, kinds } })
      const record = await domain.transact(async (work) => {
        const keptId = await keptAnswer(work, { owner, key, fingerprint })
        if (keptId !== null) return work.webhooks.get(keptId)
        if (!domain.webhooks.allows(url)) {
          const advice = "the server's configuration lists the allowed ones in webhooks.origins"
          const { origin } = new URL(url)
          throw new AppError('unprocessable', `origin '${origin}' is not allowed: ${advice}`)
        }
        const others = await work.store.webhooks()
        if (others.length >= webhooksMaximum) {
          throw new AppError('conflict', `there are ${others.length} webhooks, remove one first`)
        }
        const id = domain.random.uuid()
        keepAnswer(domain, work, { owner, key, fingerprint, resourceId: id })
        return work.webhooks.insert({
          id,
          generation: 1,
          owner,
          url,
          kinds,
          secret: webhookSecret(domain.random.bytes(32)),
          state: 'active',
          seq: (await work.store.eventRange())?.last ?? 0,
          failures: 0,
          failingSinceMs: null,
          nextAttemptAtMs: null,
          lastError: null,
          createdAtMs: domain.clock.now(),
        })
      })
      return { ...present(record), secret: record.secret }
    },
    list: async () => (await domain.store.webhooks()).map(present),
    async get(id) {
      const webhook = await domain.store.webhook(id)
      if (webhook === null || webhook.state === 'removed') throw unknownWebhook(id)
      return present(webhook)
    },
    async remove(id, generation) {
      await change(id, generation, (webhook) => ({ ...webhook, state: 'removed' }))
    },
    async resume(id, since, generation) {
      const { first = 1 } = (await domain.store.eventRange()) ?? {}
      return change(id, generation, (webhook) => ({
        ...webhook,
        state: 'active',
        seq: Math.max(since ?? webhook.seq, first - 1),
        failures: 0,
        failingSinceMs: null,
        nextAttemptAtMs: null,
        lastError: null,
      }))
    },
  }
}

async function findWebhook(
  work: Work,
  id: string,
  generation: number | null,
): Promise<WebhookRecord> {
  const webhook = await work.webhooks.find(id)
  if (webhook === null || webhook.state === 'removed') throw unknownWebhook(id)
  if (generation === null || generation === webhook.generation) return webhook
  throw new AppError(
    'precondition-failed',
    `webhook '${id}' is at generation ${webhook.generation}, not at ${generation}`,
    { generation: webhook.generation },
  )
}

function unknownWebhook(id: string): AppError {
  return new AppError('not-found', `no webhook has the id '${id}'`)
}

function present(record: WebhookRecord): Webhook {
  const { id, generation, owner, url, kinds, failures, nextAttemptAtMs, lastError } = record
  return {
    id,
    generation,
    owner,
    url,
    kinds,
    state: record.state === 'disabled' ? 'disabled' : 'active',
    deliveredSeq: record.seq,
    failures,
    nextAttemptAtMs,
    lastError,
    createdAtMs: record.createdAtMs,
  }
}
