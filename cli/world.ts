import type { Clock } from '../protocol/effects.ts'

/** All that the command takes from outside, so that a test can run it in its own process. */
export interface CliWorld {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  readonly clock: Clock
  /** Aborted when the user ends the command: Ctrl-C. */
  readonly stop: AbortSignal
  readonly output: Output
  /** Advice and errors, a line each. */
  complain(line: string): void
  /** The text of a file; `-` is standard input. Throws what reading throws. */
  readText(file: string): Promise<string>
}

export interface Output {
  write(text: string): void
  /** Somebody looks at it: lines may be rewritten and coloured. */
  readonly isTerminal: boolean
  /** Width in columns; null where nobody looks. */
  readonly columns: number | null
}
