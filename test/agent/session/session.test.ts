import { afterEach, expect, test } from 'vitest'
import { Session } from '../../../agent/session/session.ts'
import { connectionPair } from '../../../protocol/connection-pair.ts'
import type { Connection } from '../../../protocol/connection.ts'
import type { ReportBody, ServerMessage } from '../../../protocol/messages.ts'
import { generateSigningKey } from '../../../protocol/signing.ts'
import { systemClock, systemRandom } from '../../../protocol/system-effects.ts'
import { ServerScript } from './server-script.ts'

const serverKey = generateSigningKey()
const stop = new AbortController()
afterEach(() => stop.abort())

const finding = (message: string): ReportBody => ({
  kind: 'finding',
  finding: { code: 'test', severity: 'info', subject: 'test', message },
})

function rig() {
  const over = new AbortController()
  stop.signal.addEventListener('abort', () => over.abort())
  const dialled: ((connection: Connection) => void)[] = []
  const servers: Promise<ServerScript>[] = []
  const next = () => {
    const { promise, resolve } = Promise.withResolvers<ServerScript>()
    dialled.push((connection) => resolve(new ServerScript(connection, serverKey)))
    servers.push(promise)
    return promise
  }
  const obeyed: ServerMessage[] = []
  const lines: string[] = []
  const session = new Session({
    // Backoff is real but short: the first retry comes within half a second.
    clock: systemClock,
    random: { ...systemRandom, fraction: () => 0 },
    key: generateSigningKey(),
    identity: {
      agentVersion: '1.0.0',
      architecture: 'x64',
      bootId: null,
      claims: { smbiosUuid: null, systemSerial: null, baseboardSerial: null, macs: [] },
    },
    servers: ['server:1'],
    commandKeys: [serverKey.publicKey],
    dial: async () => {
      const [agentEnd, serverEnd] = connectionPair('agent', 'server')
      const accept = dialled.shift()
      if (accept === undefined) throw new Error('nobody listens')
      accept(serverEnd)
      return agentEnd
    },
    command: () => null,
    heartbeat: async () => ({
      kind: 'heartbeat',
      uptimeSeconds: 1,
      residentSizeBytes: 1,
      telemetry: null,
    }),
    onMessage: (message) => obeyed.push(message),
    log: (text) => lines.push(text),
  })
  return { session, next, obeyed, lines, run: () => session.run(over.signal) }
}

test('session proves itself and sends reports in order when the server is right', async () => {
  const { session, next, run } = rig()
  const server = next()
  session.report(finding('one'))
  void run()
  expect(await (await server).open('s1', 0)).toBe(true)
  session.report(finding('two'))
  const findings = await (await server).waitFor('finding', 2)
  expect(findings.map((message) => [message.seq, message.finding.message])).toEqual([
    [1, 'one'],
    [2, 'two'],
  ])
  expect((await (await server).waitFor('resume'))[0]).toMatchObject({ session: 's1' })
})

test('session sends only what is not durable when the link broke', async () => {
  const { session, next, run } = rig()
  const [first, second] = [next(), next()]
  for (const text of ['one', 'two', 'three']) session.report(finding(text))
  void run()
  await (await first).open('s1', 0)
  await (await first).waitFor('finding', 3)
  ;(await first).send({ kind: 'ack', seq: 1 })
  ;(await first).close()
  await (await second).open('s1', 2)
  const [third] = await (await second).waitFor('finding')
  expect(third).toMatchObject({ seq: 3, finding: { message: 'three' } })
  ;(await second).send({ kind: 'ack', seq: 3 })
  await session.drained(AbortSignal.timeout(5000))
  expect((await second).received.filter((message) => message.kind === 'finding')).toHaveLength(1)
})

test('session numbers its reports anew when the server opened another session', async () => {
  const { session, next, run } = rig()
  const [first, second] = [next(), next()]
  for (const text of ['one', 'two']) session.report(finding(text))
  void run()
  await (await first).open('s1', 0)
  await (await first).waitFor('finding', 2)
  ;(await first).send({ kind: 'ack', seq: 1 })
  ;(await first).send({ kind: 'discover' })
  ;(await first).close()
  await (await second).open('s2', 0)
  const [again] = await (await second).waitFor('finding')
  expect(again).toMatchObject({ seq: 1, finding: { message: 'two' } })
})

test('session gives no proof when the command key is not trusted', async () => {
  const { next, lines, run, session } = rig()
  const [first, second] = [next(), next()]
  void run()
  const server = await first
  await server.waitFor('hello')
  server.close()
  const stranger = await second
  Object.assign(stranger, { key: generateSigningKey() })
  await stranger.challenge('s1')
  await systemClock.sleep(50)
  expect(stranger.received.map((message) => message.kind)).toEqual(['hello'])
  expect(lines.join('\n')).toContain('is not one this agent trusts')
  expect(session.welcome).toBeNull()
})

test('session refuses a challenge that was signed for another hello', async () => {
  const { next, lines, run, session } = rig()
  const [first, second] = [next(), next()]
  void run()
  const { challenge } = await (await first).challenge('s1')
  ;(await first).close()
  await (await second).waitFor('hello')
  ;(await second).send(challenge)
  await systemClock.sleep(50)
  expect((await second).received.map((message) => message.kind)).toEqual(['hello'])
  expect(lines.join('\n')).toContain("not signed over this agent's hello")
  expect(session.welcome).toBeNull()
})

test('session ignores a message when its kind is unknown and keeps going', async () => {
  const { next, obeyed, lines, run } = rig()
  const server = next()
  void run()
  await (await server).open('s1', 0)
  ;(await server).send({ kind: 'dance' })
  ;(await server).send({ kind: 'discover' })
  await expect.poll(() => obeyed.map((message) => message.kind)).toEqual(['welcome', 'discover'])
  expect(lines.join('\n')).toContain('does not know')
})
