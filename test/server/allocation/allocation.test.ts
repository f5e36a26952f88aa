import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgentDouble } from '../agent-double.ts'
import { requestFor, tick, World } from '../world.ts'

let world: World
beforeEach(async () => {
  world = await World.start()
})
afterEach(async () => world.close())

const caller = { owner: 'tester', idempotencyKey: null }
const bare = { image: undefined }
const idOf = (agent: AgentDouble) => agent.welcome?.machineId ?? ''
const stateOf = async (agent: AgentDouble) => (await world.machineOf(agent))?.state
const create = (count: number, changes: object = {}, order: object = {}) =>
  world.service.allocations.create({ request: requestFor(count, { ...changes }), ...order }, caller)

describe('allocation', () => {
  it('takes all machines or none', async () => {
    const one = await world.available(1)
    const two = await world.available(2)
    const refused = await create(3, bare)
    expect(refused.allocation).toBeNull()
    expect(refused.explanation.verdict).toBe('impossible')
    expect([await stateOf(one), await stateOf(two)]).toEqual(['available', 'available'])
    const { allocation } = await create(2, bare)
    expect(allocation?.machines).toHaveLength(2)
    expect([await stateOf(one), await stateOf(two)]).toEqual(['allocated', 'allocated'])
    expect((await create(1, bare)).explanation.verdict).toBe('busy')
  })

  it('holds nothing for a dry run', async () => {
    const agent = await world.available(1)
    const { allocation, explanation } = await create(1, bare, { dryRun: true })
    expect(allocation).toBeNull()
    expect(explanation.verdict).toBe('matched')
    expect(await stateOf(agent)).toBe('available')
    expect(await world.service.allocations.list()).toEqual([])
  })

  it('never gives one machine to two of many at once', async () => {
    const agents = [await world.available(1), await world.available(2), await world.available(3)]
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(1, bare)))
    const won = answers.flatMap(({ allocation }) => allocation?.machines ?? [])
    expect(won).toHaveLength(3)
    expect(new Set(won.map(({ machineId }) => machineId)).size).toBe(3)
    for (const agent of agents) {
      expect((await world.machineOf(agent))?.fencingToken).toBe(1)
    }
  })

  it('keeps a hold until it ends, then frees its machines with a higher token', async () => {
    const agent = await world.available(1)
    const { allocation } = await create(1, bare, { confirm: false })
    expect(allocation).toMatchObject({ state: 'reserved', leaseUntilMs: null })
    await world.pass(58)
    expect(await stateOf(agent)).toBe('allocated')
    await world.pass(4)
    expect(await stateOf(agent)).toBe('available')
    const lapsed = await world.service.allocations.get(allocation?.id ?? '')
    expect(lapsed.state).toBe('expired')
    expect((await world.machineOf(agent))?.fencingToken).toBe(2)
    await expect(world.service.allocations.confirm(lapsed.id, null)).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('refuses a confirmation after the hold although nobody swept yet', async () => {
    await world.available(1)
    const { allocation } = await create(1, bare, { confirm: false })
    world.clock.advance(900)
    const frozen = world.clock.now()
    await tick()
    world.clock.now = () => frozen + 61_000
    await expect(
      world.service.allocations.confirm(allocation?.id ?? '', null),
    ).rejects.toMatchObject({ code: 'conflict' })
  })

  it('confirms at the generation that was read, and refuses a stale one', async () => {
    await world.available(1)
    const { allocation } = await create(1, bare, { confirm: false })
    const id = allocation?.id ?? ''
    const generation = allocation?.generation ?? 0
    await expect(world.service.allocations.confirm(id, generation + 1)).rejects.toMatchObject({
      code: 'precondition-failed',
    })
    const confirmed = await world.service.allocations.confirm(id, generation)
    expect(confirmed).toMatchObject({ state: 'active', holdUntilMs: null })
    await expect(world.service.allocations.confirm(id, generation)).rejects.toMatchObject({
      code: 'precondition-failed',
    })
  })

  it('ends with its lease: the machine is cleaned, inspected again and offered again', async () => {
    const agent = await world.available(1)
    const lease = { lease: { duration: '60s' } }
    const { allocation } = await create(1, { ...bare, ...lease })
    await world.service.allocations.renew(allocation?.id ?? '', 120, null)
    await world.pass(20)
    agent.sendRaw({ kind: 'heartbeat', uptimeSeconds: 1, residentSizeBytes: 1, telemetry: null })
    await world.pass(105)
    agent.connect(world.service)
    await world.until(async () => (await stateOf(agent)) === 'available')
    const released = await world.service.allocations.get(allocation?.id ?? '')
    expect(released.state).toBe('released')
    expect(await world.machineOf(agent)).toMatchObject({ allocationId: null, fencingToken: 2 })
    const { inspections, shape } = await world.service.machines.get(idOf(agent))
    expect(inspections).toHaveLength(2)
    expect(shape).not.toBeNull()
    await expect(world.service.allocations.renew(released.id, 60, null)).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('waits with a release until every machine is back', async () => {
    const one = await world.available(1)
    const two = await world.available(2)
    const { allocation } = await create(2, bare)
    two.disconnect()
    await tick()
    const id = allocation?.id ?? ''
    expect((await world.service.allocations.release(id, 'tester')).state).toBe('releasing')
    await world.until(async () => (await stateOf(one)) === 'available')
    expect(await stateOf(two)).toBe('cleaning')
    expect((await world.service.allocations.get(id)).state).toBe('releasing')
    two.connect(world.service)
    await world.until(async () => (await world.service.allocations.get(id)).state === 'released')
    await expect(world.service.allocations.release(id, 'tester')).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('answers the same key with the same allocation, and refuses it for another request', async () => {
    await world.available(1)
    await world.available(2)
    const keyed = { owner: 'tester', idempotencyKey: 'key-1' }
    const request = requestFor(1, { ...bare })
    const first = await world.service.allocations.create({ request }, keyed)
    const second = await world.service.allocations.create({ request }, keyed)
    expect(second.allocation?.id).toBe(first.allocation?.id)
    expect(await world.service.allocations.list()).toHaveLength(1)
    await expect(
      world.service.allocations.create({ request: requestFor(2, { ...bare }) }, keyed),
    ).rejects.toMatchObject({ code: 'unprocessable' })
    const other = { owner: 'somebody else', idempotencyKey: 'key-1' }
    const third = await world.service.allocations.create({ request }, other)
    expect(third.allocation?.id).not.toBe(first.allocation?.id)
  })

  it('makes one allocation of the same key sent twice at once', async () => {
    await world.available(1)
    await world.available(2)
    const keyed = { owner: 'tester', idempotencyKey: 'key-1' }
    const request = requestFor(1, { ...bare })
    const [first, second] = await Promise.all([
      world.service.allocations.create({ request }, keyed),
      world.service.allocations.create({ request }, keyed),
    ])
    expect(second.allocation?.id).toBe(first.allocation?.id)
    expect(await world.service.allocations.list()).toHaveLength(1)
  })

  it('gives no machine in maintenance, and none that is pending', async () => {
    const agent = await world.available(1)
    await world.service.machines.setMaintenance(idOf(agent), 'new fan', 'operator')
    expect((await create(1, bare)).explanation.verdict).toBe('unschedulable')
    expect(await world.machineOf(agent)).toMatchObject({ reason: 'new fan' })
    await world.service.machines.setMaintenance(idOf(agent), null, 'operator')
    expect((await create(1, bare)).allocation).not.toBeNull()
  })

  it('matches labels that operators set', async () => {
    const agent = await world.available(1)
    await world.available(2)
    await world.service.machines.setLabels(idOf(agent), { rack: 'r7' }, 'operator')
    const match = { 'label.rack': { eq: 'r7' } }
    const { allocation } = await create(1, { ...bare, roles: [{ name: 'n', count: 1, match }] })
    expect(allocation?.machines[0]?.machineId).toBe(idOf(agent))
  })

  it('refuses an image that nobody has before it takes a machine', async () => {
    const agent = await world.available(1)
    await expect(create(1, { image: 'nothing' })).rejects.toMatchObject({ code: 'not-found' })
    expect(await stateOf(agent)).toBe('available')
  })
})
