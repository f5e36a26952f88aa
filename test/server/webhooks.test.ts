import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openHttpListener } from '../../server/http-listener.ts'
import { retryDelayMs } from '../../server/webhooks/backoff.ts'
import { httpWebhookPort } from '../../server/webhooks/webhook-port.ts'
import { World } from './world.ts'

let world: World
beforeEach(async () => {
  world = await World.start()
})
afterEach(async () => world.close())

const caller = { owner: 'slurm', idempotencyKey: null }
const url = 'https://hooks.test/assay'
const subscribe = (kinds?: ('machine' | 'allocation')[]) =>
  world.service.webhooks.create(kinds === undefined ? { url } : { url, kinds }, caller)
const seqs = () =>
  world.receiver.calls.map(({ headers }) => Number(headers['webhook-id']?.split(':')[1]))
const rename = async (id: string, names: readonly string[]) => {
  for (const name of names) await world.service.machines.setName(id, name, 'test')
}

describe('a webhook', () => {
  it('is sent every event after it was made, in order, signed', async () => {
    const agent = await world.available(1)
    const { id, secret } = await subscribe()
    await rename(agent.welcome?.machineId ?? '', ['one', 'two', 'three'])
    await world.until(() => world.receiver.calls.length === 3, 1000)
    const [first] = world.receiver.calls
    const { 'webhook-id': callId, 'webhook-timestamp': timestamp = '' } = first?.headers ?? {}
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
    const signature = createHmac('sha256', key)
      .update(`${callId}.${timestamp}.${first?.body}`)
      .digest('base64')
    expect(first?.headers['webhook-signature']).toBe(`v1,${signature}`)
    expect(callId?.startsWith(`${id}:`)).toBe(true)
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      kind: 'machine',
      machine: { name: 'one' },
    })
    expect(seqs()).toEqual(seqs().toSorted((a, b) => a - b))
    const [shown] = await world.service.webhooks.list()
    expect(shown).toMatchObject({ deliveredSeq: seqs().at(-1), failures: 0, lastError: null })
    expect(JSON.stringify(shown)).not.toContain(secret)
  })

  it('is sent only the kinds it wants', async () => {
    const agent = await world.available(1)
    await subscribe(['allocation'])
    await rename(agent.welcome?.machineId ?? '', ['one', 'two'])
    await world.service.allocations.create(
      { request: { roles: [{ name: 'n', count: 1, match: {} }], lease: { duration: '1h' } } },
      { owner: 'a', idempotencyKey: null },
    )
    await world.until(() => world.receiver.calls.length > 0, 1000)
    await world.pass(10)
    expect(world.receiver.calls.map(({ body }) => JSON.parse(body).kind)).toEqual(['allocation'])
  })

  it('is tried again, ever later, and then goes on in order', async () => {
    const agent = await world.available(1)
    const answers: (number | Error)[] = [500, new Error('refused'), 302]
    world.receiver.answer = () => answers.shift() ?? 200
    await subscribe()
    await rename(agent.welcome?.machineId ?? '', ['one', 'two'])
    await world.until(() => world.receiver.calls.length === 1, 500)
    await world.until(async () => (await world.service.webhooks.list())[0]?.failures === 1, 1)
    expect((await world.service.webhooks.list())[0]?.lastError).toBe('the receiver answered 500')
    await world.until(() => world.receiver.calls.length === 5, 1000)
    const [a, b, c, d, e] = seqs()
    expect([b, c, d]).toEqual([a, a, a])
    expect(e).toBeGreaterThan(a ?? 0)
  })

  it('goes on where it was after a restart, repeating at most what was not noted', async () => {
    const agent = await world.available(1)
    const machineId = agent.welcome?.machineId ?? ''
    world.receiver.answer = () => 503
    await subscribe()
    await rename(machineId, ['one', 'two', 'three'])
    await world.until(() => world.receiver.calls.length > 0, 1000)
    const base = { ...world.store, close: async () => {} }
    await world.service.close()
    world.receiver.calls.length = 0
    world.receiver.answer = () => 200
    await world.reopen((store) => store, base)
    await world.until(() => world.receiver.calls.length >= 3, 1000)
    const names = world.receiver.calls.map(({ body }) => JSON.parse(body).machine.name)
    expect(names.slice(0, 3)).toEqual(['one', 'two', 'three'])
  })

  it('is given up on after a day, and begins again when told to', async () => {
    const agent = await world.available(1)
    const machineId = agent.welcome?.machineId ?? ''
    world.receiver.answer = () => new Error('nobody there')
    const { id } = await subscribe()
    await rename(machineId, ['one'])
    await world.until(
      async () => (await world.service.webhooks.get(id)).state === 'disabled',
      600_000,
    )
    const stopped = await world.service.webhooks.get(id)
    expect(stopped.lastError).toContain('nobody there')
    const { length } = world.receiver.calls
    expect(length).toBeLessThan(60)
    world.receiver.answer = () => 200
    await world.pass(10)
    expect(world.receiver.calls).toHaveLength(length)
    await world.service.webhooks.resume(id, null, stopped.generation)
    await world.until(() => world.receiver.calls.length > length, 1000)
    const next = JSON.parse(world.receiver.calls[length]?.body ?? '')
    expect(next.seq).toBe(stopped.deliveredSeq + 1)
  })

  it('that missed events which are no longer kept says so, and goes on when told to', async () => {
    const agent = await world.available(1)
    const machineId = agent.welcome?.machineId ?? ''
    world.receiver.answer = () => 503
    const { id } = await subscribe()
    await rename(machineId, ['one', 'two', 'three'])
    await world.store.prune({
      eventsKept: 1,
      logLinesKeptPerMachine: 1,
      phasesKeptPerMachine: 1,
      ticketsBeforeMs: 0,
      answersBeforeMs: 0,
    })
    await world.until(async () => (await world.service.webhooks.get(id)).state === 'disabled', 1000)
    expect((await world.service.webhooks.get(id)).lastError).toContain('no longer kept')
    world.receiver.answer = () => 200
    world.receiver.calls.length = 0
    await world.service.webhooks.resume(id, null, null)
    await world.until(() => world.receiver.calls.length > 0, 1000)
    expect(JSON.parse(world.receiver.calls[0]?.body ?? '').machine.name).toBe('three')
  })

  it('is made once for one key, only to allowed origins, and ends when removed', async () => {
    const keyed = { owner: 'slurm', idempotencyKey: 'k' }
    const { webhooks } = world.service
    const first = await webhooks.create({ url }, keyed)
    expect((await webhooks.create({ url }, keyed)).id).toBe(first.id)
    for (const wrong of [
      'http://hooks.test/assay',
      'https://hooks.test:8443/',
      'https://hooks.test.evil.example/',
      'http://169.254.169.254/latest/meta-data',
    ]) {
      await expect(webhooks.create({ url: wrong }, caller)).rejects.toMatchObject({
        code: 'unprocessable',
      })
    }
    // A call again gets its answer, whatever the server allows by now.
    world.receiver.allows = () => false
    expect((await webhooks.create({ url }, keyed)).id).toBe(first.id)
    await expect(webhooks.create({ url }, caller)).rejects.toThrow('is not allowed')
    await webhooks.remove(first.id, first.generation)
    expect(await webhooks.list()).toEqual([])
    await expect(webhooks.get(first.id)).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('calls by HTTP', () => {
  it('go to allowed origins only and follow no redirect', async () => {
    const listener = openHttpListener({ host: '127.0.0.1', port: 0, idleSeconds: 10 })
    const seen: string[] = []
    listener.handle(async (request) => {
      seen.push(new URL(request.url).pathname)
      const location = `http://127.0.0.1:${listener.port}/inner`
      return new URL(request.url).pathname === '/redirect'
        ? new Response(null, { status: 302, headers: { location } })
        : new Response('x'.repeat(100_000), { status: 200 })
    })
    const origin = `http://127.0.0.1:${listener.port}`
    const port = httpWebhookPort([origin])
    const { signal } = new AbortController()
    const post = (path: string) => port.post({ url: path, headers: {}, body: '{}' }, signal)
    expect(await post(`${origin}/hook`)).toBe(200)
    expect(await post(`${origin}/redirect`)).toBe(302)
    expect(seen).toEqual(['/hook', '/redirect'])
    await expect(post(`http://localhost:${listener.port}/hook`)).rejects.toThrow('not allowed')
    expect(port.allows(`http://user:pass@127.0.0.1:${listener.port}/`)).toBe(false)
    expect(port.allows('file:///etc/passwd')).toBe(false)
    expect(httpWebhookPort([]).allows('https://hooks.test/')).toBe(false)
    await listener.close()
  })
})

it('the wait between attempts doubles up to an hour', () => {
  expect([1, 2, 3, 4].map((failures) => retryDelayMs(failures, 0))).toEqual([
    1000, 2000, 4000, 8000,
  ])
  expect(retryDelayMs(1000, 0)).toBe(3_600_000)
  expect(retryDelayMs(1, 1)).toBe(750)
})
