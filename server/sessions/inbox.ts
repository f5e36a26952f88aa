import type { Clock } from '../../protocol/effects.ts'
import type { Report } from '../../protocol/messages.ts'
import type { UnknownMessage } from './decode-message.ts'

/** A report, or one of a later version that is only counted. */
export type Received = Report | (UnknownMessage & { readonly seq: number })

/** Reports that arrive within this time are made durable and acknowledged together. */
const gatherMs = 50

/** Reports that somebody waits for are not gathered. */
const urgentKinds: ReadonlySet<string> = new Set([
  'phase',
  'prepared',
  'started',
  'verified',
  'done',
  'failed',
])

/** Reports waiting for the store; a session that is further ahead is stopped and resumes later. */
const waitingMaximum = 20_000

export interface InboxDeps {
  readonly clock: Clock
  /** Makes reports durable, in order; then the inbox goes on with the next ones. */
  apply(reports: readonly Received[]): Promise<void>
  /** Called where `apply` failed: the connection ends, the agent sends again. */
  failed(error: unknown): void
}

/** Puts the reports of a session in order and applies each once, in batches. */
export class Inbox {
  readonly #deps: InboxDeps
  #waiting: Received[] = []
  #timer: Disposable | null = null
  #applying = false
  #closed = false
  /** Highest seq received. */
  #received: number

  constructor(deps: InboxDeps, ackedSeq: number) {
    this.#deps = deps
    this.#received = ackedSeq
  }

  /**
   * `kept`: it will be applied. `repeated`: it was received before. `gap`: one before it is missing.
   * `full`: too many wait.
   */
  receive(report: Received): 'kept' | 'repeated' | 'gap' | 'full' {
    if (report.seq <= this.#received) return 'repeated'
    if (report.seq !== this.#received + 1) return 'gap'
    if (this.#waiting.length >= waitingMaximum) return 'full'
    this.#received = report.seq
    this.#waiting.push(report)
    if (urgentKinds.has(report.kind)) {
      this.#flush()
    } else {
      this.#timer ??= this.#deps.clock.after(gatherMs, () => this.#flush())
    }
    return 'kept'
  }

  /** Drops what is not applied yet: without an ack the agent sends it again. */
  close(): void {
    this.#closed = true
    this.#waiting = []
    this.#timer?.[Symbol.dispose]()
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    if (this.#applying || this.#closed || this.#waiting.length === 0) return
    const batch = this.#waiting
    this.#waiting = []
    this.#applying = true
    this.#deps.apply(batch).then(
      () => {
        this.#applying = false
        this.#flush()
      },
      (error: unknown) => this.#deps.failed(error),
    )
  }
}
