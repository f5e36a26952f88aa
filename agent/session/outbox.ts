import type { ReportBody } from '../../protocol/messages.ts'
import { limits } from '../../protocol/limits.ts'
import { AppError } from '../../protocol/errors.ts'
import { encodeCbor } from '../../protocol/cbor.ts'

/** A report with its place in the session, encoded. */
export interface OutboxEntry {
  readonly seq: number
  readonly frame: Uint8Array
}

/**
 * Reports the server has not yet acknowledged, in order, numbered from 1 without gaps. They survive
 * a broken link; a new session (the server forgot the old one) numbers what is left from 1 again.
 */
export class Outbox {
  #entries: { readonly body: ReportBody; readonly frame: Uint8Array }[] = []
  #firstSeq = 1
  #sizeBytes = 0

  /** Highest seq given out; 0 before the first. */
  get lastSeq(): number {
    return this.#firstSeq + this.#entries.length - 1
  }

  get length(): number {
    return this.#entries.length
  }

  /** Adds a report. Throws where the outbox is full: the server has been away for too long. */
  push(body: ReportBody): void {
    const frame = encodeCbor({ ...body, seq: this.lastSeq + 1 })
    if (frame.length > limits.frameBytes) {
      throw new AppError(
        'too-large',
        `report '${body.kind}' of ${frame.length} bytes exceeds a frame`,
      )
    }
    if (
      this.#entries.length >= limits.outboxMessages ||
      this.#sizeBytes + frame.length > limits.outboxBytes
    ) {
      throw new AppError(
        'unavailable',
        `outbox is full with ${this.#entries.length} reports unsent`,
      )
    }
    this.#entries.push({ body, frame })
    this.#sizeBytes += frame.length
  }

  /** Drops everything up to and with `seq`. Returns false for a seq that was never given out. */
  acknowledge(seq: number): boolean {
    if (seq > this.lastSeq) return false
    const gone = this.#entries.splice(0, Math.max(0, seq - this.#firstSeq + 1))
    for (const entry of gone) this.#sizeBytes -= entry.frame.length
    this.#firstSeq += gone.length
    return true
  }

  /** The entry with this seq; undefined when it is acknowledged or not yet given out. */
  at(seq: number): OutboxEntry | undefined {
    const entry = this.#entries[seq - this.#firstSeq]
    return entry === undefined ? undefined : { seq, frame: entry.frame }
  }

  /** The oldest seq still kept. */
  get firstSeq(): number {
    return this.#firstSeq
  }

  /** Numbers what is left from 1: for a session the server has opened anew. */
  restart(): void {
    const bodies = this.#entries.map((entry) => entry.body)
    this.#entries = []
    this.#firstSeq = 1
    this.#sizeBytes = 0
    for (const body of bodies) this.push(body)
  }
}
