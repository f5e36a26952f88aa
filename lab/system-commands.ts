import { closeSync, openSync } from 'node:fs'
import type { Commands } from './commands.ts'

/** The real programs of this machine. */
export const systemCommands: Commands = {
  async run(argv, options = {}) {
    const child = Bun.spawn([...argv], {
      stdin: options.input === undefined ? 'ignore' : new Blob([options.input]),
      stdout: 'pipe',
      stderr: 'pipe',
      env: { ...process.env, ...options.environment },
    })
    const [stdout, stderr, status] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    if (status === 0) return stdout
    const ending = child.signalCode === null ? `status ${status}` : `signal ${child.signalCode}`
    throw new Error(`Cannot run '${argv.join(' ')}': ended with ${ending}: ${stderr.trim()}`)
  },

  start(argv, outputFile) {
    const output = openSync(outputFile, 'a')
    try {
      // setpriv is part of util-linux, which no Debian system lacks.
      const child = Bun.spawn(['setpriv', '--pdeathsig', 'KILL', '--', ...argv], {
        stdin: 'ignore',
        stdout: output,
        stderr: output,
      })
      return {
        pid: child.pid,
        exited: child.exited.then(() => child.exitCode),
        kill: (signal) => child.kill(signal),
      }
    } finally {
      closeSync(output)
    }
  },
}
