import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createClient } from '../../protocol/client.ts'
import type { Client } from '../../protocol/client.ts'
import { generateSigningKey } from '../../protocol/signing.ts'
import { systemClock, systemRandom } from '../../protocol/system-effects.ts'
import { createApiApp } from '../../server/api/api-app.ts'
import { createService } from '../../server/assay.ts'
import { openHttpListener } from '../../server/http-listener.ts'
import { createImageCatalog, createImageLibrary } from '../../server/image-library.ts'
import { ImageStore } from '../../server/images/image-store.ts'
import { readIdLists, systemIdFolder } from '../../server/ids/read-id-lists.ts'
import { silentLogger } from '../../server/log.ts'
import type { ApprovalPolicy } from '../../server/service-deps.ts'
import { openSqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { httpWebhookPort } from '../../server/webhooks/webhook-port.ts'
import { createTokenService } from '../../server/tokens/token-service.ts'
import { AgentDouble } from '../server/agent-double.ts'
import type { MadeMachine } from '../server/machine-facts.ts'

/** The real API over HTTP, over the real service and store, on the real clock. */
export interface ApiServer extends AsyncDisposable {
  readonly url: string
  /** A token of an operator. */
  readonly token: string
  readonly client: Client
  /** A machine that netboots: its agent is a double, all it meets is real. */
  agent(machine: MadeMachine): AgentDouble
  connect(agent: AgentDouble): AgentDouble
  /** The network is gone: every connection breaks, none is taken until it is disposed. */
  outage(): Promise<AsyncDisposable>
}

export async function startApiServer(
  options: {
    readonly policy?: ApprovalPolicy
    readonly webDir?: string
    readonly webhookOrigins?: readonly string[]
  } = {},
): Promise<ApiServer> {
  await using parts = new AsyncDisposableStack()
  const dir = await mkdtemp(path.join(tmpdir(), 'assay-operator-'))
  parts.defer(() => rm(dir, { recursive: true, force: true }))
  const world = { clock: systemClock, random: systemRandom, log: silentLogger }
  const store = openSqliteStore(':memory:', () => systemRandom.uuid())
  parts.defer(() => store.close())
  const images = new ImageStore(path.join(dir, 'images'))
  const commandKey = generateSigningKey()
  const service = createService({
    ...world,
    store,
    commandKey,
    policy: options.policy ?? { kind: 'all', name: 'test' },
    images: createImageCatalog(images),
    urls: {
      imageIndex: ({ name }) => `http://server.test/images/${name}/index.json`,
      imageBlob: ({ name }) => `http://server.test/images/${name}/blob.zst`,
      report: () => 'http://server.test/report',
    },
    webhooks: httpWebhookPort(options.webhookOrigins ?? []),
    ids: await readIdLists([systemIdFolder]),
  })
  await service.start()
  parts.defer(() => service.close())
  const tokens = createTokenService({ ...world, store })
  const { secret } = await tokens.create({ name: 'olga', role: 'operator' })
  const listen = (port: number) => openHttpListener({ host: '127.0.0.1', port, idleSeconds: 60 })
  let listener = listen(0)
  const { port } = listener
  parts.defer(() => listener.close())
  const app = createApiApp({
    ...world,
    service,
    tokens,
    images: createImageLibrary({
      ...world,
      store: images,
      signingKey: generateSigningKey(),
      incomingDir: path.join(dir, 'incoming'),
    }),
    version: '0.0.0',
    webDir: options.webDir ?? dir,
    agentConnections: () => 0,
    degraded: () => [],
  })
  const answer = (request: Request) => app.fetch(request)
  listener.handle(answer)
  const url = `http://127.0.0.1:${port}`
  const owned = parts.move()
  return {
    url,
    token: secret,
    client: createClient({ baseUrl: url, token: secret }),
    agent: (machine) => new AgentDouble(machine, commandKey.publicKey),
    connect: (agent) => agent.connect(service),
    async outage() {
      await listener.close()
      return {
        async [Symbol.asyncDispose]() {
          listener = listen(port)
          listener.handle(answer)
        },
      }
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Waits until the condition holds; it is asked again every 20 ms. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  what: string,
  seconds = 15,
): Promise<void> {
  const deadline = systemClock.monotonic() + seconds * 1000
  while (!(await condition())) {
    if (systemClock.monotonic() > deadline) throw new Error(`did not come to hold: ${what}`)
    await systemClock.sleep(20)
  }
}

/** Waits until the machine of an agent is available, and gives its id. */
export async function availableId(server: ApiServer, agent: AgentDouble): Promise<string> {
  await until(
    async () =>
      (await server.client.machines.list()).some(
        ({ id, state }) => id === agent.welcome?.machineId && state === 'available',
      ),
    'the machine is available',
  )
  return agent.welcome?.machineId ?? ''
}
