import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openApiRig } from '../api/api-rig.ts'
import type { ApiRig } from '../api/api-rig.ts'

let rig: ApiRig
beforeEach(async () => {
  rig = await openApiRig()
  const racks = ['r1', 'r1', 'r1', 'r2', 'r2', 'r2', 'r2']
  for (const [at, rack] of racks.entries()) {
    const agent = await rig.world.available(at + 1)
    const { id } = (await rig.world.machineOf(agent)) ?? { id: '' }
    await rig.world.service.machines.setLabels(id, { rack }, 'olga')
  }
})
afterEach(() => rig.close())

const take = (count: number) => ({
  roles: [{ name: 'node', count, match: {} }],
  constraints: [{ kind: 'same', level: 'rack' }],
  lease: { duration: '1h' },
})

describe('capacity', () => {
  test('has the largest gang by level and who blocks the next', async () => {
    const { operator, scheduler, viewer } = rig.clients
    expect(await viewer.capacity()).toEqual([])
    await operator.profiles.put('any', {})
    const free = await viewer.capacity({ profile: 'any' })
    expect(free).toMatchObject([
      { profile: 'any@1', level: null, largest: { machines: 7 }, size: 8, gangs: 0, next: null },
      { level: 'rack', largest: { domain: 'r2', machines: 4 }, size: 5, next: null, cost: null },
    ])
    const { allocation } = await scheduler.allocations.create({ request: take(4) })
    const [, rack] = await viewer.capacity({ profile: 'any', count: 4 })
    expect(rack).toMatchObject({
      largest: { domain: 'r1', machines: 3 },
      largestIfFree: { domain: 'r2', machines: 4 },
      gangs: 0,
      next: { domain: 'r2', missing: 4 },
    })
    expect(rack?.next?.blockers).toHaveLength(4)
    expect(rack?.next?.blockers[0]?.heldBy).toBe(`allocation ${allocation?.id}`)
    await expect(viewer.capacity({ profile: 'anyy' })).rejects.toThrow("did you mean 'any'")
  })

  test('has the price of a gang in gangs that profiles name', async () => {
    const { operator, viewer } = rig.clients
    await operator.profiles.put('any', { gangs: [{ count: 4, level: 'rack' }] })
    expect((await viewer.capacity())[0]).toMatchObject({
      size: 4,
      isNamed: true,
      gangs: 1,
      cost: [{ gang: '4 any in one rack', gangs: 1 }],
    })
    await operator.profiles.put('any', { gangs: [{ count: 3, level: 'rack' }] })
    expect((await viewer.capacity())[0]).toMatchObject({ size: 3, gangs: 2 })
  })

  test('is spared by placements: they go where they cost the fewest named gangs', async () => {
    const { operator, scheduler, viewer } = rig.clients
    const rackOf = async (count: number) => {
      const { explanation } = await viewer.allocations.match(take(count))
      return explanation.constraints[0]?.best?.domain
    }
    // Least is left over in the small rack, as long as nobody needs it whole.
    expect(await rackOf(1)).toBe('r1')
    await operator.profiles.put('any', { gangs: [{ count: 3, level: 'rack' }] })
    expect(await rackOf(1)).toBe('r2')
    const { allocation } = await scheduler.allocations.create({ request: take(1) })
    expect(allocation?.state).toBe('active')
    expect((await viewer.capacity())[0]).toMatchObject({ gangs: 2 })
  })
})

test('capacity counts leaves by rail where links are known', async () => {
  const { operator, viewer } = rig.clients
  await operator.profiles.put('any', { gangs: [{ count: 2, level: 'leaf', perRail: true }] })
  const [named] = await viewer.capacity({ profile: 'any@1' })
  // Nobody has seen a link of these machines: none is known to be beside another.
  expect(named).toMatchObject({ perRail: true, largest: null, gangs: 0, next: null, cost: null })
})
