import { Hono } from 'hono'
import type { Context } from 'hono'
import { z } from 'zod'
import type { Clock, Random } from '../../protocol/effects.ts'
import { AppError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Logger } from '../log.ts'
import type { Service } from '../service.ts'
import type { TokenService } from '../tokens/token-service.ts'
import { allocationEndpoints } from './allocation-endpoints.ts'
import { attributeEndpoints } from './attribute-endpoints.ts'
import { authenticate, cookieOf, requireRole, requireSameOrigin } from './authentication.ts'
import { readBody } from './body.ts'
import type { Endpoint } from './endpoint.ts'
import { eventEndpoints } from './event-endpoints.ts'
import { exportEndpoints } from './export-endpoints.ts'
import { fabricEndpoints } from './fabric-endpoints.ts'
import { imageEndpoints } from './image-endpoints.ts'
import { importEndpoints } from './import-endpoints.ts'
import type { ImageLibrary } from './image-endpoints.ts'
import { createLoginSessions, sessionCookie, sessionSeconds } from './login-sessions.ts'
import type { LoginSessions } from './login-sessions.ts'
import { inspectionEndpoints } from './inspection-endpoints.ts'
import { machineEndpoints } from './machine-endpoints.ts'
import { metricsText } from './metrics.ts'
import { openApiDocument } from './openapi.ts'
import { problemResponse } from './problems.ts'
import { capacityEndpoints } from './capacity-endpoints.ts'
import { profileEndpoints } from './profile-endpoints.ts'
import { schemaEndpoints } from './schema-endpoints.ts'
import { quotaEndpoints } from './quota-endpoints.ts'
import { reservationEndpoints } from './reservation-endpoints.ts'
import { tokenEndpoints } from './token-endpoints.ts'
import { usageEndpoints } from './usage-endpoints.ts'
import { securityHeaders, webFile } from './web.ts'
import { webhookEndpoints } from './webhook-endpoints.ts'

export interface ApiDeps {
  readonly service: Omit<
    Service,
    'bootDecision' | 'reportRunning' | 'acceptAgent' | 'start' | 'close'
  >
  readonly images: ImageLibrary
  readonly tokens: TokenService
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  readonly version: string
  /** The built web page. */
  readonly webDir: string
  /** Agents connected now. */
  agentConnections(): number
  /** What does not work though the server runs; empty when all is well. */
  degraded(): readonly string[]
}

/** Every route of `/v1` with the least role that may call it: the map of the API. */
export function apiEndpoints(
  deps: Pick<ApiDeps, 'service' | 'images' | 'tokens' | 'clock' | 'log'>,
): readonly Endpoint[] {
  return [
    ...machineEndpoints(deps.service.machines),
    ...inspectionEndpoints(deps.service.inspections),
    ...fabricEndpoints(deps.service.fabric),
    ...allocationEndpoints(deps.service.allocations),
    ...exportEndpoints(deps.service.exports),
    ...importEndpoints(deps.service.imports, deps.log),
    ...quotaEndpoints(deps.service.tenants),
    ...profileEndpoints(deps.service.profiles),
    ...capacityEndpoints(deps.service.capacity),
    ...schemaEndpoints(),
    ...reservationEndpoints(deps.service.reservations),
    ...usageEndpoints(deps.service.usage),
    ...webhookEndpoints(deps.service.webhooks),
    ...imageEndpoints(deps.images),
    ...attributeEndpoints(),
    ...eventEndpoints(deps),
    ...tokenEndpoints(deps.tokens),
  ]
}

/** The HTTP API and the web page. Without a token there is only what tells nobody anything. */
export function createApiApp(deps: ApiDeps): Hono {
  const { tokens, clock, log } = deps
  const app = new Hono()
  const sessions = createLoginSessions(clock, deps.random)
  const endpoints = apiEndpoints(deps)
  const startedAt = clock.monotonic()

  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(securityHeaders)) c.res.headers.set(name, value)
  })
  app.onError((error) => problemResponse(error, log))
  app.notFound((c) => {
    const detail = `nothing is at ${c.req.method} '${c.req.path}', see /openapi.json`
    return problemResponse(new AppError('not-found', detail), log)
  })

  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1')
    app.on(endpoint.method.toUpperCase(), path, async (c) => {
      const request = c.req.raw
      const caller = await authenticate(request, { tokens, sessions })
      requireRole(caller, endpoint.role)
      const recheck = async () => {
        await authenticate(request, { tokens, sessions })
      }
      const params: Record<string, string> = c.req.param()
      return endpoint.run({ request, params, caller, signal: request.signal, recheck })
    })
  }

  app.get('/metrics', async (c) => {
    requireRole(await authenticate(c.req.raw, { tokens, sessions }), 'viewer')
    const text = metricsText({
      machines: await deps.service.machines.list(),
      allocations: await deps.service.allocations.list(),
      agentConnections: deps.agentConnections(),
      uptimeSeconds: (clock.monotonic() - startedAt) / 1000,
      residentSizeBytes: process.memoryUsage.rss(),
    })
    return c.text(text, 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
  app.get('/healthz', (c) => {
    const degraded = deps.degraded()
    return c.json({ status: degraded.length === 0 ? 'ok' : 'degraded', degraded })
  })
  const document = openApiDocument(endpoints, deps.version)
  app.get('/openapi.json', (c) => c.json(document))

  app.post('/login', (c) => logIn(c, tokens, sessions))
  app.post('/logout', (c) => logOut(c, sessions))

  // The page routes by path itself: a reload of any of its paths is the same page.
  const pages = ['/', '/machines', '/machines/:id', '/request', '/allocations', '/allocations/:id']
  for (const page of [...pages, '/images']) {
    app.get(page, () => webFile(deps.webDir, 'index.html'))
  }
  app.get('/assets/:name', (c) => webFile(deps.webDir, c.req.param('name')))
  return app
}

const loginSchema = z.strictObject({ token: z.string().max(256) })

/** Takes `{"token": "..."}`, gives the page its cookie. */
async function logIn(c: Context, tokens: TokenService, sessions: LoginSessions): Promise<Response> {
  requireSameOrigin(c.req.raw)
  const body = loginSchema.safeParse(await readBody(c.req.raw, limits.bodyBytes))
  if (!body.success) throw new AppError('unprocessable', 'login wants {"token": "assay_..."}')
  const caller = await tokens.authenticate(body.data.token.trim())
  setCookie(c, sessions.open(caller.tokenId), sessionSeconds)
  return c.json(caller)
}

function logOut(c: Context, sessions: LoginSessions): Response {
  requireSameOrigin(c.req.raw)
  const cookie = cookieOf(c.req.raw, sessionCookie)
  if (cookie !== null) sessions.close(cookie)
  setCookie(c, '', 0)
  return c.body(null, 204)
}

/** `Secure` wherever the page came by TLS; on plain HTTP a browser would drop such a cookie. */
function setCookie(c: Context, value: string, maxAgeSeconds: number): void {
  const secure = new URL(c.req.url).protocol === 'https:' ? '; Secure' : ''
  const scope = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`
  c.header('set-cookie', `${sessionCookie}=${value}; ${scope}`)
}
