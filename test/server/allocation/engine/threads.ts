import type { Worker } from 'node:worker_threads'
import type { MakePlanner } from '../../../../server/assay.ts'
import { spawnEngineThread } from '../../../../server/allocation/engine/fleet-planner.ts'
import { ThreadPlanner } from '../../../../server/allocation/engine/thread-planner.ts'
import { silentLogger } from '../../../../server/log.ts'
import type { Engines } from '../histories/history-world.ts'

/** Engines in threads, for histories; every so many questions the thread that is asked dies. */
export class ThreadEngines implements Engines {
  readonly #open = new Set<Promise<unknown>>()
  readonly #threads = new Set<Worker>()
  readonly #deathEvery: number
  questions = 0
  deaths = 0

  constructor(deathEvery = Infinity) {
    this.#deathEvery = deathEvery
  }

  readonly makePlanner: MakePlanner = () => {
    const planner = new ThreadPlanner({ spawn: () => this.#spawn(), log: silentLogger })
    return {
      ask: (source, question) => {
        this.questions += 1
        const asked = planner.ask(source, question)
        const ended = asked.then(
          () => undefined,
          () => undefined,
        )
        this.#open.add(ended)
        void ended.then(() => this.#open.delete(ended))
        if (this.questions % this.#deathEvery === 0) this.#kill()
        return asked
      },
      close: () => planner.close(),
    }
  }

  async waited(): Promise<boolean> {
    const open = [...this.#open]
    await Promise.all(open)
    return open.length > 0
  }

  #spawn(): Worker {
    const thread = spawnEngineThread()
    this.#threads.add(thread)
    thread.on('exit', () => this.#threads.delete(thread))
    return thread
  }

  #kill(): void {
    for (const thread of this.#threads) {
      this.deaths += 1
      void thread.terminate()
    }
  }
}
