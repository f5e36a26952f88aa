import type { Random } from '../../../../protocol/effects.ts'
import type { MakePlanner } from '../../../../server/assay.ts'
import type { Service } from '../../../../server/service.ts'
import type { Store } from '../../../../server/store/store.ts'
import type { AgentDouble } from '../../agent-double.ts'
import { CrashError, crashingStore } from '../../crashing-store.ts'
import { makeMachine } from '../../machine-facts.ts'
import { tick, World } from '../../world.ts'

/** What finds machines in a history. */
export interface Engines {
  readonly makePlanner: MakePlanner | undefined
  /** Waits until no question is open; whether one was. */
  waited(): Promise<boolean>
}

/** An engine in this thread answers at once. */
export const localEngines: Engines = { makePlanner: undefined, waited: async () => false }

/** Numbers that a seed decides: mulberry32. */
export class Dice implements Pick<Random, 'fraction'> {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1))
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  pick<T>(of: readonly T[]): T | null {
    return of[this.between(0, of.length - 1)] ?? null
  }
}

/**
 * A server whose process dies at any write and starts again on what was durable, with machines
 * whose agents come back by themselves.
 */
export class HistoryWorld {
  readonly world: World
  /** What is durable: the store under the server that dies. */
  readonly base: Store
  readonly agents: AgentDouble[] = []
  /** Agents whose cable is out. */
  readonly away = new Set<AgentDouble>()
  crashes = 0
  restarts = 0
  /** A second server on the same store. */
  rival: Service
  #crashed: () => boolean = () => false

  readonly #engines: Engines

  private constructor(world: World, engines: Engines) {
    this.world = world
    this.#engines = engines
    this.base = world.store
    this.rival = world.rival()
  }

  /** On a database that another process left, at a time after all that is in it. */
  static async open(file: string, startMs: number, machines: number): Promise<HistoryWorld> {
    const made = new HistoryWorld(new World({ file, startMs }), localEngines)
    await made.#boot(machines)
    return made
  }

  static async start(machines: number, engines = localEngines): Promise<HistoryWorld> {
    const { makePlanner } = engines
    const made = new HistoryWorld(new World({ makePlanner }), engines)
    await made.#boot(machines)
    await made.world.until(async () =>
      (await made.base.machines()).every(({ state }) => state === 'available'),
    )
    return made
  }

  async #boot(machines: number): Promise<void> {
    await this.service.start()
    for (let n = 1; n <= machines; n++) {
      const whole = makeMachine(n)
      const facts = whole.facts.filter((one) => one.class === 'cpu')
      this.agents.push(this.world.agent({ ...whole, facts }))
    }
    await this.settle()
  }

  get service() {
    return this.world.service
  }

  get nowMs(): number {
    return this.world.clock.now()
  }

  /** Moves time on; agents tell that they are there. */
  async pass(ms: number): Promise<void> {
    this.world.clock.advance(ms)
    for (const agent of this.#present()) {
      agent.sendRaw({ kind: 'heartbeat', uptimeSeconds: 1, residentSizeBytes: 1, telemetry: null })
    }
    await this.settle()
  }

  /** Lets everything run; whoever lost the link connects again, a dead server is started again. */
  async settle(): Promise<void> {
    await this.#quiet()
    if (this.#crashed()) {
      this.crashes += 1
      await this.restart()
    }
    for (const agent of this.#present()) {
      if (agent.closed !== null || agent.welcome === null) agent.connect(this.service)
    }
    await this.#quiet()
  }

  /** Everything that can run without time passing has run, in every thread. */
  async #quiet(): Promise<void> {
    do {
      await tick()
    } while (await this.#engines.waited())
  }

  #present(): readonly AgentDouble[] {
    return this.agents.filter((agent) => !this.away.has(agent))
  }

  /** Pulls a cable, or puts it in again. */
  async plug(agent: AgentDouble): Promise<void> {
    if (!this.away.delete(agent)) {
      this.away.add(agent)
      agent.disconnect()
    }
    await this.settle()
  }

  /** The server dies at its nth write from now, before or after it is durable. */
  async dieAt(commitNumber: number, moment: 'before' | 'after'): Promise<void> {
    await this.restart((store) => {
      const made = crashingStore(store, commitNumber, moment)
      this.#crashed = made.crashed
      return made.store
    })
  }

  async restart(wrap: (store: Store) => Store = (store) => store): Promise<void> {
    this.restarts += 1
    this.#crashed = () => false
    for (const agent of this.agents) agent.disconnect()
    await this.rival.close()
    await this.service.close()
    const kept = { ...this.base, close: async () => {} }
    try {
      await this.world.reopen(wrap, kept)
    } catch (error) {
      if (!(error instanceof CrashError)) throw error
      // It died while it started: the next one starts on what that one left.
      this.crashes += 1
      this.#crashed = () => false
      await this.service.close()
      await this.world.reopen((store) => store, kept)
    }
    this.rival = this.world.rival()
    for (const agent of this.#present()) agent.connect(this.service)
    await this.#quiet()
  }

  /** What a call answered; null where it was refused or the server died in the middle of it. */
  async attempt<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      return await call()
    } catch (error) {
      if (error instanceof CrashError) return null
      if (error instanceof Error && error.name === 'AppError') return null
      throw error
    }
  }

  async close(): Promise<void> {
    await this.rival.close()
    await this.service.close()
    await this.base.close()
  }
}
