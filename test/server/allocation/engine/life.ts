import type { Answer, Ask, Planned } from '../../../../server/allocation/engine/question.ts'
import { standingAt } from '../../../../server/allocation/outlook.ts'
import { referencePlan } from '../reference-plan.ts'
import { askOf, outlookAfter, quotasOf, startMs, type Step } from './made-histories.ts'
import { MadeSource } from './made-source.ts'

/** A fleet through a history, and those who wait in it. */
export class Life {
  readonly source = new MadeSource()
  nowMs = startMs
  asks: readonly Ask[] = []
  #count = 0

  /** What is asked after a step; null: nobody is there to ask. */
  live(made: Step): Planned | null {
    this.nowMs += made.passedSeconds * 1000
    // Windows that are over are dropped by whoever keeps the picture.
    for (const machine of this.source.machines.values()) {
      const bookings = machine.bookings.filter(({ untilMs }) => untilMs > this.nowMs)
      if (bookings.length < machine.bookings.length) this.source.put({ ...machine, bookings })
    }
    for (const one of made.changes) {
      const machine = outlookAfter(one, this.nowMs)
      if (one.removed) this.source.remove(machine.id)
      else this.source.put(machine)
    }
    this.asks = this.asks.filter((_, at) => at !== made.goes)
    if (made.comes !== null) this.asks = [...this.asks, askOf(made.comes, (this.#count += 1))]
    if (this.asks.length === 0) return null
    const { asks, nowMs } = this
    const base = { nowMs, asks, quotas: quotasOf(made) }
    switch (made.kind) {
      case 'judge':
        return { kind: 'judge', ...base }
      case 'serve':
        return { kind: 'serve', ...base, startsMaximum: 32 }
      case 'view':
        return { kind: 'view', ...base, of: made.of, estimates: made.estimates }
    }
  }

  reference(question: Planned) {
    const machines = [...this.source.machines.values()].map((one) => standingAt(one, this.nowMs))
    const { quotas, asks } = question
    const isLastFresh =
      question.kind === 'judge' || (question.kind === 'view' && question.of === 'last')
    const estimates = question.kind === 'view' ? question.estimates : 0
    return referencePlan({ nowMs: this.nowMs, machines, quotas }, asks, { estimates, isLastFresh })
  }

  /** What came to start has its machines. */
  take(answer: Answer): void {
    if (answer.kind !== 'serve') return
    for (const { askId, assignments } of answer.starts) {
      const ask = this.asks.find(({ id }) => id === askId)
      for (const id of assignments.flatMap(({ machines }) => machines)) {
        const machine = this.source.machines.get(id)
        if (ask === undefined || machine === undefined) continue
        const held = { heldBy: `allocation ${askId}`, heldFor: ask.tenant }
        this.source.put({ ...machine, ...held, freeAtMs: this.nowMs + ask.needMs })
      }
    }
    const started = new Set(answer.starts.map(({ askId }) => askId))
    this.asks = this.asks.filter(({ id }) => !started.has(id))
  }
}
