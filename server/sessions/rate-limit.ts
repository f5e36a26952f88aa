import type { Clock } from '../../protocol/effects.ts'
import { limits } from '../../protocol/limits.ts'

/** Averages are taken over this long: an agent may send its outbox in a burst. */
const windowSeconds = 10

/** What one session may send. A bucket for messages, one for bytes, refilled by the clock. */
export class RateLimit {
  readonly #clock: Clock
  #messages = limits.messagesPerSecond * windowSeconds
  #bytes = limits.bytesPerSecond * windowSeconds
  #refilledAt: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#refilledAt = clock.monotonic()
  }

  /** Counts a frame; false when it is one too many. */
  take(sizeBytes: number): boolean {
    const now = this.#clock.monotonic()
    const seconds = (now - this.#refilledAt) / 1000
    this.#refilledAt = now
    this.#messages = refill(this.#messages, limits.messagesPerSecond, seconds) - 1
    this.#bytes = refill(this.#bytes, limits.bytesPerSecond, seconds) - sizeBytes
    return this.#messages >= 0 && this.#bytes >= 0
  }
}

function refill(left: number, perSecond: number, seconds: number): number {
  return Math.min(perSecond * windowSeconds, left + perSecond * seconds)
}
