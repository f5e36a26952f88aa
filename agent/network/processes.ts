/** How a program ended: its status, or null when a signal ended it. */
export interface ProcessEnd {
  readonly status: number | null
}

/** A program that runs until it ends or is stopped. */
export interface RunningProcess {
  readonly ended: Promise<ProcessEnd>
  /** SIGTERM. The program may take its time; wait for `ended`. */
  stop(): void
}

/** Starts programs. Throws when the program cannot be started at all. */
export interface Processes {
  /** `onLine` gets each line of the standard output without its end; longer ones are cut. */
  start(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    onLine: (line: string) => void,
  ): RunningProcess
}

/** A line of a tool we start is never this long; a babbling one must not fill the memory. */
const maxLineLength = 4096

/** Programs of the machine we run on. Their error output goes nowhere. */
export const systemProcesses: Processes = {
  start(command, environment, onLine) {
    const child = Bun.spawn([...command], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
      env: { ...environment },
    })
    const lines = readLines(child.stdout, onLine)
    return {
      ended: Promise.all([child.exited, lines]).then(() => ({ status: child.exitCode })),
      stop: () => child.kill('SIGTERM'),
    }
  },
}

async function readLines(
  output: AsyncIterable<Uint8Array>,
  onLine: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of output) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = (lines.pop() ?? '').slice(0, maxLineLength)
    for (const line of lines) onLine(line.slice(0, maxLineLength))
  }
  if (rest !== '') onLine(rest)
}
