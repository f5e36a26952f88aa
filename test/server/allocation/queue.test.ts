import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { requestFor } from '../world.ts'
import { SchedulingWorld } from './scheduling-world.ts'

let world: SchedulingWorld
beforeEach(async () => {
  world = await SchedulingWorld.start()
})
afterEach(async () => world.close())

const queue = { queue: true }
const hour = 3_600_000

describe('the queue', () => {
  it('takes a request that must wait, says its place and when it may start', async () => {
    await world.machines(1)
    const first = await world.take('a', 1)
    const waiting = await world.take('b', 1, queue)
    expect(waiting).toMatchObject({ state: 'queued', machines: [], leaseUntilMs: null })
    const start = (first.endsAtMs ?? 0) + 600_000
    expect(waiting.queue).toMatchObject({
      position: 1,
      of: 1,
      waitsFor: 'machines',
      estimatedStartAtMs: start,
    })
    const third = await world.take('b', 1, queue)
    expect(third.queue).toMatchObject({ position: 2, of: 2 })
    expect(third.queue?.estimatedStartAtMs).toBeGreaterThanOrEqual(start + hour)
    expect((await world.service.allocations.queue()).map((one) => one.allocationId)).toEqual([
      waiting.id,
      third.id,
    ])
  })

  it('refuses without queue, and a request that no wait helps', async () => {
    await world.machines(1)
    await world.take('a', 1)
    expect((await world.ask('b', 1)).explanation.verdict).toBe('busy')
    const hopeless = await world.ask('b', 9, queue)
    expect(hopeless).toMatchObject({ allocation: null, explanation: { verdict: 'impossible' } })
  })

  it('starts who waits as soon as a machine is back', async () => {
    await world.machines(1)
    const first = await world.take('a', 1)
    const waiting = await world.take('b', 1, queue)
    await world.service.allocations.release(first.id, 'a')
    await world.until(async () => (await world.stateOf(waiting)) === 'active')
    const served = await world.service.allocations.get(waiting.id)
    expect(served.machines).toHaveLength(1)
    expect(served).toMatchObject({ queue: null, waitUntilMs: null })
    expect(served.machines[0]?.fencingToken).toBe(3)
  })

  it('holds for who wants to confirm, and serves the next when the hold lapses', async () => {
    await world.machines(1)
    const first = await world.take('a', 1)
    const waiting = await world.take('b', 1, { ...queue, hold: '30s' }, { confirm: false })
    const next = await world.take('c', 1, queue)
    await world.service.allocations.release(first.id, 'a')
    await world.until(async () => (await world.stateOf(waiting)) === 'reserved')
    expect(await world.stateOf(next)).toBe('queued')
    await world.wait(32)
    expect(await world.stateOf(waiting)).toBe('expired')
    await world.until(async () => (await world.stateOf(next)) === 'active')
  })

  it('gives a place up by release, and expires who waited as long as it would', async () => {
    await world.machines(1)
    await world.take('a', 1)
    const patient = await world.take('b', 1, { ...queue, wait: '20s' })
    const leaves = await world.take('b', 1, queue)
    expect((await world.service.allocations.release(leaves.id, 'b')).state).toBe('cancelled')
    await world.wait(22)
    expect(await world.service.allocations.get(patient.id)).toMatchObject({
      state: 'expired',
      error: 'no machines came free while it waited',
    })
  })

  it('keeps machines together for a gang, and lets only those pass that are back in time', async () => {
    const agents = await world.machines(3)
    const long = await world.take('a', 1, { duration: '2h' })
    const gang = await world.take('b', 3, queue)
    const start = (long.endsAtMs ?? 0) + 600_000
    expect(gang.queue?.estimatedStartAtMs).toBe(start)
    // An hour and its way back end before the gang starts, three hours do not.
    const late = await world.ask('c', 1, { duration: '3h' })
    expect(late.allocation).toBeNull()
    expect(late.explanation.blockers.map(({ heldBy }) => heldBy)).toContain(
      `the queue, for request ${gang.id}`,
    )
    const lateButPatient = await world.take('c', 1, { duration: '3h', queue: true })
    expect(lateButPatient.queue).toMatchObject({ position: 2, waitsFor: 'turn' })
    const early = await world.take('c', 1, { duration: '1h' })
    expect(early.state).toBe('active')
    const now = await world.service.allocations.get(gang.id)
    expect(now.queue?.estimatedStartAtMs).toBe(start)
    await world.service.allocations.release(long.id, 'a')
    await world.service.allocations.release(early.id, 'c')
    await world.until(async () => (await world.stateOf(gang)) === 'active')
    expect(await world.stateOf(lateButPatient)).toBe('queued')
    expect(agents).toHaveLength(3)
  })

  it('serves the higher priority first, which only a tenant that may can ask for', async () => {
    await world.machines(1)
    await expect(world.ask('b', 1, { priority: 5 })).rejects.toMatchObject({ code: 'forbidden' })
    await world.service.tenants.set('vip', { priorityMaximum: 5 }, 'test', null)
    await world.take('a', 1)
    const plain = await world.take('b', 1, queue)
    const vip = await world.take('vip', 1, { ...queue, priority: 5 })
    expect(vip.queue?.position).toBe(1)
    expect((await world.service.allocations.get(plain.id)).queue?.position).toBe(2)
  })

  it('puts the tenant first that used less lately, by weight', async () => {
    const agents = await world.machines(2)
    const heavy = await world.take('heavy', 2)
    await world.wait(600, agents)
    const again = await world.take('heavy', 1, queue)
    const light = await world.take('light', 1, queue)
    expect((await world.service.allocations.queue()).map(({ tenant }) => tenant)).toEqual([
      'light',
      'heavy',
    ])
    expect(light.queue?.rank).toBeGreaterThan(
      (await world.service.allocations.get(again.id)).queue?.rank ?? 0,
    )
    expect(heavy.machines).toHaveLength(2)
  })

  it('fails who waited for an image that is gone by then', async () => {
    await world.machines(1)
    const first = await world.take('a', 1)
    const request = requestFor(1, { lease: { duration: '1h', queue: true } })
    const { allocation } = await world.service.allocations.create(
      { request },
      { owner: 'b', idempotencyKey: null },
    )
    world.images.delete('lab')
    await world.service.allocations.release(first.id, 'a')
    const id = allocation?.id ?? ''
    await world.until(async () => (await world.stateOf({ id })) === 'failed')
    expect((await world.service.allocations.get(id)).error).toContain("no image is named 'lab@1'")
  })

  it('is the longer for those behind the first 256, who wait as well', async () => {
    await world.machines(2)
    await world.take('a', 2, { duration: '10h' })
    const { id } = await world.take('b', 1, queue)
    const record = await world.store.allocation(id)
    if (record === null) throw new Error('it was just made')
    for (let n = 1; n < 257; n++) {
      const copy = { ...record, id: `${id}-${n}` }
      const pending = { ...copy, generation: 1, state: 'pending' } as const
      const queued = { ...copy, generation: 2, state: 'queued' } as const
      await world.store.commit([
        { kind: 'allocation', record: pending, before: null },
        { kind: 'allocation', record: queued, before: 1 },
      ])
    }
    const [entry] = (await world.service.allocations.queue()).slice(-1)
    expect(entry).toMatchObject({ position: 257, estimatedStartAtMs: null })
    const last = await world.take('b', 1, queue)
    expect(last.state).toBe('queued')
  })

  it('serves nobody before its turn though the machine came free first', async () => {
    await world.machines(2)
    const one = await world.take('a', 1)
    const two = await world.take('a', 1)
    const gang = await world.take('b', 2, queue)
    await world.service.allocations.release(one.id, 'a')
    await world.until(async () =>
      (await world.service.machines.list()).some(({ state }) => state === 'available'),
    )
    expect((await world.ask('c', 1, { duration: '30d' })).allocation).toBeNull()
    await world.service.allocations.release(two.id, 'a')
    await world.until(async () => (await world.stateOf(gang)) === 'active')
  })
})
