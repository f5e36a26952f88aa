import type { AttributeValues } from '../../../protocol/attributes/definition.ts'
import type { CandidateAvailability, MatchOutcome } from '../../matching/candidate.ts'
import { unlimited, uncountable, withMachine } from '../../quotas/quota.ts'
import type { QuotaState } from '../../quotas/quota.ts'
import { fitQuota } from '../fit-quota.ts'
import { availabilityAt, type Standing } from '../outlook.ts'
import { type Aspect, type FleetMatcher, uncounted } from './fleet-matcher.ts'
import { foresee } from './foresee.ts'
import type { Foreseen } from './foresee.ts'
import type { Circumstances, PlanMemory } from './plan-memory.ts'
import type { Ask, Start, Verdict, Wait } from './question.ts'

/** The fleet at the moment of a plan. */
export interface PlanScene {
  /** Its moment is set. */
  readonly matcher: FleetMatcher
  readonly memory: PlanMemory
  readonly quotas: ReadonlyMap<string, QuotaState>
}

export interface PlanOptions {
  /** So many starts are foreseen, for showing; the first is always, for what is kept for it. */
  readonly estimates: number
  /** The plan ends with so many starts. */
  readonly startsMaximum: number
  /** Whose waiting is explained: it takes long, and is not always read. */
  readonly explains: 'all' | 'last' | 'none'
}

/** Requests looked at in one plan: those behind wait for the next. */
export const asksMaximum = 256

/**
 * Goes through the asks in their order and says of each whether it starts now. The first that must
 * wait for machines has those kept that its foreseen start needs: a later ask is given one of them
 * only if it is back before that start (backfill). So nobody behind it moves that start.
 */
export function planQueue(
  scene: PlanScene,
  asks: readonly Ask[],
  { estimates, startsMaximum, explains }: PlanOptions,
): readonly Verdict[] {
  const taking = new Taking(scene)
  const verdicts: Verdict[] = []
  let starts = 0
  const refused = new Map<string, Wait>()
  const planned = asks.slice(0, asksMaximum)
  for (const [at, ask] of planned.entries()) {
    const isEstimated = at < estimates
    const isLast = explains === 'last' && at === planned.length - 1
    const treatment = {
      isEstimated,
      isExplained: isLast || explains === 'all',
      isFresh: isLast || isEstimated,
    }
    const verdict =
      likeBefore(refused, taking, ask, treatment) ?? decide(scene, taking, ask, treatment)
    verdicts.push(verdict)
    if (verdict.kind === 'wait') {
      refused.set(ask.likeness, verdict)
      continue
    }
    taking.take(ask, verdict)
    starts += 1
    if (starts === startsMaximum) break
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
  { isExplained, isFresh }: Treatment,
): Wait | null {
  const before = refused.get(ask.likeness)
  if (before === undefined || isFresh || (ask.waits && taking.keepsNothing)) return null
  if (isExplained && before.explanation === null) return null
  return { ...before, askId: ask.id, estimatedStartAtMs: null }
}

/** How an ask is treated in a plan. */
interface Treatment {
  /** Its start is foreseen. */
  readonly isEstimated: boolean
  /** It is said why it waits. */
  readonly isExplained: boolean
  /** ... and not as it was when it was looked at before. */
  readonly isFresh: boolean
}

function decide(
  { matcher, memory }: PlanScene,
  taking: Taking,
  ask: Ask,
  { isEstimated, isExplained, isFresh }: Treatment,
): Verdict {
  const circumstances = {
    gains: matcher.gains,
    counted: [...taking.quotaOf(ask).maxima.keys()].join(),
    kept: taking.keptFrom(ask),
  }
  const isJudged = taking.isForeseen(ask, isEstimated) && !isPlain(ask, circumstances)
  const known = isFresh || isJudged ? null : memory.refusalOf(ask, circumstances)
  const isEnough = known !== null && (known.explanation !== null || !isExplained)
  if (isEnough) return foreseen(taking, ask, known, isEstimated)
  const { tookNothing } = taking
  const askId = ask.id
  const outcome = isExplained || isJudged ? taking.match(ask) : taking.find(ask)
  if (outcome === null) {
    const wait: Wait = { ...unexplained, askId }
    if (tookNothing) memory.refuse(ask, wait, circumstances)
    return foreseen(taking, ask, wait, isEstimated)
  }
  const { explanation } = outcome
  if (outcome.kind === 'matched') {
    const fit = fitQuota(taking.quotaOf(ask), ask.request, outcome.assignments, (id) =>
      taking.countedOf(ask, id),
    )
    if (fit.kind === 'fits') {
      return { kind: 'start', askId, assignments: fit.assignments, explanation }
    }
    const { reason, isHopeless } = fit
    const wait = { kind: 'wait', askId, explanation, waitsFor: 'quota', reason } as const
    return { ...wait, isHopeless, estimatedStartAtMs: null }
  }
  const { verdict, blockers, summary } = explanation
  const waitsFor = blockers.some(({ heldBy }) => heldBy.startsWith(keptFor)) ? 'turn' : 'machines'
  const wait: Wait = {
    kind: 'wait',
    askId,
    explanation,
    waitsFor,
    reason: summary,
    estimatedStartAtMs: null,
    isHopeless: verdict === 'impossible',
  }
  // What a plan takes may not come to be.
  if (tookNothing) memory.refuse(ask, wait, circumstances)
  return foreseen(taking, ask, wait, isEstimated)
}

/**
 * Whether a start that can be foreseen is one that waiting leads to, whatever the verdict. It is not
 * where the quota counts what is not known of a machine, and where it matters who is beside it.
 */
function isPlain({ request }: Ask, { counted }: Circumstances): boolean {
  return counted === '' && !request.constraints.some(({ kind }) => kind === 'unshared')
}

const unexplained = {
  kind: 'wait',
  explanation: null,
  waitsFor: 'machines',
  reason: 'there are not enough machines',
  estimatedStartAtMs: null,
  isHopeless: false,
} as const

/** A refusal with its start foreseen, where that is to be shown or machines are kept for it. */
function foreseen(taking: Taking, ask: Ask, wait: Wait, isEstimated: boolean): Wait {
  const isBusy = wait.explanation === null || wait.explanation.verdict === 'busy'
  if (!isBusy || !taking.isForeseen(ask, isEstimated)) return wait
  const start = taking.foresee(ask)
  if (start === null) return wait
  taking.keep(ask, start)
  return { ...wait, estimatedStartAtMs: start.atMs }
}

const keptFor = 'the queue, for request '

/** What the asks so far have taken, and what is kept for the first of them that waits. */
class Taking {
  readonly #matcher: FleetMatcher
  readonly #quotas: Map<string, QuotaState>
  /** Machines that are gone by this plan, with when they are back. */
  readonly #taken = new Map<string, { readonly by: string; readonly untilMs: number }>()
  /** Machines that those who wait will have, with when they are back. */
  readonly #promised = new Map<string, number>()
  #kept: { readonly id: string; readonly foreseen: Foreseen; readonly key: string } | null = null

  constructor({ matcher, quotas }: PlanScene) {
    this.#matcher = matcher
    this.#quotas = new Map(quotas)
  }

  get keepsNothing(): boolean {
    return this.#kept === null
  }

  get tookNothing(): boolean {
    return this.#taken.size === 0
  }

  quotaOf({ tenant }: Ask): QuotaState {
    return this.#quotas.get(tenant) ?? unlimited
  }

  /** What of a machine the quota of an ask counts. */
  countedOf(ask: Ask, id: string): AttributeValues {
    return this.#matcher.attributesOf(id, this.quotaOf(ask).maxima.keys())
  }

  find(ask: Ask): MatchOutcome | null {
    return this.#matcher.find(ask.request, ask.tenant, this.#aspect(ask))
  }

  match(ask: Ask): MatchOutcome {
    return this.#matcher.match(ask.request, ask.tenant, this.#aspect(ask))
  }

  take(ask: Ask, { assignments }: Start): void {
    const untilMs = this.#matcher.nowMs + ask.needMs
    const machines = assignments.flatMap((assignment) => assignment.machines)
    for (const id of machines) this.#taken.set(id, { by: `${keptFor}${ask.id}`, untilMs })
    const quota = machines.reduce(
      (sum, id) => withMachine(sum, this.countedOf(ask, id)),
      this.quotaOf(ask),
    )
    this.#quotas.set(ask.tenant, quota)
  }

  /** Whether the start of an ask that must wait is to be foreseen. */
  isForeseen({ waits }: Ask, isEstimated: boolean): boolean {
    return waits && (isEstimated || this.keepsNothing)
  }

  /** The start of an ask after all that was promised to those before it. */
  foresee(ask: Ask): Foreseen | null {
    const changed = new Map<string, Standing>()
    for (const id of [...this.#taken.keys(), ...this.#promised.keys()]) {
      const after = this.#standing(id)
      if (after === null) continue
      const promisedMs = this.#promised.get(id)
      const isKnown = promisedMs !== undefined && after.freeAtMs !== null
      const freeAtMs = isKnown ? Math.max(after.freeAtMs, promisedMs) : after.freeAtMs
      changed.set(id, isKnown ? { ...after, freeAtMs, heldBy: 'the queue' } : after)
    }
    return foresee(this.#matcher, ask, changed)
  }

  keep(ask: Ask, start: Foreseen): void {
    this.#kept ??= { id: ask.id, foreseen: start, key: [...start.machines].toSorted().join() }
    const { atMs, machines } = start
    if (atMs === null) return
    for (const id of machines) this.#promised.set(id, atMs + ask.needMs)
  }

  /** Machines that are kept from an ask, as a text; empty where none are. */
  keptFrom({ needMs }: Ask): string {
    if (this.#kept === null) return ''
    const { atMs } = this.#kept.foreseen
    return atMs === null || this.#matcher.nowMs + needMs > atMs ? this.#kept.key : ''
  }

  #aspect(ask: Ask): Aspect {
    const quota = this.quotaOf(ask)
    const isKept = this.keptFrom(ask) !== ''
    const kept = isKept ? (this.#kept?.foreseen.machines ?? noMachines) : noMachines
    const special = new Map<string, CandidateAvailability>()
    for (const some of [this.#matcher.booked, this.#taken.keys(), kept]) {
      for (const id of some) {
        const standing = special.has(id) ? null : this.#standing(id)
        if (standing !== null) special.set(id, this.#availability(standing, ask, quota, kept))
      }
    }
    const { reservationId } = ask
    return { special, reservationId, counted: [...quota.maxima.keys()] }
  }

  #availability(
    standing: Standing,
    ask: Ask,
    quota: QuotaState,
    kept: ReadonlySet<string>,
  ): CandidateAvailability {
    const { id } = standing
    const availability = availabilityAt(standing, ask, this.#matcher.nowMs)
    if (availability.kind !== 'free') return availability
    const unknown = uncountable(quota, this.#matcher.attributesOf(id, quota.maxima.keys()))
    if (unknown !== null) {
      return { kind: 'unschedulable', reason: uncounted(unknown) }
    }
    if (!kept.has(id)) return availability
    const untilMs = this.#promised.get(id) ?? null
    return { kind: 'held', by: `${keptFor}${this.#kept?.id ?? ''}`, untilMs }
  }

  #standing(id: string): Standing | null {
    const standing = this.#matcher.standing(id)
    const taken = this.#taken.get(id)
    if (standing === null || taken === undefined) return standing
    return { ...standing, heldBy: taken.by, freeAtMs: taken.untilMs }
  }
}

const noMachines: ReadonlySet<string> = new Set()
