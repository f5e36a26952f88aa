import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openApiRig } from '../api/api-rig.ts'
import type { ApiRig } from '../api/api-rig.ts'

let rig: ApiRig
beforeEach(async () => {
  rig = await openApiRig()
})
afterEach(() => rig.close())

const cores = (gte: number) => ({ match: { 'cpu.cores': { gte } } })
const request = (profile: string) => ({
  roles: [{ name: 'node', count: 1, profile }],
  lease: { duration: '1h' },
})

describe('profiles', () => {
  test('are versioned: what is put is the next, what is equal changes nothing', async () => {
    const { profiles } = rig.clients.operator
    expect(await profiles.put('node', cores(1))).toMatchObject({ version: '1', generation: 1 })
    expect(await profiles.put('node', cores(1))).toMatchObject({ version: '1', generation: 1 })
    expect(await profiles.put('node', cores(2))).toMatchObject({
      version: '2',
      generation: 2,
      versions: ['1', '2'],
      putBy: 'operator',
    })
    expect((await profiles.get('node', '1')).profile).toEqual({
      name: 'node',
      version: '1',
      ...cores(1),
    })
    await expect(profiles.get('node', '3')).rejects.toMatchObject({ code: 'not-found' })
    expect(await rig.clients.viewer.profiles.list()).toMatchObject([{ name: 'node', version: '2' }])
  })

  test('keep versions that their writer names, and never change one', async () => {
    const { profiles } = rig.clients.operator
    const named = { version: '2026-11', ...cores(1) }
    expect(await profiles.put('node', named)).toMatchObject({ version: '2026-11' })
    expect(await profiles.put('node', named)).toMatchObject({ generation: 1 })
    await expect(profiles.put('node', { ...named, ...cores(2) })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await profiles.put('node', cores(3))).toMatchObject({ version: '1' })
    await expect(profiles.put('node', named)).rejects.toMatchObject({ code: 'conflict' })
  })

  test('are changed only at the generation that the caller has seen', async () => {
    const { profiles } = rig.clients.operator
    await profiles.put('node', cores(1), 0)
    await expect(profiles.put('node', cores(2), 0)).rejects.toMatchObject({
      code: 'precondition-failed',
      details: { generation: 1 },
    })
    await expect(profiles.remove('node', 0)).rejects.toMatchObject({ code: 'precondition-failed' })
    await profiles.remove('node', 1)
    expect(await profiles.list()).toEqual([])
    await expect(profiles.get('node')).rejects.toMatchObject({ code: 'not-found' })
    expect(await profiles.put('node', cores(1))).toMatchObject({ version: '2', generation: 3 })
  })

  test('of many writers at once each get a version of their own', async () => {
    const { profiles } = rig.clients.operator
    const put = await Promise.all(
      Array.from({ length: 8 }, (_, at) => profiles.put('node', cores(at + 1))),
    )
    expect(new Set(put.map(({ version }) => version)).size).toBe(8)
    expect((await profiles.get('node')).versions).toHaveLength(8)
  })

  test.each([
    ['an attribute nobody knows', { match: { 'cpu.coers': 1 } }, "did you mean 'cpu.cores'"],
    ['a field nobody knows', { mach: {} }, 'mach'],
    ['a name that is another', { name: 'other', ...cores(1) }, "names itself 'other'"],
    ['one that is not there', { extends: ['nodee'] }, "did you mean 'node'"],
    ['a version that is not there', { extends: ['node@9'] }, "no version '9'"],
    ['itself', { extends: ['new'] }, 'extends itself'],
    [
      'a contradiction of what it extends',
      { extends: ['node'], match: { 'cpu.cores': { lt: 1 } } },
      'cpu.cores',
    ],
    ['rails of no level', { gangs: [{ count: 2, perRail: true }] }, 'wants a level'],
  ])('with %s are refused', async (_, profile, message) => {
    const { profiles } = rig.clients.operator
    await profiles.put('node', cores(4))
    const response = await rig.request('/v1/profiles/new', {
      method: 'PUT',
      body: JSON.stringify(profile),
      headers: { authorization: `Bearer ${rig.secrets.operator}` },
    })
    expect(response.status).toBe(422)
    expect(JSON.stringify(await response.json())).toContain(message)
    expect(await profiles.list()).toHaveLength(1)
  })

  test('may not come to extend themselves, nor break those that extend them', async () => {
    const { profiles } = rig.clients.operator
    await profiles.put('base', cores(4))
    await profiles.put('heir', { extends: ['base'], match: { 'cpu.cores': { lte: 8 } } })
    await expect(profiles.put('base', { extends: ['heir'] })).rejects.toThrow('extends itself')
    await expect(profiles.put('base', cores(16))).rejects.toThrow("profile 'heir' that extends it")
    await expect(profiles.remove('base')).rejects.toMatchObject({ code: 'conflict' })
    await profiles.put('heir', { extends: ['base@1'], match: { 'cpu.cores': { lte: 8 } } })
    expect(await profiles.put('base', cores(16))).toMatchObject({ version: '2' })
  })
})

describe('a request that names a profile', () => {
  beforeEach(async () => {
    await rig.world.available(1)
    const { profiles } = rig.clients.operator
    await profiles.put('base', cores(1))
    await profiles.put('node', { extends: ['base'], match: { 'memory.size': { gte: '1Ki' } } })
  })

  test('is resolved, and what was granted stays what it was', async () => {
    const { scheduler, operator } = rig.clients
    const { allocation } = await scheduler.allocations.create({ request: request('node') }, 'key')
    expect(allocation?.state).toBe('active')
    const shown = JSON.stringify(allocation?.request)
    expect(shown).toContain('cpu.cores')
    expect(shown).toContain('memory.size')
    await operator.profiles.put('base', { match: { 'cpu.cores': { gte: 100_000 } } })
    const again = await scheduler.allocations.get(allocation?.id ?? '')
    expect(JSON.stringify(again.request)).toBe(shown)
    const repeated = await scheduler.allocations.create({ request: request('node') }, 'key')
    expect(repeated.allocation?.id).toBe(allocation?.id)
    await expect(scheduler.allocations.create({ request: request('base') }, 'key')).rejects.toThrow(
      "Idempotency-Key 'key' was used",
    )
  })

  test('is explained by its newest version or the one it names', async () => {
    const { viewer, operator } = rig.clients
    await operator.profiles.put('base', { match: { 'cpu.cores': { gte: 100_000 } } })
    const verdictOf = async (asked: unknown) =>
      (await viewer.allocations.match(asked)).explanation.verdict
    expect(await verdictOf(request('base@1'))).toBe('matched')
    expect(await verdictOf(request('base'))).toBe('impossible')
    expect(await verdictOf(JSON.stringify(request('base')))).toBe('impossible')
    const imported = await viewer.inventory.match(request('base@1'))
    expect(imported.explanation.verdict).toBe('matched')
  })

  test('is refused with the nearest name where there is none', async () => {
    const asked = rig.clients.scheduler.allocations.create({ request: request('nod') })
    await expect(asked).rejects.toThrow("did you mean 'node'")
  })

  test('is kept by a reservation as it was understood', async () => {
    const { operator } = rig.clients
    const at = rig.world.clock.now()
    const window = { tenant: 'ci', fromMs: at, untilMs: at + 3_600_000 }
    const kept = await operator.reservations.create({
      ...window,
      target: { kind: 'match', count: 1, profile: 'node' },
    })
    expect(kept).toMatchObject({ missing: 0, target: { kind: 'match', count: 1 } })
    expect(JSON.stringify(kept.target)).toContain('cpu.cores')
    expect(kept.target).not.toHaveProperty('profile')
    const other = { kind: 'match', count: 1, profile: 'nod' } as const
    await expect(operator.reservations.create({ ...window, target: other })).rejects.toThrow(
      "did you mean 'node'",
    )
  })
})

test('the schemas of the language are served and referenced', async () => {
  expect(await rig.clients.viewer.schema('request')).toMatchObject({
    title: 'Request for machines',
  })
  expect(await rig.clients.viewer.schema('profile')).toMatchObject({
    title: 'Profile of machines',
    properties: { gangs: {} },
  })
  const document: unknown = await (await rig.request('/openapi.json')).json()
  expect(document).toMatchObject({
    components: {
      schemas: {
        Request: { $ref: '/v1/schemas/request' },
        Profile: { $ref: '/v1/schemas/profile' },
      },
    },
  })
  expect(JSON.stringify(document)).toContain('see #/components/schemas/Request')
})
