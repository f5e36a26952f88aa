import assert from 'node:assert/strict'
import { AppError } from '../../../protocol/errors.ts'
import { capacityViews } from '../../capacity/capacity-views.ts'
import { LevelBook } from '../../capacity/level-book.ts'
import type { CandidateAvailability } from '../../matching/candidate.ts'
import { namedGangs } from '../../profiles/gang-profiles.ts'
import { bookOf, type ProfileBook } from '../../profiles/profile-book.ts'
import { availabilityAt } from '../outlook.ts'
import type { FleetDelta } from './delta.ts'
import { FleetMatcher } from './fleet-matcher.ts'
import { pin } from './pin.ts'
import { PlanMemory } from './plan-memory.ts'
import { planQueue, type PlanOptions } from './plan.ts'
import type { Answer, Planned, Question, Verdict } from './question.ts'

/**
 * Answers questions about a fleet that it knows from what it was told of changes. Pure: told the same
 * fleet, in whatever steps, it answers the same. It does not know where it runs.
 */
export class FleetEngine {
  readonly #matcher = new FleetMatcher()
  readonly #memory = new PlanMemory()
  readonly #levels = new LevelBook()
  #book: ProfileBook = bookOf([])

  take(delta: FleetDelta): void {
    const { machines, gone, profiles } = delta
    this.#matcher.take(delta)
    for (const id of gone) this.#levels.remove(id)
    for (const { standing, attributes } of machines) {
      if (attributes !== null) this.#levels.set(standing.id, attributes)
    }
    if (profiles === null) return
    this.#book = bookOf(profiles)
    this.#matcher.keepRoomFor(namedGangs(this.#book))
  }

  /** Throws AppError for what the asker can act on. */
  answer(question: Question): Answer {
    this.#matcher.setNow(question.nowMs)
    switch (question.kind) {
      case 'judge': {
        const verdict = this.#plan(question, { explains: 'last' }).at(-1)
        const [last] = question.asks.slice(-1)
        assert(verdict?.askId === last?.id && verdict, 'a plan ends with the ask it is made for')
        return { kind: 'judge', verdict }
      }
      case 'serve': {
        const { startsMaximum } = question
        const verdicts = this.#plan(question, { startsMaximum })
        const starts = verdicts.filter((verdict) => verdict.kind === 'start')
        return { kind: 'serve', starts }
      }
      case 'view': {
        const { estimates, nowMs, of } = question
        const verdicts = this.#plan(question, { estimates, explains: of })
        const shown = of === 'all' ? verdicts : verdicts.slice(-1)
        return { kind: 'view', stands: shown.map((verdict) => standOf(verdict, nowMs)) }
      }
      case 'capacity':
        return { kind: 'capacity', views: this.#capacity(question) }
      case 'pin':
        return { kind: 'pin', machines: pin(this.#matcher, question) }
    }
  }

  #plan({ asks, quotas }: Planned, options: Partial<PlanOptions>): readonly Verdict[] {
    const scene = { matcher: this.#matcher, memory: this.#memory, quotas }
    return planQueue(scene, asks, { ...wholePlan, ...options })
  }

  #capacity({ profile, count }: Extract<Question, { kind: 'capacity' }>) {
    const at = profile.lastIndexOf('@')
    const found = this.#book.find(profile.slice(0, at), profile.slice(at + 1))
    if (found === null) throw new AppError('not-found', `there is no profile '${profile}'`)
    const special = new Map<string, CandidateAvailability>()
    for (const id of this.#matcher.booked) {
      const standing = this.#matcher.standing(id)
      if (standing === null) continue
      special.set(id, availabilityAt(standing, nobody, this.#matcher.nowMs))
    }
    const levels = this.#levels.levels()
    return this.#matcher.look({ special, reservationId: null, counted: [] }, (index) =>
      capacityViews(found, { book: this.#book, index, levels, count }),
    )
  }
}

const wholePlan: PlanOptions = { estimates: 0, startsMaximum: Infinity, explains: 'none' }

/** Whoever comes: what is kept for a tenant at this moment is not theirs. */
const nobody = { tenant: '', needMs: 1, reservationId: null }

function standOf(verdict: Verdict, nowMs: number) {
  const { askId } = verdict
  if (verdict.kind === 'wait') {
    const { waitsFor, reason, estimatedStartAtMs } = verdict
    return { askId, waitsFor, reason, estimatedStartAtMs }
  }
  const reason = 'it starts any moment'
  return { askId, waitsFor: 'turn' as const, reason, estimatedStartAtMs: nowMs }
}
