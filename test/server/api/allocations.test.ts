import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClient } from '../../../protocol/client.ts'
import { openApiRig, origin } from './api-rig.ts'
import type { ApiRig } from './api-rig.ts'

let rig: ApiRig
beforeEach(async () => {
  rig = await openApiRig()
  await rig.world.available(1)
})
afterEach(() => rig.close())

const request = (cores: number) => ({
  roles: [{ name: 'node', count: 1, match: { 'cpu.cores': { gte: cores } } }],
  lease: { duration: '1h' },
})

test('a request gets its machine, once for one Idempotency-Key', async () => {
  const { allocations } = rig.clients.scheduler
  const first = await allocations.create({ request: request(1) }, 'key-1')
  expect(first.allocation?.state).toBe('active')
  expect(first.allocation?.owner).toBe('scheduler')
  const again = await allocations.create({ request: request(1) }, 'key-1')
  expect(again.allocation?.id).toBe(first.allocation?.id)
  await expect(allocations.create({ request: request(2) }, 'key-1')).rejects.toMatchObject({
    code: 'unprocessable',
  })
  expect(await allocations.list()).toHaveLength(1)
  const id = first.allocation?.id ?? ''
  const renewed = await allocations.renew(id, 7200)
  expect(renewed.leaseUntilMs).toBeGreaterThan(first.allocation?.leaseUntilMs ?? 0)
  expect((await allocations.release(id)).state).toMatch(/^releas/)
})

test('a dry run explains and holds nothing, also by /v1/match', async () => {
  const { allocations } = rig.clients.viewer
  const answer = await allocations.match(request(1))
  expect(answer.allocation).toBeNull()
  expect(answer.explanation.verdict).toBe('matched')
  const none = await allocations.match(request(100_000))
  expect(none.explanation.verdict).toBe('impossible')
  expect(await allocations.list()).toEqual([])
})

test('a request that is none is refused with every problem of it', async () => {
  const wrong = { roles: [{ name: 'node', count: 1, match: { 'cpu.coers': 1 } }], lease: {} }
  await expect(rig.clients.scheduler.allocations.create({ request: wrong })).rejects.toMatchObject({
    code: 'unprocessable',
    details: { problems: expect.any(Array) },
  })
})

test('a scheduler touches only its own allocations, an operator all', async () => {
  const { secret } = await rig.tokens.create({ name: 'other', role: 'scheduler' })
  const other = createClient({
    baseUrl: origin,
    token: secret,
    fetch: async (sent) => rig.app.fetch(sent),
  })
  const { allocation } = await rig.clients.scheduler.allocations.create({
    request: request(1),
    confirm: false,
  })
  const id = allocation?.id ?? ''
  for (const step of [
    () => other.allocations.confirm(id),
    () => other.allocations.renew(id, 60),
    () => other.allocations.release(id),
  ]) {
    await expect(step()).rejects.toMatchObject({ code: 'forbidden' })
  }
  expect((await other.allocations.get(id)).state).toBe('reserved')
  expect((await rig.clients.operator.allocations.confirm(id)).state).toBe('active')
})

test('a confirmation is refused at another generation than If-Match names', async () => {
  const { allocation } = await rig.clients.scheduler.allocations.create({
    request: request(1),
    confirm: false,
  })
  const confirm = (ifMatch: string) =>
    rig.request(`/v1/allocations/${allocation?.id}/confirm`, {
      method: 'POST',
      headers: { authorization: `Bearer ${rig.secrets.scheduler}`, 'if-match': ifMatch },
    })
  expect((await confirm(`"${(allocation?.generation ?? 0) + 1}"`)).status).toBe(412)
  expect((await confirm(`"${allocation?.generation}"`)).status).toBe(200)
})
