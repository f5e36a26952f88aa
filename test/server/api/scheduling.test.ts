import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createClient } from '../../../protocol/client.ts'
import { openApiRig, origin } from './api-rig.ts'
import type { ApiRig } from './api-rig.ts'

let rig: ApiRig
beforeEach(async () => {
  rig = await openApiRig()
  await rig.world.available(1)
})
afterEach(() => rig.close())

const request = (lease: object = {}) => ({
  roles: [{ name: 'node', count: 1, match: {} }],
  lease: { duration: '1h', ...lease },
})

async function clientOf(name: string, tenant: string | null = null) {
  const { secret } = await rig.tokens.create({ name, role: 'scheduler', tenant })
  return createClient({
    baseUrl: origin,
    token: secret,
    fetch: async (sent) => rig.app.fetch(sent),
  })
}

function post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  const authorization = `Bearer ${rig.secrets.operator}`
  return rig.request(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization, ...headers },
  })
}

describe('the queue', () => {
  test('is shown with its order, and told by events when one is served', async () => {
    const { scheduler } = rig.clients
    const first = await scheduler.allocations.create({ request: request() })
    const { allocation } = await scheduler.allocations.create({ request: request({ queue: true }) })
    expect(await rig.clients.viewer.queue()).toMatchObject([
      { allocationId: allocation?.id, position: 1, of: 1, tenant: 'scheduler' },
    ])
    const revoked = await rig.clients.operator.allocations.revoke(first.allocation?.id ?? '', {
      reason: 'drill',
    })
    expect(revoked.state).toBe('releasing')
    const id = allocation?.id ?? ''
    await rig.world.until(async () => (await scheduler.allocations.get(id)).state === 'active')
    const events = await rig.world.store.eventsAfter(0, 1000)
    const states = events.flatMap((event) =>
      event.kind === 'allocation' && event.allocation.id === id ? [event.allocation.state] : [],
    )
    expect(states).toEqual(['queued', 'active'])
  })
})

describe('tenants', () => {
  test('share allocations between their tokens, and nobody elses', async () => {
    const [one, two, other] = [
      await clientOf('ci-1', 'ci'),
      await clientOf('ci-2', 'ci'),
      await clientOf('other'),
    ]
    const { allocation } = await one.allocations.create({ request: request() })
    expect(allocation).toMatchObject({ owner: 'ci-1', tenant: 'ci' })
    const id = allocation?.id ?? ''
    expect((await two.allocations.renew(id, 600)).state).toBe('active')
    await expect(other.allocations.renew(id, 600)).rejects.toMatchObject({ code: 'forbidden' })
    expect((await two.session()).tenant).toBe('ci')
  })

  test('have quotas that are compared and set', async () => {
    const { quotas } = rig.clients.operator
    const set = await quotas.set('ci', { machines: 0 }, 0)
    expect(set).toMatchObject({ name: 'ci', generation: 1, machines: 0 })
    await expect(quotas.set('ci', { machines: 1 }, 0)).rejects.toMatchObject({
      code: 'precondition-failed',
      details: { generation: 1 },
    })
    const ci = await clientOf('ci')
    await expect(ci.allocations.create({ request: request() })).rejects.toMatchObject({
      code: 'conflict',
      details: { tenant: 'ci' },
    })
    expect((await rig.clients.viewer.quotas.list()).map(({ name }) => name)).toEqual(['ci'])
  })

  test('see their own usage, operators all, as JSON and CSV', async () => {
    const [ci, other] = [await clientOf('ci'), await clientOf('other')]
    const { allocation } = await ci.allocations.create({ request: request() })
    rig.world.clock.advance(5000)
    await ci.allocations.release(allocation?.id ?? '')
    const until = rig.world.clock.now() + 1
    expect((await ci.usage(0, until)).rows).toMatchObject([{ tenant: 'ci', machineSeconds: 5 }])
    expect((await other.usage(0, until)).rows).toEqual([])
    await expect(other.usage(0, until, 'ci')).rejects.toMatchObject({ code: 'forbidden' })
    expect((await rig.clients.operator.usage(0, until, 'ci')).rows).toHaveLength(1)
    expect(await rig.clients.operator.usageCsv(0, until)).toMatch(/\r\nci,.*,1,5\.000,/)
    await expect(ci.usage(5, 5)).rejects.toMatchObject({ code: 'unprocessable' })
  })
})

describe('a stale holder', () => {
  test('is refused at every door', async () => {
    const ci = await clientOf('ci')
    const old = await ci.allocations.create({ request: request(), confirm: false })
    const { machineId = '', fencingToken = 0 } = old.allocation?.machines[0] ?? {}
    await ci.allocations.release(old.allocation?.id ?? '')
    const now = await ci.allocations.create({ request: request(), confirm: false })
    const id = now.allocation?.id ?? ''
    const fencingTokens = { [machineId]: fencingToken }
    const refused = { code: 'conflict', details: { machineId, fencingToken: fencingToken + 2 } }
    for (const door of [
      () => ci.allocations.confirm(id, { fencingTokens }),
      () => ci.allocations.renew(id, 60, { fencingTokens }),
      () => ci.allocations.release(id, { fencingTokens }),
      () => ci.allocations.reboot(id, machineId, fencingToken),
      () => ci.allocations.deploy(id, machineId, { fencingToken, image: 'lab' }),
    ]) {
      await expect(door()).rejects.toMatchObject(refused)
    }
    const operated = await post(`/v1/machines/${machineId}/reboot`, { fencingToken })
    expect(operated.status).toBe(409)
    expect((await ci.allocations.get(id)).state).toBe('reserved')
  })

  test('of a generation is refused wherever something changes', async () => {
    const [machine] = await rig.clients.operator.machines.list()
    const { allocation } = await rig.clients.operator.allocations.create({ request: request() })
    const behind = { 'if-match': `"${(allocation?.generation ?? 0) + 7}"` }
    for (const [path, body] of [
      [`/v1/allocations/${allocation?.id}/renew`, { durationSeconds: 60 }],
      [`/v1/allocations/${allocation?.id}/release`, {}],
      [`/v1/allocations/${allocation?.id}/revoke`, { reason: 'x' }],
      [`/v1/machines/${machine?.id}/name`, { name: 'x' }],
      [`/v1/machines/${machine?.id}/labels`, { labels: {} }],
      [`/v1/machines/${machine?.id}/maintenance`, { reason: 'x' }],
      [`/v1/machines/${machine?.id}/reboot`, {}],
    ] as const) {
      expect((await post(path, body, behind)).status, path).toBe(412)
    }
  })
})

describe('reservations and webhooks', () => {
  test('are made once for one Idempotency-Key', async () => {
    const { operator } = rig.clients
    const fromMs = rig.world.clock.now()
    const input = {
      tenant: 'vip',
      target: { kind: 'match' as const, count: 1, match: {} },
      fromMs,
      untilMs: fromMs + 3_600_000,
    }
    const first = await operator.reservations.create(input, 'k1')
    expect((await operator.reservations.create(input, 'k1')).id).toBe(first.id)
    expect((await operator.reservations.get(first.id)).machines).toHaveLength(1)
    expect((await operator.reservations.cancel(first.id)).state).toBe('cancelled')
    const hook = { url: 'https://hooks.test/x' }
    const made = await operator.webhooks.create(hook, 'k2')
    expect((await operator.webhooks.create(hook, 'k2')).id).toBe(made.id)
    await expect(operator.webhooks.create(hook, 'k1')).rejects.toMatchObject({
      code: 'unprocessable',
    })
    expect(await operator.webhooks.list()).toHaveLength(1)
  })

  test('of another scheduler are not to be touched', async () => {
    const [one, two] = [await clientOf('one'), await clientOf('two')]
    const { id } = await one.webhooks.create({ url: 'https://hooks.test/x' })
    expect(await two.webhooks.list()).toEqual([])
    await expect(two.webhooks.remove(id)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(two.webhooks.resume(id)).rejects.toMatchObject({ code: 'forbidden' })
    expect((await one.webhooks.resume(id)).state).toBe('active')
    await one.webhooks.remove(id)
  })
})
