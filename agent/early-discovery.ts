import type { DiscoveryEvent } from './discovery/discover.ts'

/**
 * The discovery of this boot, begun before the rest of the agent is loaded: what it finds is kept
 * until somebody listens, and told in order.
 */
export class EarlyDiscovery {
  readonly #kept: DiscoveryEvent[] = []
  readonly #first = Promise.withResolvers<void>()
  readonly #ended: Promise<void>
  #listener: ((event: DiscoveryEvent) => void) | null = null

  constructor(discover: (emit: (event: DiscoveryEvent) => void) => Promise<void>) {
    this.#ended = discover((event) => {
      if (event.kind === 'facts') this.#first.resolve()
      if (this.#listener === null) this.#kept.push(event)
      else this.#listener(event)
    })
    const end = () => this.#first.resolve()
    this.#ended.then(end, end)
  }

  /** Resolves with the first fact, or at the end where there is none. */
  get firstFact(): Promise<void> {
    return this.#first.promise
  }

  /** Tells what is kept and what still comes. Resolves at the end of the discovery. */
  async follow(emit: (event: DiscoveryEvent) => void): Promise<void> {
    for (const event of this.#kept.splice(0)) emit(event)
    this.#listener = emit
    await this.#ended
  }
}
