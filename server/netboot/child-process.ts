/** A program that runs beside the server. */
export interface ChildProcess {
  readonly pid: number
  /** What it writes on standard error, by lines. */
  readonly lines: AsyncIterable<string>
  /** Its status; 128 and the number of the signal where one ended it. */
  readonly exited: Promise<number>
  /** Asks it to end (SIGTERM). */
  stop(): void
}

/** Starts a program, found by PATH. Throws when there is no such program. */
export type StartProcess = (argv: readonly string[]) => ChildProcess

/** The real one. */
export const startProcess: StartProcess = (argv) => {
  const child = Bun.spawn([...argv], { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  return {
    pid: child.pid,
    lines: linesOf(child.stderr),
    exited: child.exited,
    stop: () => child.kill('SIGTERM'),
  }
}

/** A longer line is a fault of its writer; it is cut there. */
const lineLengthMaximum = 16_384

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of stream) {
    const parts = `${rest}${decoder.decode(bytes, { stream: true })}`.split('\n')
    rest = (parts.pop() ?? '').slice(0, lineLengthMaximum)
    yield* parts
  }
  if (rest !== '') yield rest
}
