import { parseArgs } from 'node:util'
import { printTable } from 'console-table-printer'
import { z } from 'zod'
import { type FleetFigures, measureService } from './allocation/measure.ts'

/**
 * `npm run bench:allocation -- [--machines N]... [--count N] [--waiting N] [--json] [--check]`
 *
 * Fills a server of its own (its real store in a file, no HTTP) with machines, a part of them leased,
 * and says how long what schedulers ask takes, and how long the event loop had no turn meanwhile.
 * `--check` exits 1 where a figure misses its target; targets are for 100,000 machines and less.
 */
const targets = {
  'dry run': { p50Ms: 10 },
  'dry run of a gang': { p50Ms: 20 },
  'create and release': { p50Ms: 40 },
  'update and dry run': { p50Ms: 15 },
} as const

/**
 * No work that is measured may keep the event loop from its other work for longer by computing. Gaps
 * are longer where the host has other things to do, or waits for its disk.
 */
const computingMs = 50

const { values } = parseArgs({
  options: {
    machines: { type: 'string', multiple: true, default: ['10000', '100000'] },
    count: { type: 'string', default: '50' },
    waiting: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
})
const sizes = z.array(z.coerce.number().int().min(2000).max(1_000_000)).parse(values.machines)
const count = z.coerce.number().int().min(1).max(10_000).parse(values.count)
const waiting = z.coerce.number().int().min(1).max(1000).parse(values.waiting)

const measured: FleetFigures[] = []
for (const machineCount of sizes) {
  measured.push(await measureService(machineCount, count, waiting))
}
const missed = measured.flatMap(missedTargets)
if (values.json) console.log(JSON.stringify({ measured, targets, computingMs, missed }, null, 1))
else print()
process.exitCode = values.check && missed.length > 0 ? 1 : 0

function print(): void {
  for (const { machineCount, fillSeconds, residentBytes, figures } of measured) {
    const megabytes = Math.round(residentBytes / 1e6)
    console.log(
      `${machineCount} machines, written in ${fillSeconds.toFixed(1)} s, ${megabytes} MB resident`,
    )
    printTable(
      figures.map((figure) => ({
        what: figure.name,
        count: figure.count,
        'p50 ms': figure.p50Ms.toFixed(2),
        'p99 ms': figure.p99Ms.toFixed(2),
        'longest block ms': figure.block.longestMs.toFixed(1),
        'computing ms': figure.block.computingMs.toFixed(1),
      })),
    )
  }
  for (const text of missed) console.log(`missed: ${text}`)
}

function missedTargets({ machineCount, figures }: FleetFigures): readonly string[] {
  const known = new Map(Object.entries(targets))
  return figures.flatMap((figure) => {
    const most = known.get(figure.name)?.p50Ms ?? Infinity
    const where = `${figure.name} at ${machineCount} machines`
    const slow =
      figure.p50Ms > most ? [`${where} takes ${figure.p50Ms} ms, ${most} is the most`] : []
    const blocks = figure.block.computingMs > computingMs
    const text = `${where} computes for ${figure.block.computingMs} ms, ${computingMs} is the most`
    return blocks ? [...slow, text] : slow
  })
}
