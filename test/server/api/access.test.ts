import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { roles } from '../../../protocol/api.ts'
import type { Role } from '../../../protocol/api.ts'
import { openApiRig } from './api-rig.ts'
import type { ApiRig } from './api-rig.ts'

/** Written down apart from the routes: who may call what is decided here once more. */
const access: Readonly<Record<string, Role>> = {
  'get /v1/machines': 'viewer',
  'get /v1/machines/{id}': 'viewer',
  'get /v1/machines/{id}/inspections': 'viewer',
  'get /v1/machines/{id}/inspections/{inspection}': 'viewer',
  'get /v1/machines/{id}/diff': 'viewer',
  'get /v1/machines/{id}/names': 'viewer',
  'get /v1/findings': 'viewer',
  'post /v1/machines/{id}/approve': 'operator',
  'post /v1/machines/{id}/maintenance': 'operator',
  'post /v1/machines/{id}/name': 'operator',
  'post /v1/machines/{id}/labels': 'operator',
  'post /v1/machines/{id}/inspect': 'operator',
  'post /v1/machines/{id}/recover': 'operator',
  'post /v1/machines/{id}/reboot': 'operator',
  'post /v1/allocations': 'scheduler',
  'post /v1/match': 'viewer',
  'get /v1/allocations': 'viewer',
  'get /v1/allocations/{id}': 'viewer',
  'post /v1/allocations/{id}/confirm': 'scheduler',
  'post /v1/allocations/{id}/renew': 'scheduler',
  'post /v1/allocations/{id}/release': 'scheduler',
  'post /v1/allocations/{id}/revoke': 'operator',
  'post /v1/allocations/{id}/machines/{machine}/reboot': 'scheduler',
  'post /v1/allocations/{id}/machines/{machine}/deploy': 'scheduler',
  'get /v1/allocations/{id}/exports/{format}': 'viewer',
  'post /v1/imports': 'operator',
  'delete /v1/imports': 'operator',
  'delete /v1/imports/{id}': 'operator',
  'post /v1/imports/match': 'viewer',
  'get /v1/queue': 'viewer',
  'get /v1/quotas': 'viewer',
  'get /v1/quotas/{tenant}': 'viewer',
  'put /v1/quotas/{tenant}': 'operator',
  'get /v1/profiles': 'viewer',
  'get /v1/profiles/{name}': 'viewer',
  'put /v1/profiles/{name}': 'operator',
  'delete /v1/profiles/{name}': 'operator',
  'get /v1/capacity': 'viewer',
  'get /v1/schemas/request': 'viewer',
  'get /v1/schemas/profile': 'viewer',
  'get /v1/reservations': 'viewer',
  'get /v1/reservations/{id}': 'viewer',
  'post /v1/reservations': 'operator',
  'delete /v1/reservations/{id}': 'operator',
  'get /v1/usage': 'scheduler',
  'get /v1/webhooks': 'scheduler',
  'post /v1/webhooks': 'scheduler',
  'post /v1/webhooks/{id}/resume': 'scheduler',
  'delete /v1/webhooks/{id}': 'scheduler',
  'get /v1/fabric': 'viewer',
  'put /v1/fabric/{name}': 'operator',
  'delete /v1/fabric/{name}': 'operator',
  'get /v1/images': 'viewer',
  'get /v1/images/{name}/{version}': 'viewer',
  'put /v1/images/{name}/{version}': 'operator',
  'delete /v1/images/{name}/{version}': 'operator',
  'get /v1/attributes': 'viewer',
  'get /v1/events': 'viewer',
  'get /v1/session': 'viewer',
  'get /v1/tokens': 'operator',
  'post /v1/tokens': 'operator',
  'delete /v1/tokens/{id}': 'operator',
}

let rig: ApiRig
beforeAll(async () => {
  rig = await openApiRig()
})
afterAll(() => rig.close())

const keyOf = (endpoint: { readonly method: string; readonly path: string }) =>
  `${endpoint.method} ${endpoint.path}`

test('every route is in the table, and the table has no other', () => {
  expect(Object.fromEntries(rig.endpoints.map((one) => [keyOf(one), one.role]))).toEqual(access)
})

test('the application has no route under /v1 beside the table', () => {
  const routed = rig.app.routes
    .filter(({ path }) => path.startsWith('/v1'))
    .map(({ method, path }) => `${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  expect(routed.toSorted()).toEqual(Object.keys(access).toSorted())
})

describe.each(Object.entries(access))('%s', (key, least) => {
  const [method = '', path = ''] = key.split(' ')
  const call = async (authorization: string | null) => {
    const stop = new AbortController()
    const response = await rig.request(path.replaceAll(/\{\w+\}/g, 'none'), {
      method: method.toUpperCase(),
      headers: authorization === null ? {} : { authorization },
      signal: stop.signal,
    })
    await response.body?.cancel()
    stop.abort()
    return response.status
  }

  test('is closed without a token and with one that is none', async () => {
    expect(await call(null)).toBe(401)
    expect(await call('Bearer assay_0_0')).toBe(401)
    expect(await call('Basic YTpi')).toBe(401)
  })

  test.each(roles)('is open for the roles that may (%s)', async (role) => {
    const may = roles.indexOf(role) >= roles.indexOf(least)
    const status = await call(`Bearer ${rig.secrets[role]}`)
    if (may) expect([401, 403]).not.toContain(status)
    else expect(status).toBe(403)
  })
})

test('metrics want a token; health, documentation and the page do not', async () => {
  expect((await rig.request('/metrics')).status).toBe(401)
  const authorization = `Bearer ${rig.secrets.viewer}`
  const metrics = await rig.request('/metrics', { headers: { authorization } })
  expect(await metrics.text()).toContain('assay_agent_connections 3\n')
  expect(await (await rig.request('/healthz')).json()).toEqual({ status: 'ok', degraded: [] })
  rig.degraded.push('dnsmasq')
  expect(await (await rig.request('/healthz')).json()).toMatchObject({ status: 'degraded' })
  expect((await rig.request('/openapi.json')).status).toBe(200)
})

test('a revoked token is refused at once', async () => {
  const { id, secret } = await rig.tokens.create({ name: 'brief', role: 'operator' })
  const headers = { authorization: `Bearer ${secret}` }
  expect((await rig.request('/v1/machines', { headers })).status).toBe(200)
  await rig.clients.operator.tokens.revoke(id)
  const refused = await rig.request('/v1/machines', { headers })
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toContain('Bearer')
  expect(await refused.json()).toMatchObject({ code: 'unauthenticated', status: 401 })
})

test('the documentation has every route with its answer and its problem', async () => {
  const document: unknown = await (await rig.request('/openapi.json')).json()
  expect(document).toMatchObject({ openapi: '3.1.0' })
  for (const endpoint of rig.endpoints) {
    expect(document).toHaveProperty([
      'paths',
      endpoint.path,
      endpoint.method,
      'responses',
      'default',
    ])
    expect(document).toHaveProperty([
      'paths',
      endpoint.path,
      endpoint.method,
      'responses',
      String(endpoint.answer.status),
    ])
  }
})
