import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../protocol/effects.ts'

/** How long a long task may have the process before it lets others have their turn. */
const turnMs = 10

/** The turns of a long task: between them timers run and requests are answered. */
export class Turns {
  readonly #clock: Pick<Clock, 'monotonic'>
  #since: number

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
    this.#since = clock.monotonic()
  }

  get isOver(): boolean {
    return this.#clock.monotonic() - this.#since >= turnMs
  }

  /** Ends the turn. */
  async giveWay(): Promise<void> {
    await setImmediate()
    this.#since = this.#clock.monotonic()
  }

  /** What comes out of `source`, a turn at a time. */
  async *over<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const item of source) {
      if (this.isOver) await this.giveWay()
      yield item
    }
  }
}
