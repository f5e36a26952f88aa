import { readFile } from 'node:fs/promises'
import { systemClock } from '../../protocol/system-effects.ts'
import type { ExitCode } from '../../cli/exit-code.ts'
import { runCli } from '../../cli/run.ts'
import type { ApiServer } from './api-server.ts'

export interface Ran {
  readonly exitCode: ExitCode
  readonly out: string
  readonly errors: readonly string[]
}

export interface Terminal {
  readonly env?: Readonly<Record<string, string>>
  readonly isTerminal?: boolean
  readonly stop?: AbortSignal
  readonly input?: string
  /** Sees the output as it grows. */
  readonly onOutput?: (all: string) => void
}

/** Runs a command line as a user of the server would, in this process. */
export async function assay(
  server: Pick<ApiServer, 'url' | 'token'> | null,
  args: readonly string[],
  { env = {}, isTerminal = false, stop, input = '', onOutput }: Terminal = {},
): Promise<Ran> {
  let out = ''
  const errors: string[] = []
  const access = server === null ? {} : { ASSAY_SERVER: server.url, ASSAY_TOKEN: server.token }
  const exitCode = await runCli(args, {
    env: { ...access, ...env },
    homeDir: '/nonexistent',
    clock: systemClock,
    stop: stop ?? new AbortController().signal,
    output: {
      write(text) {
        out += text
        onOutput?.(out)
      },
      isTerminal,
      columns: isTerminal ? 120 : null,
    },
    complain: (line) => errors.push(line),
    readText: (file) => (file === '-' ? Promise.resolve(input) : readFile(file, 'utf8')),
  })
  return { exitCode, out, errors }
}
