import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Turns } from '../../turns.ts'
import { type FleetSource, LocalPlanner, type Planner, type PlannerAnswer } from './planner.ts'
import type { Question } from './question.ts'
import { ThreadPlanner, type ThreadOptions } from './thread-planner.ts'

/**
 * From so many machines on the engine has a thread of its own: at 2,000 the place of a request in the
 * queue, with the starts of those before it, took 60 ms. One that moved there stays.
 */
export const threadFrom = 1000

export interface FleetPlannerOptions extends ThreadOptions {
  /** Machines from which on a thread is used. */
  readonly threadFrom: number
}

/** An engine in this thread while the fleet is small, in one of its own once it is large. */
export class FleetPlanner implements Planner {
  readonly #options: FleetPlannerOptions
  #planner: Planner
  #isLocal = true

  constructor(options: FleetPlannerOptions, turns: Turns) {
    this.#options = options
    this.#planner = new LocalPlanner(turns)
  }

  async ask(source: FleetSource, question: Question): Promise<PlannerAnswer> {
    if (this.#isLocal && source.machineCount >= this.#options.threadFrom) {
      this.#isLocal = false
      this.#planner = new ThreadPlanner(this.#options)
    }
    return this.#planner.ask(source, question)
  }

  close(): Promise<void> {
    return this.#planner.close()
  }
}

/** Where `compileProgram` puts the thread's program inside the executable. */
const compiledWorker = '/$bunfs/root/server/allocation/engine/engine-worker.ts'

/** Starts a thread with an engine in it. */
export function spawnEngineThread(): Worker {
  const isCompiled = import.meta.dirname.startsWith('/$bunfs/')
  return new Worker(isCompiled ? compiledWorker : join(import.meta.dirname, 'engine-worker.ts'))
}
