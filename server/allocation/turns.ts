import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../protocol/effects.ts'

/** Work goes on for so long before everything else gets a turn. */
const turnMs = 8

/**
 * Keeps long work from holding the event loop: what only awaits what is there already never gives
 * way by itself. On a clock that stands still it never does either.
 */
export class Turns {
  readonly #clock: Pick<Clock, 'monotonic'>
  #sinceMs: number

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
    this.#sinceMs = clock.monotonic()
  }

  /** Lets everything else run where it has waited for long. */
  async give(): Promise<void> {
    if (this.#clock.monotonic() - this.#sinceMs < turnMs) return
    await setImmediate()
    this.#sinceMs = this.#clock.monotonic()
  }
}
