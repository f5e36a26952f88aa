import { parseArgs } from 'node:util'
import { printTable } from 'console-table-printer'
import { z } from 'zod'
import { fleetPlan } from './matching/fleet.ts'
import { type MatchingFigures, measureMatching, type Timing } from './matching/measure.ts'

/**
 * `npm run bench:matching -- [--machines N] [--queries N] [--json] [--check]`
 *
 * Answers requests over a synthetic fleet and says how long each kind takes, what a machine's change
 * costs and how much memory the index holds; then asks the same of an object loop and of SQLite.
 * `--check` exits 1 where a figure misses its target.
 */
const targets = {
  single: { p50Ms: 0.1, p99Ms: 2 },
  gang: { p50Ms: 0.5 },
  roles: { p50Ms: 2 },
  /** An answer that nothing matches, as a multiple of one that something does. */
  impossibleRatio: 2,
  updateMs: 0.05,
  residentBytes: 500e6,
  trapMs: 5,
} as const

const { values } = parseArgs({
  options: {
    machines: { type: 'string', default: '100000' },
    queries: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
})
const machineCount = z.coerce.number().int().min(100).max(1_000_000).parse(values.machines)
const queryCount = z.coerce.number().int().min(50).max(100_000).parse(values.queries)

const figures = measureMatching(fleetPlan(machineCount), queryCount)
const missed = missedTargets(figures)
if (values.json) {
  console.log(JSON.stringify({ ...figures, targets, missed }, null, 1))
} else {
  print(figures)
  for (const text of missed) console.log(`missed: ${text}`)
}
process.exitCode = values.check && missed.length > 0 ? 1 : 0

function print({ requests, updates, rivals, matchedCounts, ...rest }: MatchingFigures): void {
  const found = new Map<string, number>(Object.entries(matchedCounts))
  const refused = new Map(requests.map(({ name, noMatchP50Ms }) => [name, noMatchP50Ms]))
  printTable(
    [...requests, ...updates, ...rivals].map(({ name, count, p50Ms, p99Ms, perSecond }) => ({
      what: name,
      count,
      matched: found.get(name) ?? '',
      'p50 ms': p50Ms.toFixed(4),
      'p99 ms': p99Ms.toFixed(4),
      'no match p50 ms': refused.get(name)?.toFixed(4) ?? '',
      'per second': Math.round(perSecond),
    })),
  )
  const megabytes = Math.round(rest.residentBytes / 1e6)
  console.log(
    `${rest.machineCount} machines: built in ${rest.buildSeconds.toFixed(1)} s, ${megabytes} MB resident; ` +
      `64 equal nodes and an impossible role: ${rest.trapMs.toFixed(2)} ms; ` +
      `disagreements with the rivals: ${rest.disagreements}`,
  )
}

function missedTargets(measured: MatchingFigures): readonly string[] {
  const timing = (name: string): Timing | undefined =>
    [...measured.requests, ...measured.updates].find((one) => one.name === name)
  const [single, impossible] = [timing('single'), timing('impossible')]
  const ratio = (impossible?.p50Ms ?? Number.NaN) / (single?.p50Ms ?? Number.NaN)
  const limits: readonly (readonly [string, number, number])[] = [
    ['single p50 ms', single?.p50Ms ?? Number.NaN, targets.single.p50Ms],
    ['single p99 ms', single?.p99Ms ?? Number.NaN, targets.single.p99Ms],
    ['gang p50 ms', timing('gang')?.p50Ms ?? Number.NaN, targets.gang.p50Ms],
    ['roles p50 ms', timing('roles')?.p50Ms ?? Number.NaN, targets.roles.p50Ms],
    ['impossible / single', ratio, targets.impossibleRatio],
    ...measured.updates.map(({ name, p50Ms }) => [name, p50Ms, targets.updateMs] as const),
    ['resident bytes', measured.residentBytes, targets.residentBytes],
    ['trap ms', measured.trapMs, targets.trapMs],
    ['disagreements', measured.disagreements, 0],
  ]
  return limits
    .filter(([, value, limit]) => !(value <= limit))
    .map(([name, value, limit]) => `${name} is ${value}, ${limit} is the most`)
}
