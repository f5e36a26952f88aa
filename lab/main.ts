import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorChain } from '../protocol/errors.ts'
import { systemClock } from '../protocol/system-effects.ts'
import { lineDisplay, terminalDisplay } from './display.ts'
import type { Display } from './display.ts'
import { startRack } from './lab.ts'
import { labUsage, parseLabOptions } from './options.ts'
import type { LabOptions } from './options.ts'
import { reportText } from './report.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stop.abort(new Error(`ended by ${signal}`)))
}

const options = readOptions()
if (options !== null) process.exitCode = await runLab(options)

/** Exit status: 0 the whole job was done. */
async function runLab(options: LabOptions): Promise<number> {
  using display = openDisplay(options)
  const cache = join(import.meta.dirname, '../.cache')
  const directory = join(cache, 'lab', `run-${process.pid}`)
  try {
    await mkdir(directory, { recursive: true })
    const status = await runIn(directory, cache, options, display)
    if (status === 0) await rm(directory, { recursive: true, force: true })
    else display.line(`lab: consoles, logs and disks of the run are in ${directory}`)
    return status
  } catch (error) {
    display.line(`lab: ${errorChain(error)}`)
    return 1
  }
}

/** The run itself; everything it started has ended when this returns. */
async function runIn(
  directory: string,
  cache: string,
  options: LabOptions,
  display: Display,
): Promise<number> {
  await using lab = await startRack(options, { cache, directory, display })
  const deadline = AbortSignal.timeout(options.timeoutSeconds * 1000)
  const isDone = await lab.run
    .run(AbortSignal.any([stop.signal, deadline]))
    .then(() => true)
    .catch((error: unknown) => {
      display.line(`lab: ${errorChain(error)}`)
      return false
    })
  const report = lab.run.report(options.firmware)
  if (options.json) console.log(JSON.stringify(report, null, 2))
  else display.line(reportText(report))
  if (isDone && !options.once && !stop.signal.aborted) await stayUp(lab.hints, display)
  display.line('lab: cleaning up')
  return report.succeeded ? 0 : 1
}

async function stayUp(hints: readonly string[], display: Display): Promise<void> {
  for (const hint of hints) display.line(hint)
  const never = 2 ** 31 - 1
  await systemClock.sleep(never, stop.signal).catch(() => undefined)
}

function openDisplay({ json }: LabOptions): Display {
  if (json) return lineDisplay((text) => console.error(text))
  return process.stdout.isTTY ? terminalDisplay(process.stdout) : lineDisplay(console.log)
}

function readOptions(): LabOptions | null {
  try {
    const options = parseLabOptions(process.argv.slice(2), process.getuid?.() === 0)
    if (options.kind === 'run') return options
    console.log(labUsage)
  } catch (error) {
    console.error(`lab: ${errorChain(error)}; --help shows the options`)
    process.exitCode = 2
  }
  return null
}
