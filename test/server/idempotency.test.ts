import { afterEach, beforeEach, expect, it } from 'vitest'
import { requestFor, testImage, World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await World.start()
  await world.available(1)
  await world.available(2)
})
afterEach(async () => world.close())

const keyed = { owner: 'tester', idempotencyKey: 'key-1' }
const roles = [{ name: 'node', count: 1, profile: 'four' }]
const four = { name: 'four', match: { 'cpu.cores': { gte: 4 } } }

const create = (request: unknown, caller = keyed, terms = {}) =>
  world.service.allocations.create({ request, ...terms }, caller)

it('a call again gets its answer though the profile it names was changed or removed', async () => {
  const { profiles } = world.service
  await profiles.put('four', four, 'olga', null)
  const request = { roles, lease: { duration: '1h' } }
  const first = await create(request)
  expect(first.allocation?.state).toBe('active')
  await profiles.put('four', { ...four, match: { 'cpu.cores': { gte: 400 } } }, 'olga', null)
  const again = await create(request)
  expect(again.allocation?.id).toBe(first.allocation?.id)
  expect(again.explanation.summary).toBe(first.explanation.summary)
  await profiles.remove('four', 'olga', null)
  expect((await create(request)).allocation?.id).toBe(first.allocation?.id)
  // Whoever did not ask before is told, and so is who asks for something else under the same key.
  await expect(create(request, { ...keyed, idempotencyKey: 'key-2' })).rejects.toThrow(
    "there is no profile 'four'",
  )
  await expect(create(request, { ...keyed, owner: 'other' })).rejects.toThrow("profile 'four'")
  await expect(create(request, keyed, { confirm: false })).rejects.toThrow('another request')
  await expect(create(request, keyed, { dryRun: true })).rejects.toThrow("profile 'four'")
})

it('a call again gets its answer though its image is gone', async () => {
  const request = requestFor(1)
  const first = await create(request)
  world.images.delete(testImage.name)
  expect((await create(request)).allocation?.id).toBe(first.allocation?.id)
  await expect(create(request, { ...keyed, idempotencyKey: 'key-2' })).rejects.toThrow(
    'no image is named',
  )
})

it('a call again is the same however it is written, and as it stands now', async () => {
  const request = requestFor(1, { image: undefined })
  const first = await create(request)
  await world.service.allocations.release(first.allocation?.id ?? '', 'tester')
  const again = await create(JSON.stringify(request))
  expect(again.allocation?.id).toBe(first.allocation?.id)
  expect(['releasing', 'released']).toContain(again.allocation?.state)
})
