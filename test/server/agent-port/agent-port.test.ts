import { randomBytes } from 'node:crypto'
import { connect as connectTls } from 'node:tls'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Connection } from '../../../protocol/connection.ts'
import { limits } from '../../../protocol/limits.ts'
import { subprotocol } from '../../../protocol/messages.ts'
import { systemRandom } from '../../../protocol/system-effects.ts'
import { agentPath, openAgentPort } from '../../../server/agent-port/agent-port.ts'
import type { AgentPort } from '../../../server/agent-port/agent-port.ts'
import { silentLogger } from '../../../server/log.ts'
import { createAuthority } from '../../../server/tls/authority.ts'
import type { Authority } from '../../../server/tls/authority.ts'
import { ManualClock } from '../manual-clock.ts'

let authority: Authority
let clock: ManualClock
let port: AgentPort
let accepted: Promise<Connection>
const clients: WebSocket[] = []

beforeAll(async () => {
  authority = await createAuthority(systemRandom)
})
beforeEach(async () => {
  clock = new ManualClock()
  port = await openAgentPort({ host: '127.0.0.1', port: 0, authority, clock, log: silentLogger })
  accepted = new Promise((resolve) => port.onConnection(resolve))
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate()
  await port.close()
})

interface Wish {
  readonly ca?: string
  readonly servername?: string
  readonly path?: string
  readonly protocols?: readonly string[]
}

function dial(wish: Wish = {}): WebSocket {
  const { ca = authority.caPem, servername = 'assay-server', path = agentPath } = wish
  const url = `wss://127.0.0.1:${port.port}${path}`
  const protocols = [...(wish.protocols ?? [subprotocol])]
  const options = { ca, servername, perMessageDeflate: false }
  const client = new WebSocket(url, protocols, options)
  clients.push(client)
  return client
}

/** How a dial ends: `open`, or the error's text. */
function outcome(client: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    client.once('open', () => resolve('open'))
    client.once('error', (error) => resolve(error.message === '' ? 'error' : error.message))
  })
}

function closed(client: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    client.once('close', (code) => resolve(code))
    client.on('error', () => null)
  })
}

async function linked(): Promise<{ readonly client: WebSocket; readonly connection: Connection }> {
  const client = dial()
  expect(await outcome(client)).toBe('open')
  return { client, connection: await accepted }
}

/** Resolves when the condition holds; the events it waits for need the real loop. */
async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 20_000 && !condition(); round++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(condition()).toBe(true)
}

describe('the agent port lets in', () => {
  test('an agent that trusts the authority and asks for the name', async () => {
    const { client, connection } = await linked()
    expect(client.protocol).toBe(subprotocol)
    expect(connection.remoteAddress).toMatch(/127\.0\.0\.1$/)
    expect(port.connectionCount()).toBe(1)
    const frames: Uint8Array[] = []
    connection.onFrame = (frame) => frames.push(frame)
    client.send(new Uint8Array([1, 2, 3]))
    await until(() => frames.length === 1)
    expect([...(frames[0] ?? [])]).toEqual([1, 2, 3])
    const answer = new Promise<unknown>((resolve) => client.once('message', resolve))
    connection.send(new Uint8Array([4, 5]))
    expect(
      Buffer.from(new Uint8Array([4, 5])).equals(Buffer.from(String(await answer), 'latin1')),
    ).toBe(true)
  })

  test('frames up to the limit', async () => {
    const { client, connection } = await linked()
    let size = 0
    connection.onFrame = (frame) => {
      size = frame.length
    }
    client.send(randomBytes(limits.frameBytes))
    await until(() => size > 0)
    expect(size).toBe(limits.frameBytes)
  })
})

describe('the agent port refuses', () => {
  test('to be trusted by an agent with another authority', async () => {
    const other = await createAuthority(systemRandom)
    expect(await outcome(dial({ ca: other.caPem }))).not.toBe('open')
    expect(port.connectionCount()).toBe(0)
  })

  test('to be trusted by an agent that wants another name', async () => {
    expect(await outcome(dial({ servername: 'other-server' }))).not.toBe('open')
    expect(port.connectionCount()).toBe(0)
  })

  test('TLS before 1.3', async () => {
    const refused = new Promise<boolean>((resolve) => {
      const socket = connectTls({
        host: '127.0.0.1',
        port: port.port,
        ca: authority.caPem,
        servername: 'assay-server',
        maxVersion: 'TLSv1.2',
      })
      socket.once('secureConnect', () => resolve(false))
      socket.once('error', () => resolve(true))
    })
    expect(await refused).toBe(true)
  })

  test('a dial without the subprotocol, and one to another path', async () => {
    expect(await outcome(dial({ protocols: [] }))).not.toBe('open')
    expect(await outcome(dial({ protocols: ['assay.agent.v9'] }))).not.toBe('open')
    expect(await outcome(dial({ path: '/' }))).not.toBe('open')
    expect(port.connectionCount()).toBe(0)
  })

  test('plain HTTP requests, with a word of what it is', async () => {
    const response = await fetch(`https://127.0.0.1:${port.port}/`, {
      tls: {
        ca: authority.caPem,
        serverName: 'assay-server',
        checkServerIdentity: () => undefined,
      },
    })
    expect(response.status).toBe(426)
    expect(await response.text()).toContain(agentPath)
  })

  test('connections before there is a service', async () => {
    const early = await openAgentPort({
      host: '127.0.0.1',
      port: 0,
      authority,
      clock,
      log: silentLogger,
    })
    const trust = { ca: authority.caPem, servername: 'assay-server' }
    const client = new WebSocket(`wss://127.0.0.1:${early.port}${agentPath}`, [subprotocol], trust)
    clients.push(client)
    expect(await outcome(client)).not.toBe('open')
    await early.close()
  })
})

describe('a connection is cut', () => {
  test('for a frame over the limit, before it is read', async () => {
    const { client, connection } = await linked()
    let frames = 0
    let closeCode = 0
    connection.onFrame = () => {
      frames += 1
    }
    connection.onClose = (code) => {
      closeCode = code
    }
    const end = closed(client)
    client.send(randomBytes(limits.frameBytes + 1))
    expect(await end).toBe(1009)
    await until(() => closeCode !== 0)
    expect(frames).toBe(0)
    await until(() => port.connectionCount() === 0)
  })

  test('for a text frame', async () => {
    const { client } = await linked()
    const end = closed(client)
    client.send('hello')
    expect(await end).toBe(1003)
  })

  test('when it stays silent over two heartbeats, and not when it answers', async () => {
    const { client, connection } = await linked()
    let ended = false
    connection.onClose = () => {
      ended = true
    }
    for (let beat = 0; beat < 4; beat++) {
      const pinged = new Promise((resolve) => client.once('ping', resolve))
      clock.advance(limits.heartbeatSeconds * 1000)
      await pinged
      client.send(new Uint8Array([beat]))
      const read = new Promise<void>((resolve) => {
        connection.onFrame = () => resolve()
      })
      await read
    }
    expect(ended).toBe(false)
    client.pause()
    clock.advance(3 * limits.heartbeatSeconds * 1000)
    await until(() => ended)
  })

  test('when it does not take what is sent', async () => {
    const { client, connection } = await linked()
    const ended: number[] = []
    connection.onClose = (code) => ended.push(code)
    client.pause()
    const frame = new Uint8Array(limits.frameBytes)
    let sent = 0
    while (ended.length === 0 && sent < 200) {
      expect(connection.bufferedBytes).toBeLessThanOrEqual(limits.bufferedBytes)
      connection.send(frame)
      sent += 1
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(ended).toHaveLength(1)
  })

  test('by the server, with a code and a reason, also when the peer does not answer', async () => {
    const { client, connection } = await linked()
    const end = closed(client)
    connection.close(4001, 'superseded')
    expect(await end).toBe(4001)
    await until(() => port.connectionCount() === 0)
    expect(() => connection.send(new Uint8Array(1))).not.toThrow()
  })
})
