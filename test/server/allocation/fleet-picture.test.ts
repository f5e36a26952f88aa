import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { membersInUse } from '../../../server/allocation/allocation-record.ts'
import { FleetPicture } from '../../../server/allocation/fleet-picture.ts'
import { bookingsByMachine, standingAt, standingOf } from '../../../server/allocation/outlook.ts'
import { Turns } from '../../../server/turns.ts'
import { MachineViews } from '../../../server/machines/views.ts'
import { quotaOf, withMachine } from '../../../server/quotas/quota.ts'
import type { Store } from '../../../server/store/store.ts'
import { ManualClock } from '../manual-clock.ts'
import { Dice, HistoryWorld } from './histories/history-world.ts'
import { History } from './histories/run-history.ts'
import { SchedulingWorld } from './scheduling-world.ts'

const pictureOf = (store: Store, views = new MachineViews(store)) =>
  new FleetPicture(store, views, new Turns(new ManualClock()))

/** What a picture must say, read from the records themselves. */
async function expected(store: Store, views: MachineViews, nowMs: number) {
  const open = new Map((await store.openAllocations()).map((one) => [one.id, one]))
  const bookings = bookingsByMachine(await store.reservations(nowMs))
  const machines = new Map(
    await Promise.all(
      (await store.machines()).map(async (machine) => {
        const holder = open.get(machine.allocationId ?? '') ?? null
        const standing = standingOf(machine, holder, bookings.get(machine.id) ?? [])
        const attributes = await views.attributes(machine)
        return [machine.id, standingAt({ ...standing, attributes }, nowMs)] as const
      }),
    ),
  )
  const quotas = (await store.tenants()).map((tenant) => {
    const held = [...open.values()].filter((one) => one.tenant === tenant.id).flatMap(membersInUse)
    const quota = held.reduce(
      (sum, { machineId }) => withMachine(sum, machines.get(machineId)?.attributes ?? new Map()),
      quotaOf(tenant),
    )
    return [tenant.id, quota] as const
  })
  const queued = [...open.values()].filter(({ state }) => state === 'queued')
  return { machines, quotas: new Map(quotas), queued: new Set(queued.map(({ id }) => id)) }
}

async function told(picture: FleetPicture, nowMs: number) {
  await picture.update(nowMs)
  // As an engine that knows nothing is told.
  picture.tellAnew()
  const { machines } = picture.tell(Infinity).delta
  const outlooks = machines.map(({ standing, attributes }) => ({
    ...standingAt(standing, nowMs),
    attributes: attributes ?? new Map(),
  }))
  return {
    machines: new Map(outlooks.map((machine) => [machine.id, machine])),
    quotas: picture.quotas(picture.tenants.keys()),
    queued: new Set(picture.queued().map(({ id }) => id)),
  }
}

describe('a picture of the fleet', () => {
  let world: SchedulingWorld
  beforeEach(async () => {
    world = await SchedulingWorld.start()
  })
  afterEach(() => world.close())

  it('is what the records say after every step of a history, whoever wrote them', async () => {
    const lived = await HistoryWorld.start(4)
    const history = new History(lived, new Dice(11))
    const views = new MachineViews(lived.base)
    const picture = pictureOf(lived.base, views)
    try {
      for (let step = 0; step < 80; step += 1) {
        await history.step()
        if (step % 3 === 0) continue
        const { nowMs, base } = lived
        expect(await told(picture, nowMs)).toEqual(await expected(base, views, nowMs))
      }
      expect(history.problems).toEqual([])
    } finally {
      await lived.close()
    }
  })

  it('knows a machine by its labels as soon as they are set', async () => {
    await world.machines(1)
    const picture = pictureOf(world.store)
    const [before] = (await told(picture, 1)).machines.values()
    await world.service.machines.setLabels(before?.id ?? '', { rack: 'r9' }, 'olga')
    const [after] = (await told(picture, 1)).machines.values()
    expect([before, after].map((one) => one?.attributes.get('label.rack'))).toEqual([
      undefined,
      'r9',
    ])
  })

  it('drops a window when its time is over, though nothing was written', async () => {
    await world.machines(1)
    const picture = pictureOf(world.store)
    const [machine] = await world.service.machines.list()
    const nowMs = world.clock.now()
    await world.service.reservations.create(
      {
        tenant: 'a',
        target: { kind: 'machines', machines: [machine?.id ?? ''] },
        fromMs: nowMs,
        untilMs: nowMs + 1000,
      },
      { owner: 'test', idempotencyKey: null },
    )
    const bookingsAt = async (atMs: number) =>
      [...(await told(picture, atMs)).machines.values()].map(({ bookings }) => bookings.length)
    expect(await bookingsAt(nowMs)).toEqual([1])
    expect(await bookingsAt(nowMs + 999)).toEqual([1])
    expect(await bookingsAt(nowMs + 1000)).toEqual([0])
  })

  it('tells an engine what changed, once, and a new engine everything', async () => {
    await world.machines(3)
    const picture = pictureOf(world.store)
    await picture.update(1)
    const all = picture.tell(2)
    expect([all.delta.machines.length, all.isLast]).toEqual([2, false])
    expect(picture.tell(2)).toMatchObject({ delta: { machines: [{}] }, isLast: true })
    expect(picture.tell(2)).toMatchObject({ delta: { machines: [], profiles: null }, isLast: true })
    const [machine] = await world.service.machines.list()
    await world.service.machines.setMaintenance(machine?.id ?? '', 'a fan', 'olga')
    await picture.update(1)
    expect(picture.tell(9).delta.machines).toMatchObject([
      { standing: { id: machine?.id, obstacle: 'maintenance' }, attributes: null },
    ])
    // What concerns nobody who asks for machines is not told.
    await world.service.machines.setName(machine?.id ?? '', 'first', 'olga')
    await picture.update(1)
    expect(picture.tell(9).delta.machines).toEqual([])
    picture.tellAnew()
    expect(picture.tell(9).delta.machines).toHaveLength(3)
  })

  it('refuses what was planned before a machine was inspected again', async () => {
    await world.machines(1)
    const picture = pictureOf(world.store)
    await picture.update(1)
    const { seq } = picture
    const [before] = await world.store.machines()
    await world.service.machines.setLabels(before?.id ?? '', { rack: 'r9' }, 'olga')
    const [after] = await world.store.machines()
    if (before === undefined || after === undefined) throw new Error('there is a machine')
    expect(picture.isAsKnown(before, seq)).toBe(true)
    expect(picture.isAsKnown(after, seq)).toBe(false)
    await picture.update(1)
    expect(picture.isAsKnown(after, seq)).toBe(false)
    expect(picture.isAsKnown(after, picture.seq)).toBe(true)
  })
})
