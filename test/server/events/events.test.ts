import { afterEach, describe, expect, it } from 'vitest'
import type { AssayEvent } from '../../../protocol/api.ts'
import { requestFor, takeEvents, tick, World } from '../world.ts'

let world: World
afterEach(async () => world.close())

const seqs = (events: readonly AssayEvent[]) => events.map(({ seq }) => seq)

describe('events', () => {
  it('are replayed from any place without a gap, then go on live', async () => {
    world = await World.start()
    await world.available(1)
    const first = await takeEvents(world.service, 0, 5)
    expect(seqs(first)).toEqual([1, 2, 3, 4, 5])
    expect(seqs(await takeEvents(world.service, 3, 2))).toEqual([4, 5])
    const last = (await world.store.eventRange())?.last ?? 0
    const waiting = takeEvents(world.service, null, 1)
    await tick()
    const [machine] = await world.service.machines.list()
    await world.service.machines.setName(machine?.id ?? '', 'anvil', 'operator')
    const [event] = await waiting
    expect(event?.seq).toBe(last + 1)
    expect(event?.kind === 'machine' && event.machine.name).toBe('anvil')
  })

  it('tell each state a machine and its allocation go through', async () => {
    world = await World.start()
    const agent = await world.available(1)
    await world.service.allocations.create(
      { request: requestFor(1) },
      { owner: 'tester', idempotencyKey: null },
    )
    await world.until(async () => (await world.machineOf(agent))?.state === 'active')
    const last = (await world.store.eventRange())?.last ?? 0
    const events = await takeEvents(world.service, 0, last)
    const machine = events.flatMap((event) => (event.kind === 'machine' ? event.machine.state : []))
    const distinct = machine.filter((state, index) => state !== machine[index - 1])
    expect(distinct).toEqual([
      'enrolled',
      'inspecting',
      'testing',
      'available',
      'deploying',
      'active',
    ])
    const deployment = events.flatMap((event) =>
      event.kind === 'allocation' ? (event.allocation.machines[0]?.deployment?.state ?? []) : [],
    )
    expect([...new Set(deployment)]).toEqual([
      'waiting',
      'preparing',
      'prepared',
      'authorized',
      'started',
      'verified',
      'done',
    ])
  })

  it('carry what an agent does right now, without keeping it', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const stop = new AbortController()
    const seen: AssayEvent[] = []
    const watching = (async () => {
      for await (const event of world.service.events(null, stop.signal)) seen.push(event)
    })()
    await tick()
    const sample = {
      method: 'cpu.int/1',
      component: 'cpu:0',
      metric: 'rate',
      value: 7,
      unit: '1/s',
    }
    agent.report({ kind: 'sample', sample: { ...sample, atSeconds: 1 } })
    await world.until(() => seen.some(({ kind }) => kind === 'activity'))
    stop.abort()
    await watching
    expect(seen.find(({ kind }) => kind === 'activity')).toMatchObject({
      seq: null,
      activity: { kind: 'benchmark', value: 7 },
    })
    const [machine] = await world.service.machines.list()
    expect(machine?.activity).toMatchObject({ kind: 'benchmark' })
  })

  it('drop a subscriber that does not read, and nobody else', async () => {
    world = await World.start()
    const agent = await world.available(1)
    const stop = new AbortController()
    const slow = world.service.events(null, stop.signal)[Symbol.asyncIterator]()
    const first = slow.next()
    await tick()
    const beat = { kind: 'heartbeat', uptimeSeconds: 1, residentSizeBytes: 1, telemetry: null }
    agent.sendRaw(beat)
    expect((await first).done).toBe(false)
    for (let index = 0; index < 4200; index++) agent.sendRaw(beat)
    await tick()
    const reading = (async () => {
      for (;;) if ((await slow.next()).done === true) return
    })()
    await expect(reading).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('refuse to replay what is no longer kept', async () => {
    world = await World.start()
    await world.available(1)
    await world.store.prune({
      eventsKept: 1,
      logLinesKeptPerMachine: 1,
      phasesKeptPerMachine: 1,
      ticketsBeforeMs: 0,
      answersBeforeMs: 0,
    })
    await expect(takeEvents(world.service, 0, 1)).rejects.toMatchObject({
      code: 'precondition-failed',
    })
  })

  it('end for a watcher that leaves', async () => {
    world = await World.start()
    const stop = new AbortController()
    const watching = (async () => {
      for await (const event of world.service.events(null, stop.signal)) return event
      return 'ended'
    })()
    await tick()
    stop.abort()
    expect(await watching).toBe('ended')
  })
})
