import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { systemClock, systemRandom } from '../../protocol/system-effects.ts'
import { generateSigningKey } from '../../protocol/signing.ts'
import { AppError } from '../../protocol/errors.ts'
import {
  FleetPlanner,
  spawnEngineThread,
  threadFrom,
} from '../../server/allocation/engine/fleet-planner.ts'
import { createService } from '../../server/assay.ts'
import { noIdLists } from '../../server/ids/read-id-lists.ts'
import { silentLogger } from '../../server/log.ts'
import type { ServiceDeps } from '../../server/service-deps.ts'
import type { Service } from '../../server/service.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { httpWebhookPort } from '../../server/webhooks/webhook-port.ts'
import { median, quantile } from '../statistics.ts'
import { fillStore, rareProduct } from './fleet.ts'
import { type Block, LoopWatch } from './loop-watch.ts'

/** One kind of work at one size of the fleet. */
export interface Figure {
  readonly name: string
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** How long the event loop had no turn while it was done. */
  readonly block: Block
}

export interface FleetFigures {
  readonly machineCount: number
  readonly fillSeconds: number
  readonly residentBytes: number
  readonly figures: readonly Figure[]
}

const planning = { threadFrom, spawn: spawnEngineThread, log: silentLogger }

/**
 * Fills a server of its own with so many machines and times what schedulers do, `count`
 * times each, some of it while so many others wait.
 */
export async function measureService(
  machineCount: number,
  count: number,
  waitingCount: number,
): Promise<FleetFigures> {
  const folder = await mkdtemp(path.join(tmpdir(), 'assay-bench-'))
  const store = openSqliteStore(path.join(folder, 'assay.sqlite'), () => systemRandom.uuid())
  try {
    const begunMs = performance.now()
    await fillStore(store, { machineCount, rackSize: 20, leasedOfTen: 4 }, systemClock.now())
    const fillSeconds = (performance.now() - begunMs) / 1000
    const deps: ServiceDeps = {
      store,
      clock: systemClock,
      random: systemRandom,
      commandKey: generateSigningKey(),
      policy: { kind: 'manual' },
      images: {
        resolve: (name) => Promise.reject(new AppError('not-found', `no image is named '${name}'`)),
      },
      urls: { imageIndex: () => '', imageBlob: () => '', report: () => '' },
      webhooks: httpWebhookPort([]),
      ids: noIdLists,
      log: silentLogger,
    }
    const service = createService(deps, (turns) => new FleetPlanner(planning, turns))
    try {
      await service.start()
      const figures = await measureAll(service, count, waitingCount)
      return { machineCount, fillSeconds, residentBytes: process.memoryUsage.rss(), figures }
    } finally {
      await service.close()
    }
  } finally {
    await store.close()
    await rm(folder, { recursive: true })
  }
}

async function measureAll(
  service: Service,
  count: number,
  waitingCount: number,
): Promise<readonly Figure[]> {
  using watch = new LoopWatch()
  const figures: Figure[] = []
  const measure = async (name: string, times: number, act: (at: number) => Promise<unknown>) => {
    await watch.reset()
    const samples: number[] = []
    for (let at = 0; at < times; at += 1) {
      const begunMs = performance.now()
      await act(at)
      samples.push(performance.now() - begunMs)
      // As with clients: each request comes by a turn of the event loop.
      await setImmediate()
    }
    const block = await watch.block()
    const times99 = quantile(samples, 0.99)
    figures.push({ name, count: times, p50Ms: median(samples), p99Ms: times99, block })
  }
  const { allocations, machines, capacity, profiles, reservations } = service
  await measure('first dry run', 1, () => ask(service, single(0), { dryRun: true }))
  await measure('dry run', count, (at) => ask(service, single(at), { dryRun: true }))
  await measure('dry run of a gang', count, (at) => ask(service, gang(at), { dryRun: true }))
  await measure('dry run, no match', count, () => ask(service, impossible, { dryRun: true }))
  await measure('create and release', count, async (at) => {
    await allocations.release(await taken(service, single(at)), 'bench')
  })
  const [{ id: machineId } = { id: '' }] = await machines.list()
  await measure('update of a machine', count, (at) =>
    machines.setLabels(machineId, { ...labels, turn: String(at) }, 'bench'),
  )
  await measure('update and dry run', count, async (at) => {
    await machines.setLabels(machineId, { ...labels, turn: String(at) }, 'bench')
    await ask(service, single(at), { dryRun: true })
  })
  await profiles.put('large', { match: { 'cpu.cores': { gte: 64 } } }, 'bench', null)
  await measure('capacity', Math.ceil(count / 5), () => capacity.view({ profile: 'large' }))
  await measure('reserve and cancel', Math.ceil(count / 5), async () => {
    const fromMs = systemClock.now() + 86_400_000
    const { id } = await reservations.create(
      {
        tenant: 'bench',
        target: { kind: 'match', count: 10, match: { 'cpu.cores': { gte: 64 } } },
        fromMs,
        untilMs: fromMs + 86_400_000,
      },
      { owner: 'bench', idempotencyKey: null },
    )
    await reservations.cancel(id, 'bench', null)
  })
  const rareId = await takeRare(service)
  const waiting: string[] = []
  await measure('join the queue', waitingCount, async (at) => {
    waiting.push(await taken(service, tooMany(at)))
  })
  await measure('dry run, many wait', Math.ceil(count / 5), (at) =>
    ask(service, single(at), { dryRun: true }),
  )
  await measure('queue view, many wait', Math.ceil(count / 10), () => service.allocations.queue())
  let held = rareId
  await measure('queue serves, many wait', Math.ceil(count / 10), async () => {
    const next = await taken(service, rare)
    const served = whenServed(service, next)
    await allocations.release(held, 'bench')
    await served
    held = next
  })
  return figures
}

/** Of the first machine, which the fleet gave it. */
const labels = { site: 's0', leaf: 'l0', rack: 'r0' }

const caller = { owner: 'bench', tenant: 'bench', idempotencyKey: null }

async function ask(service: Service, request: object, options: { readonly dryRun?: boolean } = {}) {
  return service.allocations.create({ request, confirm: false, ...options }, caller)
}

/** The id of the allocation that came of a request. */
async function taken(service: Service, request: object): Promise<string> {
  const { allocation, explanation } = await ask(service, request)
  if (allocation === null) throw new Error(explanation.summary)
  return allocation.id
}

/** The one machine like no other, for the bench; others stand behind it. */
async function takeRare(service: Service): Promise<string> {
  return taken(service, { ...rare, lease: { duration: '1h', hold: '1h' } })
}

/** Resolves when an allocation that waits has got its machines. */
async function whenServed(service: Service, id: string): Promise<void> {
  const stop = new AbortController()
  for await (const event of service.events(null, stop.signal)) {
    if (event.kind !== 'allocation' || event.allocation.id !== id) continue
    if (event.allocation.state === 'reserved') break
  }
  stop.abort()
}

const single = (at: number) => ({
  roles: [
    {
      name: 'node',
      count: 1 + (at % 4),
      match: { 'cpu.cores': { gte: 16 + (at % 8) * 8 }, 'memory.size': { gte: '120GiB' } },
    },
  ],
  lease: { duration: '1h' },
})

const gang = (at: number) => ({
  roles: [{ name: 'node', count: 4 + (at % 8), match: { 'cpu.cores': { gte: 32 } } }],
  constraints: [{ kind: 'same', level: 'rack' }],
  lease: { duration: '1h' },
})

const impossible = {
  roles: [{ name: 'node', count: 1, match: { 'cpu.cores': { gte: 4096 } } }],
  lease: { duration: '1h' },
}

/** All of a leaf that is partly leased: it waits until leases end. */
const tooMany = (at: number) => ({
  roles: [{ name: 'node', count: 100, match: { 'label.leaf': { eq: `l${(at % 10) * 2}` } } }],
  lease: { duration: `${1 + at}h`, queue: true, wait: '90d' },
})

const rare = {
  roles: [{ name: 'node', count: 1, match: { 'system.product': { eq: rareProduct } } }],
  lease: { duration: '1h', hold: '1h', queue: true },
}
