import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClient } from '../../protocol/client.ts'
import type { Client } from '../../protocol/client.ts'
import { siteSchema } from '../../protocol/site.ts'
import type { Site } from '../../protocol/site.ts'
import { generateSigningKey } from '../../protocol/signing.ts'
import { openKeys } from '../../server/tls/key-store.ts'
import { systemRandom } from '../../protocol/system-effects.ts'
import { startTestServer } from './test-server.ts'
import type { TestServer } from './test-server.ts'

/** A real server and the real agent program on this machine; nobody is approved by a policy. */
let directory: string
let server: TestServer
let client: Client
let site: Site

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-refusals-'))
  server = await startTestServer(join(directory, 'data'))
  client = createClient({ baseUrl: server.apiUrl, token: server.token })
  const layer = new Uint8Array(
    await (await fetch(`${server.netbootUrl}/boot/x64/site`)).arrayBuffer(),
  )
  const text = new TextDecoder().decode(layer)
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
  site = siteSchema.parse(JSON.parse(json))
})
afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true })
})

/** Runs the agent with a site until it has printed `text`; returns everything it printed. */
async function runAgent(name: string, changed: Site, text: string): Promise<string> {
  const file = join(directory, `${name}.json`)
  await writeFile(file, JSON.stringify(changed))
  const agent = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dirname, '../../agent/main.ts'),
      'run',
      '--site',
      file,
      '--no-network',
      '--no-power',
    ],
    { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' },
  )
  let printed = ''
  const decoder = new TextDecoder()
  const late = setTimeout(() => agent.kill(), 20_000)
  for await (const chunk of agent.stdout) {
    printed += decoder.decode(chunk, { stream: true })
    if (printed.includes(text)) break
  }
  clearTimeout(late)
  agent.kill()
  await agent.exited
  return printed
}

test('agent refuses a server whose certificate is of another CA, and the server never hears of it', async () => {
  const other = await openKeys(join(directory, 'other-keys'), systemRandom)
  const changed = { ...site, caPem: other.authority.caPem }
  const printed = await runAgent('wrong-ca', changed, 'trying again')
  expect(printed).toMatch(/certificate/)
  expect(await client.machines.list()).toEqual([])
})

test('agent gives no proof to a server whose command key is not pinned', async () => {
  const changed = { ...site, commandKeys: [generateSigningKey().publicKey] }
  const printed = await runAgent('wrong-key', changed, 'trying again')
  expect(printed).toContain('is not one this agent trusts')
  expect(await client.machines.list()).toEqual([])
})

test('a machine nobody approved is pending: its facts are kept, it is never matched', async () => {
  const printed = await runAgent('pending', site, 'waiting for approval')
  expect(printed).toContain('waiting for approval')
  const [machine] = await client.machines.list()
  expect(machine?.flags).toContain('pending')
  expect(machine?.state).not.toBe('available')
  const { allocation, explanation } = await client.allocations.create({
    request: {
      roles: [{ name: 'any', count: 1, match: { 'cpu.cores': { gte: 1 } } }],
      lease: { duration: '1h' },
    },
  })
  expect(allocation).toBeNull()
  expect(explanation.verdict).not.toBe('matched')
})

test('a wrong token is told so', async () => {
  const stranger = createClient({ baseUrl: server.apiUrl, token: 'assay_wrong' })
  await expect(stranger.machines.list()).rejects.toThrow(/token/)
  expect((await readFile(server.logFile, 'utf8')).includes(server.token)).toBe(false)
})
