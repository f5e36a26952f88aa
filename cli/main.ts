import { homedir } from 'node:os'
import { systemClock } from '../protocol/system-effects.ts'
import { runCli } from './run.ts'

const stop = new AbortController()
process.on('SIGINT', () => stop.abort())
process.on('SIGTERM', () => stop.abort())
// The reader of a pipe may have seen enough: `assay machines | head -3`.
process.stdout.on('error', () => process.exit(0))

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  homeDir: homedir(),
  clock: systemClock,
  stop: stop.signal,
  output: {
    write: (text) => process.stdout.write(text),
    isTerminal: process.stdout.isTTY,
    columns: process.stdout.isTTY ? process.stdout.columns : null,
  },
  complain: (line) => console.error(line),
  readText: (file) => (file === '-' ? Bun.stdin.text() : Bun.file(file).text()),
})
