import { afterEach, beforeEach, expect, test } from 'vitest'
import { SchedulingWorld } from '../allocation/scheduling-world.ts'

let world: SchedulingWorld
beforeEach(async () => {
  world = await SchedulingWorld.start()
})
afterEach(() => world.close())

test('a reservation that nobody reads any more holds the queue up for nobody', async () => {
  await world.machines(1)
  const nowMs = world.clock.now()
  const record = {
    id: 'of-another-release',
    generation: 1,
    tenant: 'a',
    target: { kind: 'match' as const, count: 1, match: { 'no.such': 1 } },
    machineIds: [],
    fromMs: nowMs,
    untilMs: nowMs + 3_600_000,
    note: null,
    createdBy: 'op',
    createdAtMs: nowMs,
    cancelledAtMs: null,
  }
  await world.store.commit([{ kind: 'reservation', before: null, record }])
  const lease = await world.take('a', 1)
  const waiting = await world.take('b', 1, { queue: true })
  expect(waiting.state).toBe('queued')
  await world.service.allocations.release(lease.id, 'a')
  await world.until(async () => (await world.stateOf(waiting)) === 'active')
  expect((await world.service.reservations.get('of-another-release')).missing).toBe(1)
})
