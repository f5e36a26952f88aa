import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseInstant } from '../../cli/instant.ts'
import { openHttpListener } from '../../server/http-listener.ts'
import { makeMachine } from '../server/machine-facts.ts'
import { availableId, startApiServer, until } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import { assay } from './terminal.ts'

let server: ApiServer
const receiver = openHttpListener({ host: '127.0.0.1', port: 0, idleSeconds: 10 })
const origin = `http://127.0.0.1:${receiver.port}`

beforeAll(async () => {
  server = await startApiServer({ webhookOrigins: [origin] })
  await availableId(server, server.connect(server.agent(makeMachine(1))))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await receiver.close()
})

const ask = (...options: readonly string[]) =>
  assay(server, ['request', '--role', '1', '--lease', '1h', ...options])
const idIn = (out: string) => /allocation (\S+):/.exec(out)?.[1] ?? ''

describe('a busy machine', () => {
  test('is waited for in the queue, until an operator takes it from its holder', async () => {
    expect((await assay(server, ['queue'])).out).toBe('nobody waits\n')
    const first = await ask()
    const second = await ask('--queue')
    expect(second.exitCode).toBe(0)
    expect(second.out).toContain('queued, 1 of 1 in the queue')
    expect((await ask()).exitCode).toBe(3)
    expect((await assay(server, ['queue'])).out).toMatch(
      /1 +\S+ +olga .* in 1h|1 +\S+ +olga .* in \d+m/,
    )
    expect((await assay(server, ['allocations'])).out).toMatch(/queued .*1 of 1, starts in/)
    expect((await ask('--queue', '--priority', '5')).errors[0]).toContain('priority 5 is not for')
    const revoked = await assay(server, ['revoke', idIn(first.out), '--reason', 'fire drill'])
    expect(revoked.out).toMatch(/: (releasing|revoked)\n$/)
    const waiting = idIn(second.out)
    await until(
      async () => (await server.client.allocations.get(waiting)).state === 'active',
      'the one that waited is served',
    )
    const { machines } = await server.client.allocations.get(waiting)
    expect(
      (await assay(server, ['release', waiting, '--machine', machines[0]?.machineId ?? ''])).out,
    ).toMatch(/releas/)
    await until(
      async () => (await server.client.allocations.get(waiting)).state === 'released',
      'released',
    )
  })
})

test('held machines are confirmed by word', async () => {
  const held = await ask('--hold')
  expect(held.out).toContain(': reserved')
  const id = idIn(held.out)
  expect((await assay(server, ['confirm', id])).out).toBe(`${id}: active\n`)
  await assay(server, ['release', id])
  await until(
    async () => (await server.client.allocations.get(id)).state === 'released',
    'released',
  )
})

describe('assay quota', () => {
  test('sets, shows and keeps to a limit', async () => {
    const limits = ['--machines', '0', '--attribute', 'cpu.cores=64', '--weight', '2']
    const set = await assay(server, ['quota', 'set', 'olga', ...limits])
    expect(set.out).toMatch(/machines +0 of 0\n/)
    expect((await ask()).errors[0]).toContain('at its quota')
    await assay(server, ['quota', 'set', 'olga', '--machines', 'any'])
    expect((await assay(server, ['quota'])).out).toMatch(/olga +0 +any +cpu.cores 0 of 64 +2/)
    const wrong = await assay(server, ['quota', 'set', 'olga', '--attribute', 'cpu.coers=1'])
    expect(wrong.errors[0]).toContain("did you mean 'cpu.cores'")
    expect((await assay(server, ['quota', 'set', 'olga', '--machines', 'x'])).exitCode).toBe(2)
  })
})

describe('assay reservations', () => {
  test('keeps machines for somebody else, and lets them go', async () => {
    const what = ['--tenant', 'vip', '--role', '1', '--until', '+8h', '--note', 'demo']
    const made = await assay(server, ['reservations', 'create', ...what])
    expect(made.out).toMatch(/reservation \S+: open, 1 machines/)
    expect((await ask()).out).toContain('reservation')
    expect((await assay(server, ['reservations'])).out).toMatch(/open +vip .* demo/)
    const id = /reservation (\S+):/.exec(made.out)?.[1] ?? ''
    expect((await assay(server, ['reservations', 'cancel', id])).out).toBe(`${id}: cancelled\n`)
    expect((await assay(server, ['reservations'])).out).toBe('no reservations\n')
  })
})

describe('assay usage', () => {
  test('tells machine time, also as CSV', async () => {
    const text = await assay(server, ['usage', '--from', '-1d'])
    expect(text.out).toMatch(/olga +1 +0\.\d\d/)
    const csv = await assay(server, ['usage', '--csv'])
    expect(csv.out).toMatch(/^tenant,shape,hardware,machines,machine_seconds,from,until\r\nolga,/)
    expect((await assay(server, ['usage', '--from', 'soon'])).exitCode).toBe(2)
  })
})

describe('assay webhooks', () => {
  test('calls what the server allows, and nothing else', async () => {
    const bodies: unknown[] = []
    receiver.handle(async (request) => {
      bodies.push(await request.json())
      return new Response(null, { status: 204 })
    })
    const refused = await assay(server, ['webhooks', 'create', 'http://169.254.169.254/'])
    expect(refused.errors[0]).toContain('webhooks.origins')
    const made = await assay(server, ['webhooks', 'create', `${origin}/hook`, '--kind', 'machine'])
    expect(made.out).toMatch(/webhook \S+: secret whsec_/)
    const [machine] = await server.client.machines.list()
    await server.client.machines.setName(machine?.id ?? '', 'called')
    await until(() => bodies.length > 0, 'the receiver was called')
    expect(bodies[0]).toMatchObject({ kind: 'machine', machine: { name: 'called' } })
    expect((await assay(server, ['webhooks'])).out).toMatch(/active +http:\/\/127.0.0.1:\d+\/hook/)
    const id = /webhook (\S+):/.exec(made.out)?.[1] ?? ''
    expect((await assay(server, ['webhooks', 'resume', id])).out).toContain('active')
    expect((await assay(server, ['webhooks', 'remove', id])).out).toContain('removed')
    expect((await assay(server, ['webhooks'])).out).toBe('no webhooks\n')
  })
})

test('moments are read as people write them', () => {
  const now = Date.UTC(2026, 0, 2)
  expect(parseInstant('now', now)).toBe(now)
  expect(parseInstant('+1h30m', now)).toBe(now + 5_400_000)
  expect(parseInstant('-1d', now)).toBe(Date.UTC(2026, 0, 1))
  expect(parseInstant('2026-03-01', now)).toBe(Date.UTC(2026, 2, 1))
  expect(parseInstant('2026-03-01T08:30', now)).toBe(Date.UTC(2026, 2, 1, 8, 30))
  expect(parseInstant('2026-03-01T08:30+02:00', now)).toBe(Date.UTC(2026, 2, 1, 6, 30))
  for (const wrong of ['', 'tomorrow', '12', '2026-13-45']) {
    expect(() => parseInstant(wrong, now)).toThrow('no moment')
  }
})
