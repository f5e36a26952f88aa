import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import type { Availability, Explanation } from '../../protocol/explanation.ts'

/** A machine as matching sees it. */
export interface Candidate {
  readonly id: string
  readonly attributes: AttributeValues
  readonly availability: CandidateAvailability
  /**
   * Where its links go, by level (`leaf`): rail -> domain, null for a link that nobody has seen the
   * other end of. Left out or empty: no links are known.
   */
  readonly links?: ReadonlyMap<string, RailDomains>
}

export type RailDomains = ReadonlyMap<string, string | null>

/**
 * `held`: by an allocation, or busy on the way back from one; `untilMs` is when that is due to end,
 * null when nobody can tell; `tenant` whose it is, left out when it is nobody's. `unschedulable`:
 * waiting does not help, somebody must act.
 */
export type CandidateAvailability =
  | { readonly kind: 'free' }
  | {
      readonly kind: 'held'
      readonly by: string
      readonly untilMs: number | null
      readonly tenant?: string
    }
  | { readonly kind: 'unschedulable'; readonly reason: string }

/** The answer to a request. The explanation is always there, `explanation.verdict` says which. */
export type MatchOutcome =
  | {
      readonly kind: 'matched'
      /** One per role, in the order of the request; machines in order of preference. */
      readonly assignments: readonly Assignment[]
      readonly explanation: Explanation
    }
  | { readonly kind: 'unmatched'; readonly explanation: Explanation }

export interface Assignment {
  readonly role: string
  readonly machines: readonly string[]
}

export const noMachines: Availability = { total: 0, free: 0, held: 0, unschedulable: 0 }
