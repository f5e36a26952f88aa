import { parseRequest } from '../../protocol/request.ts'
import type { Candidate } from '../../server/matching/candidate.ts'
import { FleetIndex } from '../../server/matching/index/fleet-index.ts'
import { matchIn } from '../../server/matching/match.ts'
import { quantile } from '../statistics.ts'
import { syntheticFleet, type FleetPlan } from './fleet.ts'
import { makeQueries, type Query, type QueryKind, queryKinds } from './queries.ts'
import { objectLoop, type Rival, sqliteTable } from './rivals.ts'

/** Times of one thing done many times. */
export interface Timing {
  readonly name: string
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly perSecond: number
}

export interface MatchingFigures {
  readonly machineCount: number
  readonly buildSeconds: number
  /** Resident memory of the process with the index, before anything else is made. */
  readonly residentBytes: number
  /** `noMatchP50Ms`: of those requests alone that nothing matches; null where there are none. */
  readonly requests: readonly (Timing & { readonly noMatchP50Ms: number | null })[]
  /** Of `requests`, how many found machines. */
  readonly matchedCounts: Readonly<Record<QueryKind, number>>
  readonly updates: readonly Timing[]
  readonly rivals: readonly Timing[]
  /** Queries for which a rival counted other machines than the index: none, if all is well. */
  readonly disagreements: number
  readonly trapMs: number
}

/** Measures the matcher over a synthetic fleet, then the rivals on the same questions. */
export function measureMatching(plan: FleetPlan, queryCount: number): MatchingFigures {
  const started = performance.now()
  const index = new FleetIndex()
  for (const candidate of syntheticFleet(plan)) index.set(candidate)
  const buildSeconds = (performance.now() - started) / 1000
  const sample = [...take(syntheticFleet(plan), Math.min(plan.machineCount, 5_000))]
  // The first use of a column makes its bitsets, and code is compiled as it is used: as many other
  // requests of the same kinds do both. A server runs for long.
  for (const kind of queryKinds) {
    for (const { request } of makeQueries(kind, queryCount, sample.toReversed()))
      matchIn(index, request)
  }
  Bun.gc(true)
  const residentBytes = process.memoryUsage().rss
  const queries = new Map(queryKinds.map((kind) => [kind, makeQueries(kind, queryCount, sample)]))
  const matchedCounts = { single: 0, gang: 0, roles: 0, impossible: 0 }
  const requests = queryKinds.map((kind) => {
    const asked = queries.get(kind) ?? []
    const isMatched = asked.map(({ request }) => matchIn(index, request).kind === 'matched')
    matchedCounts[kind] = isMatched.filter(Boolean).length
    const whole = timed(kind, asked, ({ request }) => matchIn(index, request))
    const refused = asked.filter((_, at) => isMatched[at] === false)
    const { p50Ms } = timed(kind, refused, ({ request }) => matchIn(index, request))
    return { ...whole, noMatchP50Ms: refused.length === 0 ? null : p50Ms }
  })
  const updates = measureUpdates(index, sample)
  const trapMs = measureTrap()
  const single = (queries.get('single') ?? []).slice(0, Math.max(50, Math.floor(queryCount / 10)))
  const { rivals, disagreements } = measureRivals(index, plan, single)
  return {
    machineCount: plan.machineCount,
    buildSeconds,
    residentBytes,
    requests,
    matchedCounts,
    updates,
    rivals,
    disagreements,
    trapMs,
  }
}

function measureUpdates(index: FleetIndex, sample: readonly Candidate[]): readonly Timing[] {
  const some = sample.slice(0, 5000)
  const flips = timed('availability', some, ({ id }) => {
    index.setAvailability(id, { kind: 'held', by: 'x', untilMs: null })
  })
  const measured = timed('one measured figure', some, (candidate) => {
    const attributes = new Map(candidate.attributes)
    const triad = candidate.attributes.get('bench.memory.triad')
    attributes.set('bench.memory.triad', (typeof triad === 'bigint' ? triad : 0n) + 12_345n)
    index.set({ ...candidate, attributes })
  })
  // A machine that becomes wholly another one.
  const all = timed('every attribute', some, (candidate, at) => {
    const { attributes } = some[(at * 37) % some.length] ?? candidate
    index.set({ ...candidate, attributes })
  })
  for (const candidate of some) index.set(candidate)
  return [flips, measured, all]
}

/** 64 identical nodes and a role that cannot exist: where a search without counting is lost. */
function measureTrap(): number {
  const index = FleetIndex.of(
    Array.from({ length: 64 }, (_, at): Candidate => ({
      id: `node-${at}`,
      attributes: new Map([['gpu.count', 8n]]),
      availability: { kind: 'free' },
    })),
  )
  const request = parseRequest({
    roles: [
      { name: 'trainer', count: 4, match: { 'gpu.count': { gte: 8 } } },
      { name: 'store', count: 1, match: { 'storage.nvmeSize': { gte: '30T' } } },
    ],
    lease: { duration: '1h' },
  })
  return timed('trap', Array.from({ length: 9 }), () => matchIn(index, request)).p50Ms
}

function measureRivals(index: FleetIndex, plan: FleetPlan, queries: readonly Query[]) {
  const fleet = [...syntheticFleet(plan)]
  const rivals: Timing[] = []
  let disagreements = 0
  for (const make of [objectLoop, sqliteTable]) {
    const rival: Rival = make(fleet)
    for (const { terms, request } of queries.slice(0, 20)) {
      const free = matchIn(index, request).explanation.roles[0]?.eligible.free
      if (rival.answer(terms).count !== free) disagreements += 1
    }
    rivals.push(timed(rival.name, queries, ({ terms }) => rival.answer(terms)))
  }
  return { rivals, disagreements }
}

function timed<T>(
  name: string,
  items: readonly T[],
  act: (item: T, at: number) => unknown,
): Timing {
  const samples: number[] = []
  items.forEach((item, at) => {
    const started = performance.now()
    act(item, at)
    samples.push(performance.now() - started)
  })
  const total = samples.reduce((sum, sample) => sum + sample, 0)
  return {
    name,
    count: samples.length,
    p50Ms: quantile(samples, 0.5),
    p99Ms: quantile(samples, 0.99),
    perSecond: (samples.length / total) * 1000,
  }
}

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  let left = count
  for (const item of items) {
    if (left === 0) return
    left -= 1
    yield item
  }
}
