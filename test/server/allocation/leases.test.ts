import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requestFor, tick } from '../world.ts'
import { SchedulingWorld } from './scheduling-world.ts'

let world: SchedulingWorld
beforeEach(async () => {
  world = await SchedulingWorld.start()
})
afterEach(async () => world.close())

describe('a lease', () => {
  it('is announced to end, ends after its grace, and comes back through cleaning', async () => {
    const agents = await world.machines(1)
    const lease = await world.take('a', 1, { duration: '100s', notice: '40s', grace: '30s' })
    expect(lease.endsAtMs).toBe((lease.leaseUntilMs ?? 0) + 30_000)
    await world.wait(58, agents)
    expect(await world.stateOf(lease)).toBe('active')
    await world.wait(4, agents)
    expect(await world.stateOf(lease)).toBe('expiring')
    await world.wait(60, agents)
    expect(await world.stateOf(lease)).toBe('expiring')
    await world.wait(10, agents)
    expect(['releasing', 'released']).toContain(await world.stateOf(lease))
    await world.until(async () => (await world.stateOf(lease)) === 'released')
  })

  it('is renewed while it runs, also when its end was announced, not when it has ended', async () => {
    const agents = await world.machines(1)
    const lease = await world.take('a', 1, { duration: '100s', notice: '40s', grace: '30s' })
    await world.wait(70, agents)
    expect(await world.stateOf(lease)).toBe('expiring')
    const renewed = await world.service.allocations.renew(lease.id, 100, null)
    expect(renewed.state).toBe('active')
    await world.wait(110, agents)
    expect(await world.stateOf(lease)).toBe('expiring')
    await expect(world.service.allocations.renew(lease.id, 100, null)).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('has ended for whoever reads it, before anybody swept', async () => {
    await world.machines(1)
    const lease = await world.take('a', 1, { duration: '100s' })
    const frozen = world.clock.now()
    world.clock.now = () => frozen + 101_000
    await tick()
    expect(['releasing', 'released']).toContain(await world.stateOf(lease))
  })

  it('is taken back by an operator, at once or after a grace', async () => {
    const agents = await world.machines(2)
    const one = await world.take('a', 1)
    const two = await world.take('a', 1)
    const revoke = (id: string, graceSeconds: number) =>
      world.service.allocations.revoke(id, { reason: 'fire drill', graceSeconds }, 'op')
    expect((await revoke(one.id, 0)).state).toBe('releasing')
    const warned = await revoke(two.id, 60)
    expect(warned).toMatchObject({ state: 'expiring', error: 'fire drill' })
    expect(warned.endsAtMs).toBe(world.clock.now() + 60_000)
    await expect(world.service.allocations.renew(two.id, 100, null)).rejects.toMatchObject({
      code: 'conflict',
    })
    await world.wait(62, agents)
    await world.until(async () => (await world.stateOf(two)) === 'revoked')
    expect(await world.stateOf(one)).toBe('revoked')
    await expect(revoke(one.id, 0)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('takes a hold and a place in the queue back, too', async () => {
    await world.machines(1)
    const hold = await world.take('a', 1, {}, { confirm: false })
    const waiting = await world.take('b', 1, { queue: true })
    const revocation = { reason: 'no', graceSeconds: 60 }
    const cancelled = await world.service.allocations.revoke(waiting.id, revocation, 'op')
    expect(cancelled).toMatchObject({ state: 'cancelled', error: 'no' })
    const revoked = await world.service.allocations.revoke(hold.id, revocation, 'op')
    expect(revoked.state).toBe('revoked')
    expect((await world.service.machines.list())[0]?.state).toBe('available')
  })

  it('shrinks to the least its roles asked for, and no further', async () => {
    await world.machines(3)
    const lease = await world.take('a', { min: 1, max: 3 })
    const [first, second, third] = lease.machines.map(({ machineId }) => machineId)
    if (first === undefined || second === undefined || third === undefined) {
      throw new Error('three machines were taken')
    }
    const give = (...machines: readonly string[]) =>
      world.service.allocations.release(lease.id, 'a', { machines })
    expect((await give(first, second)).state).toBe('active')
    await world.until(async () =>
      (await world.service.machines.list()).some(
        ({ id, state }) => id === first && state === 'available',
      ),
    )
    await expect(give(first)).rejects.toMatchObject({ code: 'conflict' })
    expect((await give(third)).state).toBe('releasing')
    const fixed = await world.take('b', 2)
    const machines = fixed.machines.slice(0, 1).map(({ machineId }) => machineId)
    await expect(
      world.service.allocations.release(fixed.id, 'b', { machines }),
    ).rejects.toMatchObject({ code: 'conflict', details: { left: 1, least: 2 } })
  })

  it('ends when its last machine is taken out of it by an operator', async () => {
    const [agent] = await world.machines(1)
    const lease = await world.take('a', 1)
    const machineId = lease.machines[0]?.machineId ?? ''
    const machine = await world.store.machine(machineId)
    if (machine === null || agent === undefined) throw new Error('there is a machine')
    const failed = { ...machine, generation: machine.generation + 1, state: 'error' } as const
    await world.store.commit([
      { kind: 'machine', record: failed, before: machine.generation, evidence: [] },
    ])
    await world.service.machines.recover(machineId, 'op')
    expect(await world.stateOf(lease)).toBe('released')
  })
})

describe('fencing tokens', () => {
  it('are refused when stale wherever a holder acts', async () => {
    await world.machines(1)
    const { allocations, machines } = world.service
    const old = await world.take('a', 1, {}, { confirm: false })
    const machineId = old.machines[0]?.machineId ?? ''
    const stale = old.machines[0]?.fencingToken ?? 0
    await allocations.release(old.id, 'a')
    const hold = await world.take('a', 1, {}, { confirm: false })
    const fencingTokens = { [machineId]: stale }
    const refused = { code: 'conflict', details: { machineId, fencingToken: 3 } }
    await expect(allocations.confirm(hold.id, null, fencingTokens)).rejects.toMatchObject(refused)
    const lease = await allocations.confirm(hold.id, null, { [machineId]: 3 })
    const named = { allocationId: lease.id, machineId, fencingToken: stale }
    await expect(allocations.renew(lease.id, 60, null, fencingTokens)).rejects.toMatchObject(
      refused,
    )
    await expect(
      allocations.release(lease.id, 'a', { tokens: fencingTokens }),
    ).rejects.toMatchObject(refused)
    await expect(allocations.reboot(named)).rejects.toMatchObject(refused)
    await expect(allocations.deploy(named, 'lab')).rejects.toMatchObject(refused)
    await expect(machines.reboot(machineId, 'op', { fencingToken: stale })).rejects.toMatchObject(
      refused,
    )
    expect((await allocations.get(lease.id)).generation).toBe(lease.generation)
  })

  it('let the holder act while they are those of the grant', async () => {
    const [agent] = await world.machines(1)
    const { allocations } = world.service
    const lease = await world.take('a', 1)
    const { machineId = '', fencingToken = 0 } = lease.machines[0] ?? {}
    const named = { allocationId: lease.id, machineId, fencingToken }
    await allocations.reboot(named)
    expect(agent?.has('reboot')).toBe(true)
    const deployed = await allocations.deploy(named, 'lab')
    expect(deployed.machines[0]?.deployment).toMatchObject({ image: { name: 'lab', version: '1' } })
    await world.until(async () => (await world.service.machines.get(machineId)).state === 'active')
    await expect(allocations.deploy(named, 'lab')).rejects.toMatchObject({ code: 'conflict' })
    const other = await allocations.release(lease.id, 'a', {
      tokens: { [machineId]: fencingToken },
    })
    expect(other.state).toBe('releasing')
    await expect(allocations.reboot(named)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('of a machine that is not in the allocation are refused', async () => {
    await world.machines(2)
    const one = await world.take('a', 1)
    const two = await world.take('a', 1)
    const { machineId = '', fencingToken = 0 } = two.machines[0] ?? {}
    await expect(
      world.service.allocations.renew(one.id, 60, null, { [machineId]: fencingToken }),
    ).rejects.toMatchObject({ code: 'conflict' })
    const named = { allocationId: one.id, machineId, fencingToken }
    await expect(world.service.allocations.reboot(named)).rejects.toMatchObject({
      code: 'conflict',
    })
  })
})

describe('a generation', () => {
  it('is compared in the transaction that changes the machine', async () => {
    const [agent] = await world.machines(1)
    const id = agent?.welcome?.machineId ?? ''
    const { machines } = world.service
    const { generation } = await machines.get(id)
    const outcomes = await Promise.allSettled(
      ['one', 'two', 'three'].map((name) => machines.setName(id, name, 'op', { generation })),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2)
    await expect(machines.setName(id, 'x', 'op', { generation })).rejects.toMatchObject({
      code: 'precondition-failed',
      details: { generation: (await machines.get(id)).generation },
    })
  })

  it('is compared in the transaction that releases', async () => {
    await world.machines(1)
    const { id, generation } = await world.take('a', 1)
    const { allocations } = world.service
    await expect(
      allocations.release(id, 'a', { generation: generation + 1 }),
    ).rejects.toMatchObject({ code: 'precondition-failed' })
    expect((await allocations.release(id, 'a', { generation })).state).toBe('releasing')
  })
})

it('the same key gives the same place in the queue', async () => {
  await world.machines(1)
  await world.take('a', 1)
  const request = requestFor(1, { image: undefined, lease: { duration: '1h', queue: true } })
  const caller = { owner: 'b', idempotencyKey: 'k' }
  const first = await world.service.allocations.create({ request }, caller)
  const again = await world.service.allocations.create({ request }, caller)
  expect(again.allocation?.id).toBe(first.allocation?.id)
  expect(await world.service.allocations.queue()).toHaveLength(1)
})
