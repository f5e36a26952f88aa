import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { printTable } from 'console-table-printer'
import { z } from 'zod'
import { unpackArchive } from '../agent/capture/archive.ts'
import { compileProgram } from '../initramfs/compile.ts'
import { errorChain } from '../protocol/errors.ts'
import { median, spread } from './statistics.ts'

/**
 * `npm run bench:discovery -- [--runs N] [--recording FILE] [--json] [--check]`
 *
 * `assay-agent discover` beside lshw, dmidecode, `lspci -vvv` and `lsblk -O` on the same recorded machine,
 * run by run in turn. The tools see the recording's /sys (and /proc/cpuinfo and /proc/meminfo) through
 * mounts in a namespace of their own; what the tools insist on and no probe reads (`irq` and `resource`
 * of PCI functions, numbers of block devices) is filled in. `--check` exits 1 where discovery takes over a second of CPU time.
 */
const budget = { cpuSeconds: 1 } as const

const tools: readonly (readonly [string, readonly string[]])[] = [
  ['lshw', ['lshw', '-json', '-quiet']],
  ['dmidecode', ['dmidecode']],
  ['lspci', ['lspci', '-vvv']],
  ['lsblk', ['lsblk', '-O', '--json']],
]

/** What one run of a program took. */
interface Cost {
  readonly wallSeconds: number
  readonly cpuSeconds: number
  /** Largest resident size. */
  readonly peakMegabytes: number
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    recording: {
      type: 'string',
      default: join(import.meta.dirname, '../test/machines/qemu-q35-two-socket/machine.tar.gz'),
    },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
})
const runCount = z.coerce.number().int().min(1).max(100).parse(values.runs)

try {
  process.exitCode = await measure()
} catch (error) {
  console.error(`bench:discovery: ${errorChain(error)}`)
  process.exitCode = 1
}

async function measure(): Promise<number> {
  const missing = [...tools.map(([tool]) => tool), 'time'].filter(
    (tool) => Bun.which(tool) === null,
  )
  if (missing.length > 0) throw new Error(`${missing.join(', ')} missing`)
  const work = await mkdtemp(join(tmpdir(), 'assay-bench-'))
  try {
    console.error('compiling the agent')
    const agent = join(work, 'assay-agent')
    await compileProgram(join(import.meta.dirname, '..'), 'agent/main.ts', agent, 'x64')
    await using machine = await unpackArchive(await readFile(values.recording))
    await fill(machine.root)
    const commands: readonly (readonly [string, readonly string[]])[] = [
      ['assay-agent', [agent, 'discover', '--root', machine.root]],
      ...tools.map(([name, command]) => [name, insideOf(machine.root, command)] as const),
    ]
    const costs = new Map<string, Cost[]>(commands.map(([name]) => [name, []]))
    // One to warm the caches.
    for (let run = 0; run <= runCount; run++) {
      console.error(run === 0 ? 'warming up' : `run ${run} of ${runCount}`)
      for (const [name, command] of commands) {
        const cost = await costOf(name, command, join(work, 'peak'))
        if (run > 0) costs.get(name)?.push(cost)
      }
    }
    return report(costs)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function fill(root: string): Promise<void> {
  const numbers = join(root, 'sys/dev/block')
  await mkdir(numbers, { recursive: true })
  for (const [index, name] of (await readdir(join(root, 'sys/block'))).entries()) {
    const file = join(root, 'sys/block', name, 'dev')
    if (!existsSync(file)) await writeFile(file, `240:${index}\n`)
    const number = (await readFile(file, 'utf8')).trim()
    if (!existsSync(join(numbers, number)))
      await symlink(`../../block/${name}`, join(numbers, number))
  }
  const functions = join(root, 'sys/bus/pci/devices')
  for (const name of await readdir(functions)) {
    const region = `${['0', '0', '0'].map((word) => `0x${word.padStart(16, '0')}`).join(' ')}\n`
    for (const [file, content] of [
      ['irq', '0\n'],
      ['resource', region.repeat(13)],
    ] as const) {
      const path = join(functions, name, file)
      if (!existsSync(path)) await writeFile(path, content)
    }
  }
}

/** The command where `root`'s files lie over the kernel's. */
function insideOf(root: string, command: readonly string[]): readonly string[] {
  const files = ['proc/cpuinfo', 'proc/meminfo'].filter((file) => existsSync(join(root, file)))
  const mounts = ['sys', ...files].map((path) => `mount --bind "$0/${path}" "/${path}"`)
  const script = [...mounts, 'exec "$@"'].join(' && ')
  return ['unshare', '--mount', 'sh', '-c', script, root, ...command]
}

async function costOf(name: string, command: readonly string[], peakFile: string): Promise<Cost> {
  const started = performance.now()
  // A process that we start begins with our own resident size; one that `time` starts does not.
  const timed = ['time', '--quiet', '--format', '%M', '--output', peakFile, ...command]
  const child = Bun.spawn(timed, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [output, errors, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  const wallSeconds = (performance.now() - started) / 1000
  const usage = child.resourceUsage()
  if (status !== 0 || output.length === 0 || usage === undefined) {
    throw new Error(`${name} ended with status ${status}: ${errors.slice(-400)}`)
  }
  return {
    wallSeconds,
    cpuSeconds: Number(usage.cpuTime.total) / 1e6,
    peakMegabytes: (Number(await readFile(peakFile, 'utf8')) * 1024) / 1e6,
  }
}

function report(costs: ReadonlyMap<string, readonly Cost[]>): number {
  const runs = Array.from({ length: runCount }, (_, run) =>
    tools.flatMap(([name]) => costs.get(name)?.[run] ?? []),
  )
  const together: readonly Cost[] = runs.map((run) => ({
    wallSeconds: run.reduce((sum, { wallSeconds }) => sum + wallSeconds, 0),
    cpuSeconds: run.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    peakMegabytes: Math.max(...run.map(({ peakMegabytes }) => peakMegabytes)),
  }))
  const rows = [...costs, ['the four tools', together] as const].map(([program, samples]) => ({
    program,
    ...figures(
      'wall s',
      samples.map(({ wallSeconds }) => wallSeconds),
    ),
    ...figures(
      'CPU s',
      samples.map(({ cpuSeconds }) => cpuSeconds),
    ),
    ...figures(
      'peak MB',
      samples.map(({ peakMegabytes }) => peakMegabytes),
    ),
  }))
  const own = costs.get('assay-agent') ?? []
  const ratio = (of: (cost: Cost) => number) =>
    rounded(median(own.map(of)) / median(together.map(of)))
  const ratios = {
    wall: ratio(({ wallSeconds }) => wallSeconds),
    cpu: ratio(({ cpuSeconds }) => cpuSeconds),
    peakMemory: ratio(({ peakMegabytes }) => peakMegabytes),
  }
  const cpuSeconds = rounded(median(own.map((cost) => cost.cpuSeconds)))
  const misses =
    cpuSeconds < budget.cpuSeconds ? [] : [`discovery takes ${cpuSeconds} s of CPU time`]
  if (values.json) {
    console.log(JSON.stringify({ runs: runCount, programs: rows, ratios, budget, misses }, null, 2))
  } else {
    console.log(`Medians and spreads of ${runCount} runs`)
    printTable(rows)
    console.log(
      `assay-agent to the four tools: wall ${ratios.wall}, CPU ${ratios.cpu}, peak memory ${ratios.peakMemory}`,
    )
    console.log(misses.length === 0 ? 'Every budget is kept.' : `Missed: ${misses.join('; ')}`)
  }
  return values.check && misses.length > 0 ? 1 : 0
}

function figures(name: string, samples: readonly number[]): Readonly<Record<string, number>> {
  return { [name]: rounded(median(samples)), [`${name} ±`]: rounded(spread(samples)) }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
