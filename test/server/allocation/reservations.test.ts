import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CreateReservation } from '../../../protocol/reservations.ts'
import { SchedulingWorld } from './scheduling-world.ts'

let world: SchedulingWorld
beforeEach(async () => {
  world = await SchedulingWorld.start()
})
afterEach(async () => world.close())

const hour = 3_600_000
const caller = { owner: 'op', idempotencyKey: null }
const any = { 'cpu.cores': { gte: 1 } }

function reserve(
  target: CreateReservation['target'],
  fromHours: number,
  untilHours: number,
  tenant = 'vip',
) {
  const now = world.clock.now()
  const window = { fromMs: now + fromHours * hour, untilMs: now + untilHours * hour }
  return world.service.reservations.create({ tenant, target, ...window }, caller)
}

const idsOf = async () => (await world.service.machines.list()).map(({ id }) => id)

describe('a reservation', () => {
  it('keeps its machines from everybody else in its window, and for its tenant', async () => {
    await world.machines(1)
    const [id = ''] = await idsOf()
    const reservation = await reserve({ kind: 'machines', machines: [id] }, 0, 2)
    expect(reservation).toMatchObject({ state: 'open', machines: [id], missing: 0 })
    const refused = await world.ask('b', 1)
    expect(refused.explanation).toMatchObject({
      verdict: 'busy',
      blockers: [{ heldBy: `reservation ${reservation.id} of vip`, untilMs: reservation.untilMs }],
    })
    expect((await world.take('vip', 1)).state).toBe('active')
  })

  it('lets no lease run into it', async () => {
    const agents = await world.machines(1)
    const [id = ''] = await idsOf()
    await reserve({ kind: 'machines', machines: [id] }, 3, 5)
    expect((await world.ask('b', 1, { duration: '3h' })).allocation).toBeNull()
    const lease = await world.take('b', 1, { duration: '1h' })
    await expect(world.service.allocations.renew(lease.id, 3 * 3600, null)).rejects.toMatchObject({
      code: 'conflict',
      details: { machineId: id },
    })
    const renewed = await world.service.allocations.renew(lease.id, 2 * 3600, null)
    expect(renewed.state).toBe('active')
    expect(agents).toHaveLength(1)
  })

  it('of the same tenant stands in nobodys way of that tenant', async () => {
    await world.machines(1)
    const [id = ''] = await idsOf()
    await reserve({ kind: 'machines', machines: [id] }, 3, 5)
    expect((await world.take('vip', 1, { duration: '30d' })).state).toBe('active')
  })

  it('is refused over a lease that runs into it, and over another reservation', async () => {
    await world.machines(1)
    const [id = ''] = await idsOf()
    await world.take('b', 1, { duration: '2h' })
    await expect(reserve({ kind: 'machines', machines: [id] }, 1, 5)).rejects.toMatchObject({
      code: 'conflict',
    })
    await reserve({ kind: 'machines', machines: [id] }, 3, 5)
    await expect(
      reserve({ kind: 'machines', machines: [id] }, 4, 6, 'other'),
    ).rejects.toMatchObject({ code: 'conflict' })
    await reserve({ kind: 'machines', machines: [id] }, 5, 6, 'other')
    await expect(reserve({ kind: 'machines', machines: ['x'] }, 1, 2)).rejects.toMatchObject({
      code: 'not-found',
    })
    await expect(reserve({ kind: 'machines', machines: [id] }, -2, -1)).rejects.toMatchObject({
      code: 'unprocessable',
    })
  })

  it('of so many machines keeps that many, and the rest is free', async () => {
    await world.machines(3)
    const reservation = await reserve({ kind: 'match', count: 2, match: any }, 0, 2)
    expect(reservation.machines).toHaveLength(2)
    expect((await world.ask('b', 2)).allocation).toBeNull()
    const one = await world.take('b', 1)
    expect(reservation.machines).not.toContain(one.machines[0]?.machineId)
    const own = await world.take('vip', 2, {}, { reservationId: reservation.id })
    expect(own.machines.map(({ machineId }) => machineId).toSorted()).toEqual(reservation.machines)
    await expect(reserve({ kind: 'match', count: 2, match: any }, 0, 2, 'z')).rejects.toMatchObject(
      { code: 'conflict', details: { found: 0 } },
    )
  })

  it('replaces a machine that falls out of service', async () => {
    await world.machines(2)
    const reservation = await reserve({ kind: 'match', count: 1, match: any }, 0, 2)
    const [kept = ''] = reservation.machines
    await world.service.machines.setMaintenance(kept, 'fan', 'op')
    await world.pass(20)
    const { machines } = await world.service.reservations.get(reservation.id)
    expect(machines).toEqual((await idsOf()).filter((id) => id !== kept))
  })

  it('ends by time or by word, and its machines are anybodys', async () => {
    const agents = await world.machines(1)
    const [id = ''] = await idsOf()
    const first = await reserve({ kind: 'machines', machines: [id] }, 0, 0.1)
    const waiting = await world.take('b', 1, { queue: true })
    expect(waiting.queue?.estimatedStartAtMs).toBe(first.untilMs)
    await world.wait(400, agents)
    expect(await world.stateOf(waiting)).toBe('active')
    expect((await world.service.reservations.get(first.id)).state).toBe('ended')
    await world.service.allocations.release(waiting.id, 'b')
    await world.until(async () => (await world.stateOf(waiting)) === 'released')
    const second = await reserve({ kind: 'machines', machines: [id] }, 0, 5)
    const next = await world.take('b', 1, { queue: true })
    expect(next.state).toBe('queued')
    await expect(
      world.service.reservations.cancel(second.id, 'op', second.generation + 1),
    ).rejects.toMatchObject({ code: 'precondition-failed' })
    const cancelled = await world.service.reservations.cancel(second.id, 'op', second.generation)
    expect(cancelled.state).toBe('cancelled')
    await world.until(async () => (await world.stateOf(next)) === 'active')
  })

  it('is made once for one Idempotency-Key', async () => {
    await world.machines(2)
    const now = world.clock.now()
    const input: CreateReservation = {
      tenant: 'vip',
      target: { kind: 'match', count: 1, match: any },
      fromMs: now,
      untilMs: now + hour,
    }
    const keyed = { owner: 'op', idempotencyKey: 'k' }
    const { reservations } = world.service
    const [one, two] = await Promise.all([
      reservations.create(input, keyed),
      reservations.create(input, keyed),
    ])
    expect(two.id).toBe(one.id)
    expect(await reservations.list()).toHaveLength(1)
    await expect(reservations.create({ ...input, tenant: 'other' }, keyed)).rejects.toMatchObject({
      code: 'unprocessable',
    })
  })

  it('of somebody else is not to be asked for', async () => {
    await world.machines(1)
    const reservation = await reserve({ kind: 'match', count: 1, match: any }, 0, 2)
    await expect(world.ask('b', 1, {}, { reservationId: reservation.id })).rejects.toMatchObject({
      code: 'not-found',
    })
  })
})
