/** Lets any number of waiters sleep until somebody has news for them. */
export class Wakeup {
  #waiters: (() => void)[] = []

  /** Wakes everybody who waits now. */
  wake(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const resolve of waiters) resolve()
  }

  /** Resolves at the next `wake`; throws the signal's reason when it aborts first. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    await new Promise<void>((resolve) => {
      this.#waiters.push(resolve)
      const done = () => resolve()
      signal.addEventListener('abort', done, { once: true })
      this.#waiters.push(() => signal.removeEventListener('abort', done))
    })
    signal.throwIfAborted()
  }
}
