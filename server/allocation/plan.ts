import type { QueuePlace } from '../../protocol/queue.ts'
import type { Explanation } from '../../protocol/explanation.ts'
import type { Request } from '../../protocol/request.ts'
import type { Assignment, CandidateAvailability, MatchOutcome } from '../matching/candidate.ts'
import { unlimited, uncountable, withMachine } from '../quotas/quota.ts'
import type { QuotaState } from '../quotas/quota.ts'
import { fitQuota } from './fit-quota.ts'
import type { FleetMatcher } from './fleet-matcher.ts'
import { foresee } from './foresee.ts'
import type { Foreseen } from './foresee.ts'
import { availabilityAt } from './outlook.ts'
import type { Asker, Outlook } from './outlook.ts'

/** A request that wants machines now. */
export interface Ask extends Asker {
  readonly id: string
  readonly request: Request
  /** Equal for asks that want the same for the same tenant: what one is refused, the next is, too. */
  readonly likeness: string
  /** It goes on waiting when it is not served, and machines may be kept for it. */
  readonly waits: boolean
}

/** The fleet at one moment, as every decision over it sees it. */
export interface Fleet {
  readonly nowMs: number
  readonly machines: readonly Outlook[]
  readonly quotas: ReadonlyMap<string, QuotaState>
  readonly matcher: FleetMatcher
}

export type Verdict =
  | {
      readonly kind: 'start'
      readonly ask: Ask
      readonly assignments: readonly Assignment[]
      readonly explanation: Explanation
    }
  | {
      readonly kind: 'wait'
      readonly ask: Ask
      readonly explanation: Explanation
      readonly waitsFor: QueuePlace['waitsFor']
      readonly reason: string
      readonly estimatedStartAtMs: number | null
      /** Not even an empty fleet and an unused quota would do. */
      readonly isHopeless: boolean
    }

type Wait = Extract<Verdict, { kind: 'wait' }>

export interface PlanOptions {
  /** So many starts are foreseen, for showing; the first is always, for what is kept for it. */
  readonly estimates: number
  /** The ask after which nobody is looked at; null: all are. */
  readonly until: string | null
}

/** Requests looked at in one plan: those behind wait for the next. */
export const asksMaximum = 256

/**
 * Goes through the asks in their order and says of each whether it starts now. The first that must
 * wait for machines has those kept that its foreseen start needs: a later ask is given one of them
 * only if it is back before that start (backfill). So nobody behind it moves that start.
 */
export function planQueue(
  fleet: Fleet,
  asks: readonly Ask[],
  options: PlanOptions,
): readonly Verdict[] {
  fleet.matcher.takeOver(fleet.machines)
  const taking = new Taking(fleet)
  const verdicts: Verdict[] = []
  const refused = new Map<string, Wait>()
  for (const ask of asks.slice(0, asksMaximum)) {
    const isEstimated = verdicts.length < options.estimates
    const verdict =
      likeBefore(refused, taking, ask, isEstimated) ?? decide(taking, ask, isEstimated)
    verdicts.push(verdict)
    if (verdict.kind === 'start') taking.take(verdict)
    else refused.set(ask.likeness, verdict)
    if (ask.id === options.until) break
  }
  return verdicts
}

/**
 * Machines are only taken and kept as a plan goes on, so an ask like one that was refused is refused
 * for the same reason. Null where there was none, or where its own start is to be foreseen.
 */
function likeBefore(
  refused: ReadonlyMap<string, Wait>,
  taking: Taking,
  ask: Ask,
  isEstimated: boolean,
): Wait | null {
  const before = refused.get(ask.likeness)
  if (before === undefined || isEstimated || (ask.waits && taking.keepsNothing)) return null
  return { ...before, ask, estimatedStartAtMs: null }
}

function decide(taking: Taking, ask: Ask, isEstimated: boolean): Verdict {
  const outcome = taking.match(ask)
  const { explanation } = outcome
  if (outcome.kind === 'matched') {
    const fit = fitQuota(taking.quotaOf(ask), ask.request, outcome.assignments, (id) =>
      taking.attributesOf(id),
    )
    if (fit.kind === 'fits') {
      return { kind: 'start', ask, assignments: fit.assignments, explanation }
    }
    const { reason, isHopeless } = fit
    const wait = { kind: 'wait', ask, explanation, waitsFor: 'quota', reason, isHopeless } as const
    return { ...wait, estimatedStartAtMs: null }
  }
  const { verdict, blockers, summary } = explanation
  const isBusy = verdict === 'busy'
  const isForeseen = isBusy && ask.waits && (isEstimated || taking.keepsNothing)
  const foreseen = isForeseen ? taking.foresee(ask) : null
  if (foreseen !== null) taking.keep(ask, foreseen)
  const waitsFor = blockers.some(({ heldBy }) => heldBy.startsWith(keptFor)) ? 'turn' : 'machines'
  return {
    kind: 'wait',
    ask,
    explanation,
    waitsFor,
    reason: summary,
    estimatedStartAtMs: foreseen?.atMs ?? null,
    isHopeless: verdict === 'impossible',
  }
}

const keptFor = 'the queue, for request '

/** What the asks so far have taken, and what is kept for the first of them that waits. */
class Taking {
  readonly #fleet: Fleet
  readonly #attributes: ReadonlyMap<string, Outlook['attributes']>
  readonly #quotas: Map<string, QuotaState>
  /** Machines that are gone by this plan, with when they are back. */
  readonly #taken = new Map<string, { readonly by: string; readonly untilMs: number }>()
  /** Machines that those who wait will have, with when they are back. */
  readonly #promised = new Map<string, number>()
  #kept: { readonly id: string; readonly foreseen: Foreseen } | null = null

  constructor(fleet: Fleet) {
    this.#fleet = fleet
    this.#attributes = new Map(fleet.machines.map(({ id, attributes }) => [id, attributes]))
    this.#quotas = new Map(fleet.quotas)
  }

  get keepsNothing(): boolean {
    return this.#kept === null
  }

  quotaOf({ tenant }: Ask): QuotaState {
    return this.#quotas.get(tenant) ?? unlimited
  }

  attributesOf(id: string): Outlook['attributes'] {
    return this.#attributes.get(id) ?? new Map()
  }

  match(ask: Ask): MatchOutcome {
    const { matcher, machines } = this.#fleet
    const quota = this.quotaOf(ask)
    return matcher.match(ask.request, ask.tenant, machines, (machine) =>
      this.#availability(machine, ask, quota),
    )
  }

  #availability(machine: Outlook, ask: Ask, quota: QuotaState): CandidateAvailability {
    const availability = availabilityAt(this.#afterTaking(machine), ask, this.#fleet.nowMs)
    if (availability.kind !== 'free') return availability
    const unknown = uncountable(quota, machine.attributes)
    if (unknown !== null) {
      return { kind: 'unschedulable', reason: `${unknown} is not known, the quota counts it` }
    }
    if (!this.#isKeptFrom(machine.id, ask)) return availability
    const untilMs = this.#promised.get(machine.id) ?? null
    return { kind: 'held', by: `${keptFor}${this.#kept?.id ?? ''}`, untilMs }
  }

  take({ ask, assignments }: Extract<Verdict, { kind: 'start' }>): void {
    const untilMs = this.#fleet.nowMs + ask.needMs
    const machines = assignments.flatMap((assignment) => assignment.machines)
    for (const id of machines) this.#taken.set(id, { by: `${keptFor}${ask.id}`, untilMs })
    const quota = machines.reduce(
      (sum, id) => withMachine(sum, this.attributesOf(id)),
      this.quotaOf(ask),
    )
    this.#quotas.set(ask.tenant, quota)
  }

  /** The start of an ask after all that was promised to those before it. */
  foresee(ask: Ask): Foreseen | null {
    const machines = this.#fleet.machines.map((machine) => {
      const after = this.#afterTaking(machine)
      const promisedMs = this.#promised.get(machine.id)
      if (promisedMs === undefined || after.freeAtMs === null) return after
      return { ...after, freeAtMs: Math.max(after.freeAtMs, promisedMs), heldBy: 'the queue' }
    })
    return foresee(this.#fleet.matcher, ask, machines, this.#fleet.nowMs)
  }

  keep(ask: Ask, foreseen: Foreseen): void {
    this.#kept ??= { id: ask.id, foreseen }
    const { atMs, machines } = foreseen
    if (atMs === null) return
    for (const id of machines) this.#promised.set(id, atMs + ask.needMs)
  }

  #afterTaking(machine: Outlook): Outlook {
    const taken = this.#taken.get(machine.id)
    return taken === undefined ? machine : { ...machine, heldBy: taken.by, freeAtMs: taken.untilMs }
  }

  #isKeptFrom(id: string, { needMs }: Ask): boolean {
    if (this.#kept === null || !this.#kept.foreseen.machines.has(id)) return false
    const { atMs } = this.#kept.foreseen
    return atMs === null || this.#fleet.nowMs + needMs > atMs
  }
}
