import { AppError } from '../../protocol/errors.ts'
import type { Domain } from '../domain.ts'
import { decide } from '../store/work.ts'
import type { Work } from '../store/work.ts'
import type { NewEvent } from '../store/store.ts'
import { composeEvents } from './compose-events.ts'

/** Runs decisions: makes each durable with its events, publishes these, then runs its effects. */
export class Transactions {
  readonly #domain: () => Domain
  readonly #running = new Set<Promise<unknown>>()
  #closed = false

  constructor(domain: () => Domain) {
    this.#domain = domain
  }

  /** Throws `unavailable` once closed; otherwise what the decision or the store throws. */
  async run<T>(body: (work: Work) => Promise<T>): Promise<T> {
    if (this.#closed) throw new AppError('unavailable', 'the server stops')
    const run = this.#run(body)
    const settled = run.then(
      () => undefined,
      () => undefined,
    )
    this.#running.add(settled)
    void settled.finally(() => this.#running.delete(settled))
    return run
  }

  /** Takes no more and resolves when those that run have ended. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#running)
  }

  async #run<T>(body: (work: Work) => Promise<T>): Promise<T> {
    const domain = this.#domain()
    let events: readonly NewEvent[] = []
    const { value, work, seqs } = await decide(domain.store, body, async (work) => {
      events = await composeEvents(domain, work)
      return events.map((event) => ({ kind: 'event', event }))
    })
    for (const [index, event] of events.entries()) {
      const seq = seqs[index]
      if (seq !== undefined) domain.bus.publish({ ...event, seq })
    }
    work.runEffects()
    return value
  }
}
