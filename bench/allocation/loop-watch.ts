/** How long the event loop had no turn. */
export interface Block {
  /** The longest gap between two ticks of a timer of 1 ms. */
  readonly longestMs: number
  /** The most that this thread itself computed between two ticks; what others took is not in it. */
  readonly computingMs: number
}

/** Watches the event loop from a timer in it. */
export class LoopWatch {
  #lastMs = performance.now()
  #lastComputedMs = computedMs()
  #longestMs = 0
  #computingMs = 0
  readonly #timer: NodeJS.Timeout

  constructor() {
    this.#timer = setInterval(() => this.#tick(), 1)
  }

  /** Begins anew. */
  async reset(): Promise<void> {
    await turn()
    this.#longestMs = 0
    this.#computingMs = 0
  }

  /** The longest since the last reset, the one that ends now counted in. */
  async block(): Promise<Block> {
    await turn()
    return { longestMs: this.#longestMs, computingMs: this.#computingMs }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    const nowMs = performance.now()
    const computed = computedMs()
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs - 1)
    this.#computingMs = Math.max(this.#computingMs, computed - this.#lastComputedMs)
    this.#lastMs = nowMs
    this.#lastComputedMs = computed
  }
}

function computedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

async function turn(): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, 3)
  })
}
