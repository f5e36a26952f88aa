import { randomBytes } from 'node:crypto'
import { setTimeout as sleepFor } from 'node:timers/promises'
import type { Clock, Random } from './effects.ts'

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    await sleepFor(ms, undefined, signal === undefined ? {} : { signal })
  },
  every(ms, fn) {
    const timer = setInterval(fn, ms)
    timer.unref()
    return { [Symbol.dispose]: () => clearInterval(timer) }
  },
  after(ms, fn) {
    const timer = setTimeout(fn, ms)
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

/** The kernel's random source. */
export const systemRandom: Random = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
  uuid: () => Bun.randomUUIDv7(),
  fraction: () => Math.random(),
}
