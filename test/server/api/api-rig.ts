import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Hono } from 'hono'
import type { Role } from '../../../protocol/api.ts'
import { createClient } from '../../../protocol/client.ts'
import type { Client } from '../../../protocol/client.ts'
import { generateSigningKey } from '../../../protocol/signing.ts'
import { systemRandom } from '../../../protocol/system-effects.ts'
import { apiEndpoints, createApiApp } from '../../../server/api/api-app.ts'
import type { ApiDeps } from '../../../server/api/api-app.ts'
import type { Endpoint } from '../../../server/api/endpoint.ts'
import { createImageLibrary } from '../../../server/image-library.ts'
import { ImageStore } from '../../../server/images/image-store.ts'
import { silentLogger } from '../../../server/log.ts'
import type { ApprovalPolicy } from '../../../server/service-deps.ts'
import { createTokenService } from '../../../server/tokens/token-service.ts'
import type { TokenService } from '../../../server/tokens/token-service.ts'
import { World } from '../world.ts'

/** The address that requests in process are sent to. */
export const origin = 'http://assay.test'

/** The API over a real service and store, in process. */
export interface ApiRig {
  readonly world: World
  readonly app: Hono
  readonly tokens: TokenService
  readonly endpoints: readonly Endpoint[]
  /** Holds the page (`web/`) and images. */
  readonly dir: string
  readonly degraded: string[]
  /** The secret of a token made for the role. */
  readonly secrets: Readonly<Record<Role, string>>
  readonly clients: Readonly<Record<Role, Client>>
  request(path: string, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

export async function openApiRig(policy?: ApprovalPolicy): Promise<ApiRig> {
  const dir = await mkdtemp(path.join(tmpdir(), 'assay-api-'))
  const world = await World.start(policy === undefined ? {} : { policy })
  const { clock, service } = world
  const tokens = createTokenService({ store: world.store, clock, random: systemRandom })
  const degraded: string[] = []
  const deps: ApiDeps = {
    service,
    tokens,
    clock,
    random: systemRandom,
    log: silentLogger,
    images: createImageLibrary({
      store: new ImageStore(path.join(dir, 'images')),
      signingKey: generateSigningKey(),
      incomingDir: path.join(dir, 'incoming'),
      clock,
      random: systemRandom,
    }),
    version: '0.0.0',
    webDir: path.join(dir, 'web'),
    agentConnections: () => 3,
    degraded: () => degraded,
  }
  const app = createApiApp(deps)
  const secretOf = async (role: Role) => (await tokens.create({ name: role, role })).secret
  const secrets = {
    viewer: await secretOf('viewer'),
    scheduler: await secretOf('scheduler'),
    operator: await secretOf('operator'),
  }
  const clientOf = (token: string) =>
    createClient({ baseUrl: origin, token, fetch: async (request) => app.fetch(request) })
  return {
    world,
    app,
    tokens,
    endpoints: apiEndpoints(deps),
    dir,
    degraded,
    secrets,
    clients: {
      viewer: clientOf(secrets.viewer),
      scheduler: clientOf(secrets.scheduler),
      operator: clientOf(secrets.operator),
    },
    request: async (where, init) => app.fetch(new Request(new URL(where, origin), init)),
    async close() {
      await world.close()
      await rm(dir, { recursive: true })
    },
  }
}
