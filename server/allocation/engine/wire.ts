import type { AppErrorCode } from '../../../protocol/errors.ts'
import type { RequestJson } from '../../../protocol/request/written.ts'
import type { FleetDelta } from './delta.ts'
import type { Answer, Ask, Question } from './question.ts'

/**
 * What goes to an engine in a thread. A message is answered by one reply of the same `number`, in
 * order.
 */
export interface EngineMessage {
  readonly number: number
  readonly delta: FleetDelta
  /** Null: only the delta. */
  readonly question: Question<WireAsk> | null
  /** Asks that were told before mean nothing any more. */
  readonly forgetsAsks: boolean
}

/** An ask, its request as it is written; or the id of one that was told before. */
export type WireAsk = string | (Omit<Ask, 'request'> & { readonly request: RequestJson })

export type EngineReply = { readonly number: number } & (
  | { readonly kind: 'answered'; readonly answer: Answer | null }
  /** What the asker can act on. */
  | {
      readonly kind: 'refused'
      readonly code: AppErrorCode
      readonly message: string
      readonly details: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'failed'; readonly message: string }
)
