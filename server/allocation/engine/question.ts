import type { Capacity } from '../../../protocol/capacity.ts'
import type { Explanation } from '../../../protocol/explanation.ts'
import type { QueuePlace } from '../../../protocol/queue.ts'
import type { Request } from '../../../protocol/request.ts'
import type { Assignment } from '../../matching/candidate.ts'
import type { QuotaState } from '../../quotas/quota.ts'
import type { Window } from '../../reservations/pin-machines.ts'
import type { Asker } from '../outlook.ts'

/** A request that wants machines now. */
export interface Ask extends Asker {
  readonly id: string
  readonly request: Request
  /** Equal for asks that want the same for the same tenant: what one is refused, the next is, too. */
  readonly likeness: string
  /** It goes on waiting when it is not served, and machines may be kept for it. */
  readonly waits: boolean
}

/** Asks in their order, at one moment. */
interface Asked<A> {
  readonly nowMs: number
  readonly asks: readonly A[]
  /** Of tenants that have limits. */
  readonly quotas: ReadonlyMap<string, QuotaState>
}

/** What a fleet's engine is asked. `A`: asks, or what stands for them on the way to a thread. */
export type Question<A = Ask> =
  /** What the last of the asks gets behind those before it. */
  | ({ readonly kind: 'judge' } & Asked<A>)
  /** Who starts now, so many at most. */
  | ({ readonly kind: 'serve'; readonly startsMaximum: number } & Asked<A>)
  /** How each stands, or the last of them; so many starts are foreseen. */
  | ({ readonly kind: 'view'; readonly of: 'all' | 'last'; readonly estimates: number } & Asked<A>)
  /** What a profile (`name@version`) could still get. */
  | {
      readonly kind: 'capacity'
      readonly nowMs: number
      readonly profile: string
      readonly count: number | null
    }
  /** The machines that a reservation keeps. */
  | ({ readonly kind: 'pin'; readonly nowMs: number } & PinOrder)

/** A question about asks. */
export type Planned = Extract<Question, { readonly asks: unknown }>

/** Machines that are wanted for a window. */
export interface PinOrder {
  /** The condition, as it is written. */
  readonly match: unknown
  readonly count: number
  readonly window: Window
  /** Machines that the reservation has. */
  readonly held: readonly string[]
}

export type Answer =
  | { readonly kind: 'judge'; readonly verdict: Verdict }
  | { readonly kind: 'serve'; readonly starts: readonly Start[] }
  | { readonly kind: 'view'; readonly stands: readonly Stand[] }
  | { readonly kind: 'capacity'; readonly views: readonly Capacity[] }
  | { readonly kind: 'pin'; readonly machines: readonly string[] }

export type Verdict = Start | Wait

export interface Start {
  readonly kind: 'start'
  readonly askId: string
  readonly assignments: readonly Assignment[]
  readonly explanation: Explanation
}

export interface Wait extends Stand {
  readonly kind: 'wait'
  /** Null where nobody wanted to know: then only that it waits is certain. */
  readonly explanation: Explanation | null
  /** Not even an empty fleet and an unused quota would do. */
  readonly isHopeless: boolean
}

/** How an ask stands that waits, or starts any moment. */
export interface Stand {
  readonly askId: string
  readonly waitsFor: QueuePlace['waitsFor']
  readonly reason: string
  readonly estimatedStartAtMs: number | null
}
