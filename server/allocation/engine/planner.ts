import type { Turns } from '../../turns.ts'
import type { FleetDelta } from './delta.ts'
import { FleetEngine } from './fleet-engine.ts'
import type { Answer, Question } from './question.ts'

/** Where an engine learns of its fleet. It tells one engine: what was told is not told again. */
export interface FleetSource {
  readonly machineCount: number
  /** Rises with every change. */
  readonly seq: number
  /** Runs while nothing is taken over: what it sees fits together. */
  hold<T>(body: () => Promise<T>): Promise<T>
  /** What an engine has not been told, of so many machines at most; with the last of it, all. */
  tell(limit: number): { readonly delta: FleetDelta; readonly isLast: boolean }
  /** The next engine knows nothing. */
  tellAnew(): void
}

/** An answer, and the change of the fleet that it knew of last. */
export interface PlannerAnswer {
  readonly answer: Answer
  readonly seq: number
}

/** An engine with the fleet in it, wherever it runs. */
export interface Planner {
  /** Tells the engine what it does not know of the fleet, then asks it. */
  ask(source: FleetSource, question: Question): Promise<PlannerAnswer>
  close(): Promise<void>
}

/** Machines told at a time: a few milliseconds of work. */
const toldMaximum = 32

/** An engine in this thread. */
export class LocalPlanner implements Planner {
  readonly #turns: Turns
  #engine: FleetEngine | null = null

  constructor(turns: Turns) {
    this.#turns = turns
  }

  async ask(source: FleetSource, question: Question): Promise<PlannerAnswer> {
    await this.#turns.give()
    return source.hold(async () => {
      const engine = await this.#told(source)
      return { answer: engine.answer(question), seq: source.seq }
    })
  }

  async #told(source: FleetSource): Promise<FleetEngine> {
    if (this.#engine === null) source.tellAnew()
    const engine = this.#engine ?? new FleetEngine()
    // Nobody knows what an engine knows that fails in the middle of a change.
    this.#engine = null
    for (;;) {
      const { delta, isLast } = source.tell(toldMaximum)
      engine.take(delta)
      if (isLast) break
      await this.#turns.give()
    }
    this.#engine = engine
    return engine
  }

  async close(): Promise<void> {
    this.#engine = null
  }
}
