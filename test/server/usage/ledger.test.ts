import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { AppError } from '../../../protocol/errors.ts'
import { membersInUse } from '../../../server/allocation/allocation-record.ts'
import type { AgentDouble } from '../agent-double.ts'
import { requestFor, tick, World } from '../world.ts'

/** What holders and operators do, and what happens to them. */
const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      tenant: fc.constantFrom('red', 'blue'),
      count: fc.integer({ min: 1, max: 2 }),
      leaseSeconds: fc.integer({ min: 2, max: 20 }),
      confirm: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('renew', 'confirm'), which: fc.nat() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('release', 'release-one', 'revoke', 'recover'),
      which: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('restart', 'hang-up'), which: fc.nat() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      seconds: fc.integer({ min: 1, max: 8 }),
    }),
  },
)
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never

interface Span {
  readonly tenant: string
  readonly machineId: string
  readonly fromMs: number
  untilMs: number | null
}

/** Looks at who has which machine after every moment, and writes down from when until when. */
class Ledger {
  readonly spans: Span[] = []
  readonly #open = new Map<string, Span>()

  async look({ store, clock }: World): Promise<void> {
    const nowMs = clock.now()
    const seen = new Set<string>()
    for (const allocation of await store.openAllocations()) {
      for (const { machineId } of membersInUse(allocation)) {
        const key = `${allocation.id} ${machineId}`
        seen.add(key)
        if (this.#open.has(key)) continue
        const span = { tenant: allocation.tenant, machineId, fromMs: nowMs, untilMs: null }
        this.#open.set(key, span)
        this.spans.push(span)
      }
    }
    for (const [key, span] of this.#open) {
      if (seen.has(key)) continue
      span.untilMs = nowMs
      this.#open.delete(key)
    }
  }

  /** Seconds of each tenant and its different machines, in a range, until now at most. */
  totals(fromMs: number, untilMs: number): readonly (readonly [string, number, number])[] {
    const clipped = this.spans.flatMap(({ tenant, machineId, ...span }) => {
      const ms = Math.min(span.untilMs ?? untilMs, untilMs) - Math.max(span.fromMs, fromMs)
      return ms <= 0 ? [] : [{ tenant, machineId, ms }]
    })
    return [...Map.groupBy(clipped, ({ tenant }) => tenant)]
      .map(([tenant, own]) => {
        const machines = new Set(own.map(({ machineId }) => machineId)).size
        return [tenant, machines, own.reduce((sum, { ms }) => sum + ms, 0) / 1000] as const
      })
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
  }
}

/** Timers of the server fall on whole steps: what they do is seen at its time. */
const stepMs = 10

async function pass(world: World, agents: readonly AgentDouble[], ledger: Ledger, seconds: number) {
  const heartbeat = { kind: 'heartbeat', uptimeSeconds: 1, residentSizeBytes: 1, telemetry: null }
  for (const agent of agents) {
    if (agent.closed === null) agent.sendRaw(heartbeat)
    else agent.connect(world.service)
  }
  for (let step = 0; step < (seconds * 1000) / stepMs; step += 1) {
    world.clock.advance(stepMs)
    await tick()
    await ledger.look(world)
  }
}

async function run(world: World, agents: readonly AgentDouble[], ledger: Ledger, step: Step) {
  const { allocations, machines } = world.service
  const open = (await allocations.list()).filter(({ state }) =>
    ['reserved', 'active'].includes(state),
  )
  const pick = (which: number) => open[which % Math.max(1, open.length)]
  switch (step.kind) {
    case 'take': {
      const request = requestFor(step.count, {
        image: undefined,
        lease: { duration: `${step.leaseSeconds}s`, hold: '3s', grace: '2s', queue: true },
      })
      const caller = { owner: step.tenant, tenant: step.tenant, idempotencyKey: null }
      await allocations.create({ request, confirm: step.confirm }, caller)
      return
    }
    case 'wait':
      return pass(world, agents, ledger, step.seconds)
    case 'restart':
      return world.restart()
    case 'hang-up':
      agents[step.which % agents.length]?.disconnect()
      return
    default: {
      const one = pick(step.which)
      if (one === undefined) return
      if (step.kind === 'renew') await allocations.renew(one.id, 10, null)
      if (step.kind === 'confirm') await allocations.confirm(one.id, null)
      if (step.kind === 'release') await allocations.release(one.id, 'holder')
      if (step.kind === 'release-one') {
        const [first] = one.machines
        await allocations.release(one.id, 'holder', { machines: first ? [first.machineId] : [] })
      }
      if (step.kind === 'revoke')
        await allocations.revoke(one.id, { reason: 'test', graceSeconds: 2 }, 'op')
      if (step.kind === 'recover') await machines.recover(one.machines[0]?.machineId ?? '', 'op')
    }
  }
}

test('usage is the time that tenants had machines, to the millisecond, whatever happened', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-usage-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  let runCount = 0
  let [spans, ends] = [0, 0]
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 20, maxLength: 30 }), async (steps) => {
      runCount += 1
      const world = await World.start({ file: join(folder, `${runCount}.sqlite`) })
      try {
        const agents = [
          await world.available(1),
          await world.available(2),
          await world.available(3),
        ]
        const ledger = new Ledger()
        const startMs = world.clock.now()
        for (const step of steps) {
          try {
            await run(world, agents, ledger, step)
          } catch (error) {
            // What is not to be had now, or not in this state.
            if (!(error instanceof AppError)) throw error
          }
          await tick()
          await ledger.look(world)
        }
        await pass(world, agents, ledger, 5)
        const endMs = world.clock.now()
        const middleMs = startMs + Math.floor((endMs - startMs) / 3)
        for (const [fromMs, untilMs] of [
          [startMs, endMs],
          [startMs, middleMs],
          [middleMs, endMs + 1_000_000],
        ] as const) {
          const { rows } = await world.service.usage.report(fromMs, untilMs, null)
          const told = rows.map((row) => [row.tenant, row.machines, row.machineSeconds])
          expect(told).toEqual(ledger.totals(fromMs, Math.min(untilMs, endMs)))
        }
        spans += ledger.spans.length
        ends += ledger.spans.filter(({ untilMs }) => untilMs !== null).length
      } finally {
        await world.close()
      }
    }),
    { numRuns: 5 },
  )
  expect(spans).toBeGreaterThan(5)
  expect(ends).toBeGreaterThan(2)
}, 120_000)
