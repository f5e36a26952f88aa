import { errorChain } from '../../protocol/errors.ts'
import type { Domain } from '../domain.ts'
import type { WebhookRecord } from '../store/records.ts'
import type { DurableEvent } from '../store/store.ts'
import { patienceMs, retryDelayMs } from './backoff.ts'
import { signedHeaders } from './sign.ts'

/** A receiver answers within this time. */
const answerMs = 10_000

/** Events read from the store at a time. */
const pageSize = 100

type DeliveryDomain = Pick<Domain, 'store' | 'clock' | 'random' | 'log' | 'transact' | 'webhooks'>

/**
 * Sends events to subscribers: each gets its events in order, the next one only when the last has
 * arrived, again until it has. What arrived is durable, so a restart repeats at most one.
 */
export class WebhookDeliverer {
  readonly #domain: () => DeliveryDomain
  readonly #running = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()

  constructor(domain: () => DeliveryDomain) {
    this.#domain = domain
  }

  /** Looks who has something to be told by now. */
  async wake(): Promise<void> {
    const { store, clock, log } = this.#domain()
    if (this.#stop.signal.aborted) return
    for (const webhook of await store.webhooks()) {
      const { id, state, nextAttemptAtMs } = webhook
      if (state !== 'active' || this.#running.has(id)) continue
      if (nextAttemptAtMs !== null && nextAttemptAtMs > clock.now()) continue
      const run = this.#deliver(id)
        .catch((error: unknown) => {
          if (this.#stop.signal.aborted) return
          log.error('webhook could not be served', { webhookId: id, error: errorChain(error) })
        })
        .finally(() => this.#running.delete(id))
      this.#running.set(id, run)
    }
  }

  /** Resolves when nothing is being sent any more. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('the server stops'))
    await Promise.all(this.#running.values())
  }

  async #deliver(id: string): Promise<void> {
    const { store, clock } = this.#domain()
    for (;;) {
      const webhook = await store.webhook(id)
      if (webhook?.state !== 'active' || this.#stop.signal.aborted) return
      if ((webhook.nextAttemptAtMs ?? 0) > clock.now()) return
      const { first = 0 } = (await store.eventRange()) ?? {}
      if (webhook.seq < first - 1) return this.#giveUp(webhook, first)
      const events = await store.eventsAfter(webhook.seq, pageSize)
      const wanted = events.find(({ kind }) => webhook.kinds.includes(kind))
      const last = events.at(-1)
      if (last === undefined) return
      if (wanted === undefined) await this.#note(webhook, { seq: last.seq })
      else if (!(await this.#send(webhook, wanted))) return
    }
  }

  /** Events that it was to have are gone: what it knows is no longer the whole story. */
  async #giveUp(webhook: WebhookRecord, first: number): Promise<void> {
    const lost = `events ${webhook.seq + 1} to ${first - 1} are no longer kept`
    const lastError = `${lost}: list everything anew, then resume`
    await this.#note(webhook, { state: 'disabled', nextAttemptAtMs: null, lastError })
    this.#domain().log.error('webhook lost events', { webhookId: webhook.id, lost })
  }

  /** Whether it arrived. */
  async #send(webhook: WebhookRecord, event: DurableEvent): Promise<boolean> {
    const { clock, log } = this.#domain()
    const error = await this.#post(webhook, event)
    if (this.#stop.signal.aborted) return false
    if (error === null) {
      const arrived = { failures: 0, failingSinceMs: null, nextAttemptAtMs: null, lastError: null }
      await this.#note(webhook, { seq: event.seq, ...arrived })
      return true
    }
    const nowMs = clock.now()
    const failures = webhook.failures + 1
    const failingSinceMs = webhook.failingSinceMs ?? nowMs
    const isGivenUp = nowMs - failingSinceMs >= patienceMs
    await this.#note(webhook, {
      failures,
      failingSinceMs,
      lastError: error.slice(0, 500),
      state: isGivenUp ? 'disabled' : 'active',
      nextAttemptAtMs: isGivenUp
        ? null
        : nowMs + retryDelayMs(failures, this.#domain().random.fraction()),
    })
    if (isGivenUp) log.error('webhook was given up on', { webhookId: webhook.id, error })
    return false
  }

  /** What went wrong; null where it arrived: any status of 2xx. */
  async #post({ id, url, secret }: WebhookRecord, event: DurableEvent): Promise<string | null> {
    const { clock, webhooks } = this.#domain()
    const body = JSON.stringify(event)
    const timestampSeconds = Math.floor(clock.now() / 1000)
    const headers = signedHeaders(secret, `${id}:${event.seq}`, timestampSeconds, body)
    const late = new AbortController()
    using _ = clock.after(answerMs, () => late.abort(new Error('no answer in time')))
    const signal = AbortSignal.any([late.signal, this.#stop.signal])
    try {
      const status = await webhooks.post({ url, headers, body }, signal)
      return status >= 200 && status < 300 ? null : `the receiver answered ${status}`
    } catch (error) {
      return errorChain(error)
    }
  }

  /** The record may have changed meanwhile: what this run learned is set, the rest stays. */
  async #note({ id }: WebhookRecord, learned: Partial<WebhookRecord>): Promise<void> {
    await this.#domain().transact(async (work) => {
      const webhook = await work.webhooks.get(id)
      const { state = webhook.state, ...rest } = learned
      const isActive = webhook.state === 'active'
      work.webhooks.update({ ...webhook, ...rest, state: isActive ? state : webhook.state })
    })
  }
}
