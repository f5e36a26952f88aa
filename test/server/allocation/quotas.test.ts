import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SchedulingWorld } from './scheduling-world.ts'

let world: SchedulingWorld
beforeEach(async () => {
  world = await SchedulingWorld.start()
})
afterEach(async () => world.close())

describe('a quota', () => {
  it('limits the machines a tenant has at a time, and nobody else', async () => {
    await world.machines(3)
    const { tenants } = world.service
    await tenants.set('a', { machines: 1 }, 'op', null)
    const lease = await world.take('a', 1)
    await expect(world.ask('a', 1)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('2 machines, its quota is 1'),
    })
    await expect(world.ask('a', 2, { queue: true })).rejects.toMatchObject({ code: 'conflict' })
    expect((await world.take('b', 1)).state).toBe('active')
    expect(await tenants.get('a')).toMatchObject({ held: { machines: 1 }, machines: 1 })
    await world.service.allocations.release(lease.id, 'a')
    expect((await world.take('a', 1)).state).toBe('active')
  })

  it('lets a request wait that asks to, without holding others up', async () => {
    await world.machines(2)
    await world.service.tenants.set('a', { machines: 1 }, 'op', null)
    const lease = await world.take('a', 1)
    const waiting = await world.take('a', 1, { queue: true })
    expect(waiting).toMatchObject({ state: 'queued', queue: { waitsFor: 'quota' } })
    const other = await world.take('b', 1)
    expect(other.state).toBe('active')
    await world.service.allocations.release(other.id, 'b')
    await world.service.allocations.release(lease.id, 'a')
    await world.until(async () => (await world.stateOf(waiting)) === 'active')
  })

  it('gives a role that may be smaller as many as fit in', async () => {
    await world.machines(3)
    await world.service.tenants.set('a', { machines: 2 }, 'op', null)
    expect((await world.take('a', { min: 1, max: 3 })).machines).toHaveLength(2)
  })

  it('limits sums of attributes, and gives no machine that cannot be counted', async () => {
    await world.machines(2)
    const { tenants } = world.service
    await tenants.set('a', { attributes: { 'cpu.cores': 5, 'memory.size': '1TiB' } }, 'op', null)
    const lease = await world.take('a', 1)
    await expect(world.ask('a', 1)).rejects.toMatchObject({
      message: expect.stringContaining('8 of cpu.cores, its quota is 5'),
    })
    expect((await tenants.get('a')).held.attributes).toMatchObject({ 'cpu.cores': '4' })
    await world.service.allocations.release(lease.id, 'a')
    await world.until(async () => (await world.stateOf(lease)) === 'released')
    await tenants.set('a', { attributes: { 'bench.memory.triad': '1TB/s' } }, 'op', null)
    expect((await world.ask('a', 1)).explanation.verdict).toBe('unschedulable')
  })

  it('is set as a whole, at the generation that was read', async () => {
    const { tenants } = world.service
    const first = await tenants.set('a', { machines: 3, weight: 2 }, 'op', 0)
    expect(first).toMatchObject({ generation: 1, machines: 3, weight: 2, priorityMaximum: 0 })
    await expect(tenants.set('a', {}, 'op', 0)).rejects.toMatchObject({
      code: 'precondition-failed',
      details: { generation: 1 },
    })
    expect(await tenants.set('a', { machines: 4 }, 'op', 1)).toMatchObject({
      weight: 1,
      machines: 4,
    })
    expect(await tenants.get('nobody')).toMatchObject({ generation: 0, machines: null })
  })

  it('is refused over what has no sum', async () => {
    const { tenants } = world.service
    const set = (attributes: Readonly<Record<string, number | string>>) =>
      tenants.set('a', { attributes }, 'op', null)
    await expect(set({ 'cpu.coers': 1 })).rejects.toMatchObject({
      message: expect.stringContaining("did you mean 'cpu.cores'"),
    })
    await expect(set({ 'cpu.model': 1 })).rejects.toMatchObject({ code: 'unprocessable' })
    await expect(set({ 'memory.size': 'much' })).rejects.toMatchObject({ code: 'unprocessable' })
  })

  it('takes nothing away when it is lowered', async () => {
    await world.machines(3)
    const lease = await world.take('a', 2)
    await world.service.tenants.set('a', { machines: 0 }, 'op', null)
    expect(await world.stateOf(lease)).toBe('active')
    await expect(world.ask('a', 1)).rejects.toMatchObject({ code: 'conflict' })
  })
})
