import { expect, it } from 'vitest'
import { raceForTheLastMachine } from './race.ts'
import { SchedulingWorld } from './scheduling-world.ts'

it('two clients race for the last machine and never both win', async () => {
  expect(await raceForTheLastMachine(200)).toEqual({ one: 200, two: 0, none: 0, isFenced: true })
})

/** Two servers on one store, and two machines free. */
async function twoServers() {
  const world = await SchedulingWorld.start()
  await world.machines(2)
  const rival = world.rival()
  const ids = (await world.service.machines.list()).map(({ id }) => id)
  const ask = (service: typeof rival, tenant: string, include: readonly string[] = ids) => {
    const roles = [{ name: 'n', count: 1, match: {}, machines: { include } }]
    const caller = { owner: tenant, tenant, idempotencyKey: null }
    return service.allocations.create({ request: { roles, lease: { duration: '1h' } } }, caller)
  }
  return { world, rival, ask, ids }
}

it('two servers that serve one tenant at the same moment keep to its quota', async () => {
  const { world, rival, ask, ids } = await twoServers()
  await world.service.tenants.set('a', { machines: 1 }, 'op', null)
  const outcomes = await Promise.allSettled([
    ask(world.service, 'a', ids.slice(0, 1)),
    ask(rival, 'a', ids.slice(1)),
  ])
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect((await world.service.tenants.get('a')).held.machines).toBe(1)
  await rival.close()
  await world.close()
})

it('a reservation and a lease made by two servers at the same moment do not collide', async () => {
  const { world, rival, ask, ids } = await twoServers()
  const [id = ''] = ids
  const fromMs = world.clock.now() + 60_000
  const outcomes = await Promise.allSettled([
    rival.reservations.create(
      {
        tenant: 'vip',
        target: { kind: 'machines', machines: [id] },
        fromMs,
        untilMs: fromMs + 3_600_000,
      },
      { owner: 'op', idempotencyKey: null },
    ),
    ask(world.service, 'a'),
    ask(world.service, 'a'),
  ])
  const isReserved = outcomes[0]?.status === 'fulfilled'
  const leases = (await world.service.allocations.list()).flatMap(({ machines }) => machines)
  expect(leases.some(({ machineId }) => machineId === id)).toBe(!isReserved)
  await rival.close()
  await world.close()
})
