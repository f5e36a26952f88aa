import { afterEach, expect, test } from 'vitest'
import { Agent } from '../../agent/agent.ts'
import type { AgentDeps } from '../../agent/agent.ts'
import { connectionPair } from '../../protocol/connection-pair.ts'
import { generateSigningKey } from '../../protocol/signing.ts'
import { systemClock, systemRandom } from '../../protocol/system-effects.ts'
import { ServerScript } from './session/server-script.ts'

const stops: AbortController[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort()
})

function rig(change: Partial<AgentDeps> = {}) {
  const key = generateSigningKey()
  const stop = new AbortController()
  stops.push(stop)
  const dialled = Promise.withResolvers<ServerScript>()
  const did: string[] = []
  const agent = new Agent({
    clock: systemClock,
    random: systemRandom,
    key: generateSigningKey(),
    identity: {
      agentVersion: '1.0.0',
      architecture: 'x64',
      bootId: 'ticket',
      claims: { smbiosUuid: null, systemSerial: 'S', baseboardSerial: null, macs: [] },
    },
    servers: ['server:1'],
    commandKeys: [key.publicKey],
    createImager: () => ({
      prepare: () => Promise.reject(new Error('disk is gone')),
      write: () => Promise.reject(new Error('not reached')),
    }),
    dial: async () => {
      const [agentEnd, serverEnd] = connectionPair('agent', 'server')
      dialled.resolve(new ServerScript(serverEnd, key))
      return agentEnd
    },
    bringUpNetwork: async () => {
      did.push('network')
    },
    discover: async (emit) => {
      did.push('discover')
      emit({ kind: 'facts', class: 'numa', facts: { nodes: [] }, elapsedSeconds: 0.1 })
    },
    watchNeighbors: async () => {},
    benchmark: async () => {
      did.push('benchmark')
    },
    telemetry: async () => null,
    uptimeSeconds: async () => 3,
    residentSizeBytes: () => 1000,
    processorSeconds: () => 1,
    identify: (seconds) => did.push(`identify ${seconds}`),
    reboot: () => did.push('reboot'),
    log: () => undefined,
    ...change,
  })
  const running = agent.run(stop.signal)
  return { server: dialled.promise, did, running, stop }
}

const phases = (script: ServerScript) =>
  script.received.flatMap((message) => (message.kind === 'phase' ? [message.phase] : []))

test('agent discovers at once, while there is no network yet', async () => {
  const network = Promise.withResolvers<void>()
  const { server, did } = rig({ bringUpNetwork: () => network.promise })
  await expect.poll(() => did).toContain('discover')
  network.resolve()
  const script = await server
  await script.open('s1', 0)
  await script.waitFor('facts')
  await expect.poll(() => phases(script)).toContain('network')
  expect(phases(script)[0]).toBe('booted')
})

test("agent answers the first discover with its boot's discovery and later ones with a new one", async () => {
  const { server, did } = rig()
  const script = await server
  await script.open('s1', 0)
  await script.waitFor('phase', 4)
  script.send({ kind: 'discover' })
  await expect.poll(() => phases(script).filter((phase) => phase === 'discovered')).toHaveLength(2)
  expect(did.filter((what) => what === 'discover')).toHaveLength(1)
  script.send({ kind: 'discover' })
  await expect.poll(() => phases(script).filter((phase) => phase === 'discovered')).toHaveLength(3)
  expect(did.filter((what) => what === 'discover')).toHaveLength(2)
})

test('agent benchmarks, identifies and reboots when the server says so', async () => {
  const { server, did } = rig()
  const script = await server
  await script.open('s1', 0)
  script.send({ kind: 'benchmark', plan: { methods: null, budgetSeconds: 1 } })
  await expect.poll(() => phases(script).at(-1)).toBe('idle')
  script.send({ kind: 'identify', seconds: 5 })
  script.send({ kind: 'reboot', reason: 'test' })
  await script.waitFor('log')
  expect(did).not.toContain('reboot')
  const seqs = script.received.flatMap((message) => ('seq' in message ? [message.seq] : []))
  script.send({ kind: 'ack', seq: Math.max(...seqs) })
  await expect.poll(() => did).toContain('reboot')
  expect(did).toContain('identify 5')
})

test('agent tells the server when a command fails and keeps its session', async () => {
  const { server } = rig()
  const script = await server
  await script.open('s1', 0)
  const disk = {
    transport: 'nvme',
    serial: 'S1',
    wwn: null,
    model: null,
    sizeBytes: 1 << 30,
    logicalBlockSizeBytes: 512,
  }
  const url = 'http://server/x'
  const image = {
    name: 'lab',
    version: '1',
    indexDigest: 'a'.repeat(64),
    indexUrl: url,
    blobUrl: url,
  }
  script.send({ kind: 'prepare', commandId: 'c1', epoch: 1, plan: { image, disk, seed: null } })
  const [failed] = await script.waitFor('failed')
  expect(failed).toMatchObject({ commandId: 'c1', step: 'prepare', touched: false })
  expect(failed?.reason).toContain('disk is gone')
})

test('agent tells neighbours when they are heard, long after its discovery', async () => {
  const heard = Promise.withResolvers<void>()
  const facts = { settled: true, ports: [] }
  const { server } = rig({
    watchNeighbors: async (emit) => {
      await heard.promise
      emit({ kind: 'facts', class: 'neighbors', facts, elapsedSeconds: 31 })
    },
  })
  const script = await server
  await script.open('s1', 0)
  await expect.poll(() => phases(script)).toContain('discovered')
  heard.resolve()
  const told = () =>
    script.received.filter((message) => message.kind === 'facts' && message.class === 'neighbors')
  await expect.poll(told).toHaveLength(1)
})

test('agent goes on when it cannot listen for neighbours, and says so', async () => {
  const { server } = rig({
    watchNeighbors: () => Promise.reject(new Error('no packet sockets here')),
  })
  const script = await server
  await script.open('s1', 0)
  const said = () =>
    script.received.flatMap((message) => (message.kind === 'log' ? [message.text] : []))
  await expect.poll(said).toContainEqual(expect.stringContaining('no packet sockets here'))
  await expect.poll(() => phases(script)).toContain('discovered')
})
