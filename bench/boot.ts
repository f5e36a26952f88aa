import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { printTable } from 'console-table-printer'
import { z } from 'zod'
import { freePort } from '../lab/free-port.ts'
import { labFirmware } from '../lab/lab.ts'
import { planMachine } from '../lab/plan.ts'
import { createRack } from '../lab/rack.ts'
import { startLabServer } from '../lab/server-process.ts'
import { machineShapes } from '../lab/shapes.ts'
import type { MachineShape } from '../lab/shapes.ts'
import { systemCommands } from '../lab/system-commands.ts'
import { errorChain } from '../protocol/errors.ts'
import { systemClock } from '../protocol/system-effects.ts'
import { median, spread } from './statistics.ts'

/**
 * `npm run bench:boot -- [--runs N] [--firmware bios|uefi] [--skip-memory] [--json] [--check]`
 *
 * What a machine fetches, how long the lab's `compute` shape takes from QEMU's start to each phase, how
 * little memory the `small` shape boots with, and what the agent's process holds. `--check` exits 1
 * where a budget (promise P10) is missed.
 */
const budget = { bootBytes: 64e6, memoryMebibytes: 512, firstFactSeconds: 1 } as const

/** What the console shows, in order. */
const markers = [
  ['iPXE asks the server', 'Assay: asking'],
  ['script for this machine', 'Assay: booting the agent'],
  ['init runs', 'assay-init:'],
  ['agent starts', ' agent\n'],
  ['first fact', 'first fact'],
  ['discovered', 'discovered,'],
  ['session with the server', ' session '],
  ['measured and idle', ' idle,'],
] as const

/** Memory sizes that are tried, the largest first. */
const memorySizesMebibytes = [512, 448, 384, 352, 320, 288, 256] as const

interface Boot {
  /** Seconds from QEMU's start; null: it did not get there. */
  readonly phases: readonly (number | null)[]
  /** From the agent's process start to its first fact, by its own clock. */
  readonly firstFactSeconds: number | null
  readonly residentMegabytes: number | null
  /** CPU time of the agent, emulated, when it had discovered the machine. */
  readonly discoverySeconds: number | null
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    firmware: { type: 'string', default: 'bios' },
    'skip-memory': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
})
const firmware = z.enum(['bios', 'uefi']).parse(values.firmware)
const runCount = z.coerce.number().int().min(1).max(20).parse(values.runs)
const say = (text: string) => console.error(text)

try {
  process.exitCode = await measure()
} catch (error) {
  say(`bench:boot: ${errorChain(error)}`)
  process.exitCode = 1
}

async function measure(): Promise<number> {
  const root = join(import.meta.dirname, '..')
  say('building boot files')
  await systemCommands.run([process.execPath, join(root, 'build.ts'), '--only', 'boot'])
  const files = await bootFiles(join(root, 'dist/boot/x64/manifest.json'))
  const boots: Boot[] = []
  for (let run = 1; run <= runCount; run++) {
    say(`boot ${run} of ${runCount}`)
    boots.push(await boot(machineShapes.compute))
  }
  const leastMebibytes = values['skip-memory'] ? null : await leastMemory()
  const result = {
    files,
    firmware,
    phases: markers.map(([phase], index) => ({
      phase,
      ...figures(boots.flatMap(({ phases }) => phases[index] ?? [])),
    })),
    firstFactSeconds: figures(boots.flatMap((one) => one.firstFactSeconds ?? [])),
    discoverySeconds: figures(boots.flatMap((one) => one.discoverySeconds ?? [])),
    agentResidentMegabytes: figures(boots.flatMap((one) => one.residentMegabytes ?? [])),
    leastMemoryMebibytes: leastMebibytes,
  }
  const bootBytes = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const misses = [
    bootBytes > budget.bootBytes ? `boot files have ${bootBytes} bytes` : null,
    !values['skip-memory'] && (leastMebibytes ?? Infinity) > budget.memoryMebibytes
      ? `least memory is ${leastMebibytes ?? 'more'} MiB`
      : null,
    (result.firstFactSeconds.median ?? Infinity) < budget.firstFactSeconds
      ? null
      : `first fact after ${result.firstFactSeconds.median} s`,
  ].filter((miss) => miss !== null)
  if (values.json) console.log(JSON.stringify({ ...result, bootBytes, budget, misses }, null, 2))
  else print({ ...result, bootBytes }, misses)
  return values.check && misses.length > 0 ? 1 : 0
}

function print(
  result: {
    readonly files: readonly object[]
    readonly bootBytes: number
    readonly phases: readonly object[]
    readonly firstFactSeconds: object
    readonly discoverySeconds: object
    readonly agentResidentMegabytes: object
    readonly leastMemoryMebibytes: number | null
  },
  misses: readonly string[],
): void {
  printTable([...result.files, { file: 'total', bytes: result.bootBytes }])
  console.log(`Seconds from QEMU's start (${firmware}, TCG, ${runCount} runs)`)
  printTable([...result.phases])
  printTable([
    { figure: 'agent start to first fact, s', ...result.firstFactSeconds },
    { figure: 'agent CPU time until discovered, s', ...result.discoverySeconds },
    { figure: 'agent resident when idle, MB', ...result.agentResidentMegabytes },
    { figure: 'least memory that works, MiB', median: result.leastMemoryMebibytes },
  ])
  console.log(misses.length === 0 ? 'Every budget is kept.' : `Missed: ${misses.join('; ')}`)
}

/** Boots with less and less memory, until it does not. Null: not even the largest works. */
async function leastMemory(): Promise<number | null> {
  let least: number | null = null
  for (const mebibytes of memorySizesMebibytes) {
    say(`boot with ${mebibytes} MiB`)
    const { phases } = await boot({ ...machineShapes.small, memoryBytes: mebibytes * 2 ** 20 })
    if (phases.at(-1) === null) break
    least = mebibytes
  }
  return least
}

/** One boot by the network, until the agent is idle, the kernel panics or nothing moves any more. */
async function boot(shape: MachineShape): Promise<Boot> {
  const directory = await mkdtemp(join(tmpdir(), 'assay-bench-'))
  const common = { commands: systemCommands, clock: systemClock }
  try {
    await using rack = await createRack({
      directory,
      plans: [planMachine(1, shape, firmware)],
      network: { kind: 'bridge' },
      firmware: labFirmware(join(import.meta.dirname, '../.cache')),
      ...common,
    })
    await using server = await startLabServer({
      directory,
      network: rack.network,
      ports: { api: 0, netboot: await freePort(), agent: await freePort() },
      ...common,
      started: (pid) => rack.record(pid),
    })
    void server
    const [machine] = rack.machines
    if (machine === undefined) throw new Error('the rack has no machine')
    const startedAt = systemClock.monotonic()
    await machine.powerOn()
    return await watch(() => machine.consoleTail(100_000), startedAt)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function watch(readConsole: () => Promise<string>, startedAt: number): Promise<Boot> {
  const phases: (number | null)[] = markers.map(() => null)
  let text = ''
  while (systemClock.monotonic() - startedAt < 120_000) {
    text = `${await readConsole()}\n`
    const elapsed = (systemClock.monotonic() - startedAt) / 1000
    for (const [index, [, marker]] of markers.entries()) {
      if (text.includes(marker)) phases[index] ??= elapsed
    }
    if (phases.at(-1) !== null || /Kernel panic|reboot in|write error/.test(text)) break
    await systemClock.sleep(50)
  }
  const firstFact = /assay-agent: ([\d.]+) first fact/.exec(text)?.[1]
  const discovery = /discovered, resident [\d.]+ MB, ([\d.]+) s/.exec(text)?.[1]
  const resident = /idle, resident ([\d.]+) MB/.exec(text)?.[1]
  return {
    phases,
    firstFactSeconds: firstFact === undefined ? null : Number(firstFact),
    residentMegabytes: resident === undefined ? null : Number(resident),
    discoverySeconds: discovery === undefined ? null : Number(discovery),
  }
}

function figures(samples: readonly number[]): {
  readonly median: number | null
  readonly spread: number | null
} {
  if (samples.length === 0) return { median: null, spread: null }
  const round = (value: number) => Math.round(value * 100) / 100
  return { median: round(median(samples)), spread: round(spread(samples)) }
}

async function bootFiles(file: string): Promise<readonly { file: string; bytes: number }[]> {
  const manifest = z
    .object({
      kernel: z.object({ sizeBytes: z.number() }),
      layers: z.array(z.object({ name: z.string(), sizeBytes: z.number() })),
    })
    .parse(JSON.parse(await readFile(file, 'utf8')))
  return [
    { file: 'kernel', bytes: manifest.kernel.sizeBytes },
    ...manifest.layers.map(({ name, sizeBytes }) => ({ file: name, bytes: sizeBytes })),
  ]
}
