import type { AssayEvent } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import type { DurableEvent, Store } from '../store/store.ts'

/** Events a subscriber may lag behind before it is dropped: some seconds of a busy rack. */
const bufferedEvents = 4096

/** Events read from the store at a time. */
const pageSize = 500

/**
 * Hands events to whoever watches. Durable ones are replayed from the store, then live ones follow
 * without a gap or a repeat; activity is live only. A subscriber that does not keep up is dropped
 * with an error instead of holding everybody's memory.
 */
export class EventBus {
  readonly #store: Pick<Store, 'eventsAfter' | 'eventRange'>
  readonly #subscribers = new Set<Subscriber>()

  constructor(store: Pick<Store, 'eventsAfter' | 'eventRange'>) {
    this.#store = store
  }

  get subscriberCount(): number {
    return this.#subscribers.size
  }

  publish(event: AssayEvent): void {
    for (const subscriber of this.#subscribers) subscriber.push(event)
  }

  /**
   * Events after `since` (null: from now on) until the signal aborts. Throws `precondition-failed`
   * where `since` is older than what is kept, `unavailable` where the reader is too slow.
   */
  async *subscribe(since: number | null, signal: AbortSignal): AsyncGenerator<AssayEvent> {
    const subscriber = new Subscriber(signal)
    this.#subscribers.add(subscriber)
    try {
      const range = await this.#store.eventRange()
      let last = since ?? range?.last ?? 0
      if (range !== null && last < range.first - 1) {
        throw new AppError(
          'precondition-failed',
          `events after ${last} are no longer kept, list the machines and watch from now on`,
          { first: range.first },
        )
      }
      for (;;) {
        const page: readonly DurableEvent[] = await this.#store.eventsAfter(last, pageSize)
        for (const event of page) {
          if (signal.aborted) return
          last = event.seq
          yield event
        }
        if (page.length < pageSize) break
      }
      for (;;) {
        const event = await subscriber.next()
        if (event === null) return
        if (event.seq !== null && event.seq <= last) continue
        if (event.seq !== null) last = event.seq
        yield event
      }
    } finally {
      this.#subscribers.delete(subscriber)
    }
  }
}

class Subscriber {
  readonly #signal: AbortSignal
  #events: AssayEvent[] = []
  #overflowed = false
  #wake: (() => void) | null = null

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
  }

  push(event: AssayEvent): void {
    if (this.#overflowed) return
    if (this.#events.length >= bufferedEvents) {
      this.#overflowed = true
      this.#events = []
    } else {
      this.#events.push(event)
    }
    this.#wake?.()
  }

  /** The next event; null once the signal aborted. */
  async next(): Promise<AssayEvent | null> {
    for (;;) {
      if (this.#signal.aborted) return null
      if (this.#overflowed) {
        throw new AppError(
          'unavailable',
          `event subscriber lags more than ${bufferedEvents} events behind, watch again`,
        )
      }
      const event = this.#events.shift()
      if (event !== undefined) return event
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      this.#wake = null
    }
  }
}
