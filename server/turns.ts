import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../protocol/effects.ts'

/** How long a long task may have the process before it lets others have their turn. */
const turnMs = 8

/**
 * The turns of a long task: between them timers run and requests are answered. What only awaits what is
 * there already never gives way by itself. On a clock that stands still no turn is ever over.
 */
export class Turns {
  readonly #clock: Pick<Clock, 'monotonic'>
  #since: number

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
    this.#since = clock.monotonic()
  }

  /** Ends the turn where it has lasted long enough. */
  async give(): Promise<void> {
    if (this.#clock.monotonic() - this.#since >= turnMs) await this.giveWay()
  }

  /** Ends the turn, however short it was. */
  async giveWay(): Promise<void> {
    await setImmediate()
    this.#since = this.#clock.monotonic()
  }

  /** What comes out of `source`, a turn at a time. */
  async *over<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const item of source) {
      await this.give()
      yield item
    }
  }
}
