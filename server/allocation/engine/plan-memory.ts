import type { Ask, Wait } from './question.ts'

/** So many refusals are remembered. */
const rememberedMaximum = 1024

interface Refusal {
  readonly wait: Wait
  /** Of the fleet, when it was refused. */
  readonly gains: number
  /** Names of attributes that its quota counted. */
  readonly counted: string
  /** Machines that were kept from it for another. */
  readonly kept: string
}

/** The circumstances of an ask that a refusal for want of machines depends on. */
export type Circumstances = Omit<Refusal, 'wait'>

/**
 * Asks that were refused for want of machines, from plan to plan. As long as nothing was gained
 * since, and no fewer machines are kept for others, they are refused again: whatever else happened
 * only took machines away.
 */
export class PlanMemory {
  readonly #refusals = new Map<string, Refusal>()

  /** A refusal that still holds; null: it has to be looked at. */
  refusalOf({ id }: Ask, now: Circumstances): Wait | null {
    const known = this.#refusals.get(id)
    if (known === undefined || known.gains !== now.gains) return null
    if (known.counted !== now.counted) return null
    if (known.kept !== '' && known.kept !== now.kept) return null
    return known.wait
  }

  refuse(ask: Ask, wait: Wait, circumstances: Circumstances): void {
    this.#refusals.delete(ask.id)
    this.#refusals.set(ask.id, { wait, ...circumstances })
    if (this.#refusals.size <= rememberedMaximum) return
    for (const id of this.#refusals.keys()) {
      this.#refusals.delete(id)
      break
    }
  }
}
