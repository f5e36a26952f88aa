import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { attempt, fuzz, type FuzzResult } from './fuzz/run.ts'
import { type FuzzTarget, fuzzTargets } from './fuzz/targets.ts'
import { printableTable } from './score/table.ts'

/**
 * `npm run fuzz -- [--decoder NAME]... [--count N] [--seed S] [--seconds T] [--json]`
 *
 * Feeds decoders mutated inputs. Each decoder runs in a process of its own, so that an endless loop
 * is caught and named. Exits 1 on the first crash, hang or leak of any; its input is kept in a file.
 */
const { values } = parseArgs({
  options: {
    decoder: { type: 'string', multiple: true, default: [] },
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '3600' },
    replay: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    // Set by this program for the processes it starts.
    inside: { type: 'boolean', default: false },
  },
})

const names = fuzzTargets.map(({ name }) => name).join(', ')
const help = `npm run fuzz -- [--decoder NAME]... [--count N] [--seed S] [--seconds T] [--json]

  --decoder NAME   only this decoder: ${names}
  --count N        inputs for each, 1000000 by default
  --seed S         the same seed gives the same inputs
  --seconds T      at most this long for each
  --replay FILE    one input again, with --decoder
  --json           results as JSON`

/** Grace over the time limit; one input takes 50 ms at most. */
const patienceSeconds = 120

const failureSchema = z.object({ kind: z.string(), message: z.string(), file: z.string() })
const reportSchema = z.object({
  decoder: z.string(),
  seed: z.number(),
  seedCount: z.number(),
  inputCount: z.number(),
  refusedCount: z.number(),
  slowestMs: z.number(),
  elapsedSeconds: z.number(),
  heapGrowthBytes: z.number(),
  failure: failureSchema.nullable(),
})
type Report = z.infer<typeof reportSchema>

if (values.help) console.log(help)
else process.exitCode = await main()

async function main(): Promise<number> {
  const chosen = fuzzTargets.filter(
    ({ name }) => values.decoder.length === 0 || values.decoder.includes(name),
  )
  const unknown = values.decoder.filter((name) => !chosen.some((one) => one.name === name))
  if (unknown.length > 0 || chosen.length === 0) {
    console.error(`fuzz: no decoder is named '${unknown.join("', '")}', known are ${names}`)
    return 2
  }
  const number = z.coerce.number().int().min(0)
  const limits = { count: number.parse(values.count), seconds: number.parse(values.seconds) }
  const seed = number.parse(values.seed)
  if (values.replay !== undefined) return replay(chosen[0], values.replay)
  if (values.inside) {
    const report = await kept(await fuzz(chosen[0] ?? failHere(), seed, limits, tell))
    console.log(JSON.stringify(report))
    return 0
  }
  const reports: Report[] = []
  for (const { name } of chosen) reports.push(await inProcess(name, seed, limits))
  if (values.json) console.log(JSON.stringify(reports, null, 1))
  else printReports(reports)
  return reports.some(({ failure }) => failure !== null) ? 1 : 0
}

function failHere(): never {
  throw new Error('no decoder was chosen')
}

function tell(done: number): void {
  console.error(`fuzz: ${values.decoder[0] ?? ''} ${done} inputs`)
}

/** An input that broke a decoder, in a file. */
async function kept({ failure, ...result }: FuzzResult): Promise<Report> {
  if (failure === null) return { ...result, failure: null }
  const folder = join(tmpdir(), 'assay-fuzz')
  await mkdir(folder, { recursive: true })
  const file = join(folder, `${result.decoder}-${result.seed}-${result.inputCount}.bin`)
  await writeFile(file, failure.input)
  return { ...result, failure: { kind: failure.kind, message: failure.message, file } }
}

async function inProcess(
  decoder: string,
  seed: number,
  limits: { readonly count: number; readonly seconds: number },
): Promise<Report> {
  const options = ['--count', limits.count, '--seconds', limits.seconds, '--seed', seed].map(String)
  const child = Bun.spawn(
    [process.execPath, import.meta.path, '--inside', '--decoder', decoder, ...options],
    { stdin: 'ignore', stdout: 'pipe', stderr: 'inherit' },
  )
  const timer = setTimeout(() => child.kill('SIGKILL'), (limits.seconds + patienceSeconds) * 1000)
  const output = await new Response(child.stdout).text()
  clearTimeout(timer)
  if ((await child.exited) === 0) return reportSchema.parse(JSON.parse(output))
  const killed = child.signalCode === 'SIGKILL'
  const how = child.signalCode ?? `code ${child.exitCode}`
  const message = `its process ended with ${how}${killed ? ': an endless loop' : ''}`
  return {
    decoder,
    seed,
    seedCount: 0,
    inputCount: 0,
    refusedCount: 0,
    slowestMs: 0,
    elapsedSeconds: limits.seconds,
    heapGrowthBytes: 0,
    failure: { kind: killed ? 'hang' : 'crash', message, file: '' },
  }
}

async function replay(target: FuzzTarget | undefined, file: string): Promise<number> {
  if (target === undefined) return 2
  const outcome = attempt(target, new Uint8Array(await readFile(file)))
  console.log(JSON.stringify(outcome, null, 1))
  return outcome.kind === 'crash' ? 1 : 0
}

function printReports(reports: readonly Report[]): void {
  console.log(
    printableTable(
      reports.map((one) => ({
        decoder: one.decoder,
        seed: one.seed,
        seeds: one.seedCount,
        inputs: one.inputCount,
        refused: one.refusedCount,
        'slowest ms': Number(one.slowestMs.toFixed(1)),
        seconds: Number(one.elapsedSeconds.toFixed(1)),
        'heap growth MB': Number((one.heapGrowthBytes / 1e6).toFixed(1)),
        result: one.failure === null ? 'well' : one.failure.kind,
      })),
    ),
  )
  for (const { decoder, failure } of reports) {
    if (failure !== null)
      console.log(`${decoder}: ${failure.kind} ${failure.message} ${failure.file}`)
  }
}
