import type { Request } from '../../../protocol/request.ts'
import type { Foreseen } from '../../../server/allocation/engine/foresee.ts'
import { candidateOf } from '../../../server/allocation/engine/fleet-matcher.ts'
import type { Ask, Start, Verdict, Wait } from '../../../server/allocation/engine/question.ts'
import { fitQuota } from '../../../server/allocation/fit-quota.ts'
import { availabilityAt } from '../../../server/allocation/outlook.ts'
import type { Asker, Outlook } from '../../../server/allocation/outlook.ts'
import type { CandidateAvailability, MatchOutcome } from '../../../server/matching/candidate.ts'
import { match } from '../../../server/matching/match.ts'
import { unlimited, uncountable, withMachine } from '../../../server/quotas/quota.ts'
import type { QuotaState } from '../../../server/quotas/quota.ts'

/**
 * Plans as they are meant: every question looks at every machine and nothing is kept from one to the
 * next. What the engine answers is held against it.
 */

function matched(
  { request, tenant }: { readonly request: Request; readonly tenant: string },
  machines: readonly Outlook[],
  availabilityOf: (machine: Outlook) => CandidateAvailability,
): MatchOutcome {
  const candidates = machines.map((machine) =>
    candidateOf(machine.id, machine.attributes, availabilityOf(machine)),
  )
  return match(request, candidates, { tenant })
}

/** A fleet at one moment. */
export interface Fleet {
  readonly nowMs: number
  /** As they stand at that moment. */
  readonly machines: readonly Outlook[]
  readonly quotas: ReadonlyMap<string, QuotaState>
}

export interface PlanOptions {
  readonly estimates: number
  /** The last is looked at by itself, whoever was refused the same before it. */
  readonly isLastFresh: boolean
}

/**
 * Goes through the asks in their order and says of each whether it starts now. The first that must
 * wait for machines has those kept that its foreseen start needs: a later ask is given one of them
 * only if it is back before that start (backfill). So nobody behind it moves that start.
 */
export function referencePlan(
  fleet: Fleet,
  asks: readonly Ask[],
  options: PlanOptions,
): readonly Verdict[] {
  const taking = new Taking(fleet)
  const verdicts: Verdict[] = []
  const refused = new Map<string, Wait>()
  for (const [at, ask] of asks.entries()) {
    const isEstimated = at < options.estimates
    const isFresh = isEstimated || (options.isLastFresh && at === asks.length - 1)
    const verdict = likeBefore(refused, taking, ask, isFresh) ?? decide(taking, ask, isEstimated)
    verdicts.push(verdict)
    if (verdict.kind === 'start') taking.take(ask, verdict)
    else refused.set(ask.likeness, verdict)
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
  isFresh: boolean,
): Wait | null {
  const before = refused.get(ask.likeness)
  if (before === undefined || isFresh || (ask.waits && taking.keepsNothing)) return null
  return { ...before, askId: ask.id, estimatedStartAtMs: null }
}

function decide(taking: Taking, ask: Ask, isEstimated: boolean): Verdict {
  const outcome = taking.match(ask)
  const { explanation } = outcome
  if (outcome.kind === 'matched') {
    const fit = fitQuota(taking.quotaOf(ask), ask.request, outcome.assignments, (id) =>
      taking.attributesOf(id),
    )
    if (fit.kind === 'fits') {
      return { kind: 'start', askId: ask.id, assignments: fit.assignments, explanation }
    }
    const { reason, isHopeless } = fit
    const wait = {
      kind: 'wait',
      askId: ask.id,
      explanation,
      waitsFor: 'quota',
      reason,
      isHopeless,
    } as const
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
    askId: ask.id,
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
    const quota = this.quotaOf(ask)
    return matched(ask, this.#fleet.machines, (machine) => this.#availability(machine, ask, quota))
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

  take(ask: Ask, { assignments }: Start): void {
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
    return referenceForesee(ask, machines, this.#fleet.nowMs)
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

/** Windows of reservations that are looked past before an estimate is given up. */
const windowsMaximum = 64

/**
 * The earliest start of a request, from when machines come back: the ends of leases and of windows
 * kept for others. Null where no wait helps.
 */
export function referenceForesee(
  { request, ...asker }: Pick<Ask, keyof Asker | 'request'>,
  machines: readonly Outlook[],
  nowMs: number,
): Foreseen | null {
  const moments = momentsOf(machines, asker, nowMs)
  const unbooked = machines.map((machine) => ({ ...machine, bookings: ownOf(machine, asker) }))
  const placedAt = (outlooks: readonly Outlook[], atMs: number): ReadonlySet<string> | null => {
    const outcome = matched({ ...asker, request }, outlooks, (machine) =>
      availabilityAt(machine, asker, atMs),
    )
    if (outcome.kind === 'unmatched') return null
    return new Set(outcome.assignments.flatMap((assignment) => assignment.machines))
  }
  // Without windows of others more machines are back at every later moment: halve.
  let low = 0
  let high = moments.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (placedAt(unbooked, moments[middle] ?? nowMs) === null) low = middle + 1
    else high = middle
  }
  for (const atMs of moments.slice(low, low + windowsMaximum)) {
    const placed = placedAt(machines, atMs)
    if (placed !== null) return { atMs, machines: placed }
  }
  // Once they are all back, whenever that is.
  const someday = unbooked.map((machine) => ({ ...machine, freeAtMs: nowMs }))
  const whenever = placedAt(someday, nowMs)
  return whenever === null ? null : { atMs: null, machines: whenever }
}

/** Now and every later moment at which something is given back, in order. */
function momentsOf(machines: readonly Outlook[], asker: Asker, nowMs: number): readonly number[] {
  const moments = new Set([nowMs])
  for (const { obstacle, freeAtMs, bookings } of machines) {
    if (obstacle !== null || freeAtMs === null) continue
    if (freeAtMs > nowMs) moments.add(freeAtMs)
    for (const { tenant, untilMs } of bookings) {
      if (tenant !== asker.tenant && untilMs > nowMs) moments.add(untilMs)
    }
  }
  return [...moments].toSorted((a, b) => a - b)
}

function ownOf({ bookings }: Outlook, { tenant }: Asker): Outlook['bookings'] {
  return bookings.length === 0 ? bookings : bookings.filter((one) => one.tenant === tenant)
}
