/** Programs of the machine the lab runs on, as a parameter. */
export interface Commands {
  /**
   * Runs a program to its end and gives what it wrote to standard output. A non-zero exit status is
   * an error that quotes the command and what it wrote to standard error.
   */
  run(argv: readonly string[], options?: RunOptions): Promise<string>
  /**
   * Starts a program and leaves it running, both outputs appended to a file. The kernel kills it
   * when this process dies, however it dies.
   */
  start(argv: readonly string[], outputFile: string): Child
}

/** What a run may change. Absent fields mean: as this process has it. */
export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
}

/** A started program. */
export interface Child {
  readonly pid: number
  /** Its exit status, null when a signal ended it. Never rejects. */
  readonly exited: Promise<number | null>
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}
