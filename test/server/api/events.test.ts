import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AssayEvent } from '../../../protocol/api.ts'
import { createClient } from '../../../protocol/client.ts'
import type { Client } from '../../../protocol/client.ts'
import { serverSentEvents } from '../../../protocol/server-sent-events.ts'
import { openHttpListener } from '../../../server/http-listener.ts'
import type { HttpListener } from '../../../server/http-listener.ts'
import { tick } from '../world.ts'
import { openApiRig } from './api-rig.ts'
import type { ApiRig } from './api-rig.ts'

let rig: ApiRig
let listener: HttpListener
let client: Client

beforeEach(async () => {
  rig = await openApiRig()
  listener = openHttpListener({ host: '127.0.0.1', port: 0, idleSeconds: 10 })
  listener.handle((request) => rig.app.fetch(request))
  client = createClient({
    baseUrl: `http://127.0.0.1:${listener.port}`,
    token: rig.secrets.viewer,
  })
})
afterEach(async () => {
  await listener.close()
  await rig.close()
})

/** Reads until an event that is wanted. */
async function firstOf(
  events: AsyncIterable<AssayEvent>,
  wanted: (event: AssayEvent) => boolean,
): Promise<AssayEvent> {
  for await (const event of events) if (wanted(event)) return event
  throw new Error('the stream ended before the event')
}

describe('the event stream', () => {
  test('replays from a number and goes on live, without a gap or a repetition', async () => {
    const agent = await rig.world.available(1)
    const id = agent.welcome?.machineId ?? ''
    const stop = new AbortController()
    const seen: number[] = []
    const named = firstOf(client.events(0, stop.signal), (event) => {
      if (event.seq !== null) seen.push(event.seq)
      return event.kind === 'machine' && event.machine.name === 'node-1'
    })
    await rig.clients.operator.machines.setName(id, 'node-1')
    const last = await named
    stop.abort()
    expect(seen[0]).toBe(1)
    expect(seen).toEqual(seen.map((_, at) => at + 1))
    const rest = new AbortController()
    const from = client.events((last.seq ?? 0) - 1, rest.signal)
    expect((await firstOf(from, () => true)).seq).toBe(last.seq)
    rest.abort()
  })

  const stream = (headers: Record<string, string> = {}, query = '') =>
    fetch(`http://127.0.0.1:${listener.port}/v1/events${query}`, {
      headers: { authorization: `Bearer ${rig.secrets.viewer}`, ...headers },
    })

  test('is server-sent events, resumes by Last-Event-ID and beats while nothing happens', async () => {
    await rig.world.available(1)
    const response = await stream({ 'last-event-id': '1' }, '?since=7')
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('id: 2\n')) text += (await reader?.read())?.value ?? ''
    expect(text).toMatch(/event: \w+\nid: 2\ndata: \{.*"seq":2/)
    await tick()
    while (!text.includes(': still here')) {
      rig.world.clock.advance(5000)
      text += (await reader?.read())?.value ?? ''
    }
    await reader?.cancel()
  })

  test('refuses a number that is none', async () => {
    expect((await stream({}, '?since=-1')).status).toBe(400)
    expect((await stream({ 'last-event-id': 'x' })).status).toBe(400)
  })

  test('ends when its token is revoked', async () => {
    const response = await stream()
    const [viewer] = (await rig.tokens.list()).filter(({ name }) => name === 'viewer')
    await rig.tokens.revoke(viewer?.id ?? '')
    const reader = response.body?.getReader()
    for (;;) {
      rig.world.clock.advance(5000)
      const { done } = (await reader?.read()) ?? { done: true }
      if (done) break
    }
    expect((await stream()).status).toBe(401)
  })
})

describe('a reader of server-sent events', () => {
  const read = async (parts: readonly string[]) => {
    const bytes = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of parts) controller.enqueue(new TextEncoder().encode(part))
        controller.close()
      },
    })
    return Array.fromAsync(serverSentEvents(bytes))
  }

  test('joins data lines, leaves out comments and names, and drops what is cut off', async () => {
    const text =
      'retry: 1\n\n: beat\n\nevent: a\nid: 1\ndata: x\r\ndata:y\n\ndata: z\r\n\r\ndata: cut'
    expect(await read([text])).toEqual(['x\ny', 'z'])
    expect(await read(text.split(''))).toEqual(['x\ny', 'z'])
  })

  test('refuses a line without end', async () => {
    const part = `data: ${'x'.repeat(1024 * 1024)}`
    await expect(read(Array.from({ length: 9 }, () => part))).rejects.toThrow(/a line of over/)
  })
})
