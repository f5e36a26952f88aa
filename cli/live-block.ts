import { safeText } from './safe-text.ts'
import type { Output } from './world.ts'
import { clipped } from './format.ts'

/** Lines at the foot of a terminal that are rewritten in place, one for each key. */
export class LiveBlock {
  readonly #output: Output
  readonly #lines = new Map<string, string>()
  #drawn = 0

  constructor(output: Output) {
    this.#output = output
  }

  /** Sets the line of a key; null takes it away. */
  set(key: string, line: string | null): void {
    if (line === null && !this.#lines.delete(key)) return
    if (line !== null) this.#lines.set(key, line)
    this.#draw('')
  }

  /** A line that stays, above the block. */
  print(line: string): void {
    this.#draw(`${safeText(line)}\n`)
  }

  #draw(above: string): void {
    const width = (this.#output.columns ?? 80) - 1
    const lines = [...this.#lines.values()].map((line) => `${clipped(safeText(line), width)}\n`)
    const back = this.#drawn === 0 ? '' : `\x1b[${this.#drawn}A\x1b[J`
    this.#output.write(back + above + lines.join(''))
    this.#drawn = lines.length
  }
}
