/**
 * The outside world as parameters. Domain code takes these; only `*-effects.ts` and `main.ts` build
 * the real ones, so that the whole of Assay can run in one process on a simulated clock.
 */

/** Time. `now` is wall time, `monotonic` never jumps; both in milliseconds. */
export interface Clock {
  now(): number
  monotonic(): number
  /** Resolves after `ms`, rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `fn` every `ms` until disposed. Does not keep the process alive. */
  every(ms: number, fn: () => void): Disposable
  /** Calls `fn` once after `ms` unless disposed. Does not keep the process alive. */
  after(ms: number, fn: () => void): Disposable
}

/** Randomness. `uuid` is version 7 (RFC 9562): sorts by creation time. */
export interface Random {
  bytes(count: number): Uint8Array
  uuid(): string
  /** Uniform in [0, 1). */
  fraction(): number
}
