/** How a helper ended. Exactly one of the two is set. */
export interface HelperExit {
  readonly exitCode: number | null
  /** `SIGILL`, `SIGKILL`. */
  readonly signal: string | null
}

/** A running helper. */
export interface HelperProcess {
  /** Its standard output, as it comes; ends when the helper does. */
  readonly output: AsyncIterable<Uint8Array>
  readonly exited: Promise<HelperExit>
  /** SIGKILL. A process inside a device driver may ignore even that for long. */
  kill(): void
}

/** Starts the helper with a mode and its arguments. Throws when it cannot be started. */
export type SpawnHelper = (helperArguments: readonly string[]) => HelperProcess

/** Starts the program at `path`. */
export function helperAt(path: string): SpawnHelper {
  return (helperArguments) => {
    const child = Bun.spawn([path, ...helperArguments], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
    })
    return {
      output: child.stdout,
      exited: child.exited.then(() => ({
        exitCode: child.exitCode,
        signal: child.signalCode === null ? null : String(child.signalCode),
      })),
      kill: () => child.kill('SIGKILL'),
    }
  }
}
