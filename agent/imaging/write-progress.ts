import type { WriteProgress } from '../../protocol/deployment.ts'
import type { Clock } from '../../protocol/effects.ts'

/** Least time between two reports of a phase; its first and its last are always told. */
const intervalMs = 250

/** The rate is that of the last seconds, not of the whole phase: it shows a disk that slows down. */
const windowMs = 3000

/** Counts chunks and tells how far the write is, at most four times a second. */
export class ProgressReporter {
  readonly #clock: Clock
  readonly #emit: (progress: WriteProgress) => void
  #phase: WriteProgress['phase'] = 'write'
  #chunksDone = 0
  #chunksTotal = 0
  #bytesDone = 0
  #bytesTotal = 0
  #emittedAt = 0
  #window: { readonly at: number; readonly bytes: number }[] = []

  constructor(clock: Clock, emit: (progress: WriteProgress) => void) {
    this.#clock = clock
    this.#emit = emit
  }

  begin(phase: WriteProgress['phase'], chunksTotal: number, bytesTotal: number): void {
    this.#phase = phase
    this.#chunksDone = 0
    this.#chunksTotal = chunksTotal
    this.#bytesDone = 0
    this.#bytesTotal = bytesTotal
    this.#window = [{ at: this.#clock.monotonic(), bytes: 0 }]
    this.#report(this.#clock.monotonic())
  }

  add(bytes: number): void {
    this.#chunksDone += 1
    this.#bytesDone += bytes
    const now = this.#clock.monotonic()
    const isLast = this.#chunksDone === this.#chunksTotal
    if (now - this.#emittedAt < intervalMs && !isLast) return
    this.#window = this.#window.filter(({ at }, index, all) => {
      const next = all[index + 1]
      return next === undefined || now - next.at < windowMs || now - at < windowMs
    })
    this.#window.push({ at: now, bytes: this.#bytesDone })
    this.#report(now)
  }

  #report(now: number): void {
    this.#emittedAt = now
    const first = this.#window[0]
    const elapsedMs = first === undefined ? 0 : now - first.at
    const bytes = first === undefined ? 0 : this.#bytesDone - first.bytes
    const rate = elapsedMs > 0 ? (bytes / elapsedMs) * 1000 : 0
    const left = this.#bytesTotal - this.#bytesDone
    this.#emit({
      phase: this.#phase,
      chunksDone: this.#chunksDone,
      chunksTotal: this.#chunksTotal,
      bytesWritten: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
      rateBytesPerSecond: rate,
      remainingSeconds: rate > 0 ? left / rate : null,
    })
  }
}
