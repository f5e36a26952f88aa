import type { Clock } from '../../protocol/effects.ts'

interface Timer {
  atMs: number
  readonly everyMs: number | null
  readonly fn: () => void
}

/** Time that moves only when told: timers run in order, at their time. */
export class ManualClock implements Clock {
  #nowMs: number
  readonly #timers = new Set<Timer>()

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonic(): number {
    return this.#nowMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const timer = this.#add(ms, null, resolve)
      signal?.addEventListener('abort', () => {
        timer[Symbol.dispose]()
        reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
      })
    })
  }

  every(ms: number, fn: () => void): Disposable {
    return this.#add(ms, ms, fn)
  }

  after(ms: number, fn: () => void): Disposable {
    return this.#add(ms, null, fn)
  }

  get timerCount(): number {
    return this.#timers.size
  }

  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const next = [...this.#timers]
        .filter((timer) => timer.atMs <= untilMs)
        .toSorted((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      this.#nowMs = next.atMs
      if (next.everyMs === null) this.#timers.delete(next)
      else next.atMs += next.everyMs
      next.fn()
    }
    this.#nowMs = untilMs
  }

  #add(ms: number, everyMs: number | null, fn: () => void): Disposable {
    const timer = { atMs: this.#nowMs + ms, everyMs, fn }
    this.#timers.add(timer)
    return { [Symbol.dispose]: () => this.#timers.delete(timer) }
  }
}
