/** Runs tasks one after the other, in the order they came. A task's failure is its caller's. */
export class SerialLane {
  #tail: Promise<unknown> = Promise.resolve()

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task)
    this.#tail = result.catch(() => undefined)
    return result
  }

  /** Resolves when all that was given so far has ended. */
  async idle(): Promise<void> {
    await this.#tail
  }
}
