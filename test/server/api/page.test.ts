import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openApiRig, origin } from './api-rig.ts'
import type { ApiRig } from './api-rig.ts'

let rig: ApiRig
beforeEach(async () => {
  rig = await openApiRig()
})
afterEach(() => rig.close())

const logIn = (token: string, from: string | null = origin) =>
  rig.request('/login', {
    method: 'POST',
    headers: { host: 'assay.test', ...(from === null ? {} : { origin: from }) },
    body: JSON.stringify({ token }),
  })

const cookieOf = (response: Response) =>
  (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''

describe('the page', () => {
  test('is served with headers that let it do nothing but its own', async () => {
    await mkdir(path.join(rig.dir, 'web'))
    await writeFile(path.join(rig.dir, 'web/index.html'), '<!doctype html>')
    await writeFile(path.join(rig.dir, 'web/main-abc.js'), 'x')
    const index = await rig.request('/')
    expect(await index.text()).toBe('<!doctype html>')
    expect(index.headers.get('content-type')).toContain('text/html')
    const asset = await rig.request('/assets/main-abc.js')
    expect(asset.headers.get('cache-control')).toContain('immutable')
    for (const response of [index, asset, await rig.request('/v1/machines')]) {
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(response.headers.get('content-security-policy')).not.toContain('unsafe')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    }
    for (const name of ['..%2Findex.html', '.hidden', 'missing.js']) {
      expect((await rig.request(`/assets/${name}`)).status).not.toBe(200)
    }
  })

  test('says that it was not built when it was not', async () => {
    const response = await rig.request('/')
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/npm run build/) })
  })
})

describe('a login', () => {
  test('gives a cookie that no script can read and that stands for the token', async () => {
    const response = await logIn(rig.secrets.operator)
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ name: 'operator', role: 'operator' })
    const header = response.headers.get('set-cookie') ?? ''
    expect(header).toContain('HttpOnly')
    expect(header).toContain('SameSite=Strict')
    expect(header).not.toContain(rig.secrets.operator)
    const cookie = cookieOf(response)
    const session = await rig.request('/v1/session', { headers: { cookie } })
    expect(await session.json()).toMatchObject({ role: 'operator' })
  })

  test('is refused with a wrong token, from another site and from nowhere', async () => {
    expect((await logIn('assay_wrong')).status).toBe(401)
    expect((await logIn(rig.secrets.viewer, 'http://evil.test')).status).toBe(403)
    expect((await logIn(rig.secrets.viewer, null)).status).toBe(403)
  })

  test('does not let another site change anything with the cookie', async () => {
    const cookie = cookieOf(await logIn(rig.secrets.operator))
    const create = (headers: Record<string, string>) =>
      rig.request('/v1/tokens', {
        method: 'POST',
        headers: { cookie, host: 'assay.test', ...headers },
        body: JSON.stringify({ name: 'evil', role: 'operator' }),
      })
    expect((await create({})).status).toBe(403)
    expect((await create({ origin: 'http://evil.test' })).status).toBe(403)
    expect((await create({ origin: 'null' })).status).toBe(403)
    expect((await create({ origin })).status).toBe(201)
  })

  test('ends by logging out, with time and with its token', async () => {
    const session = (cookie: string) => rig.request('/v1/session', { headers: { cookie } })
    const first = cookieOf(await logIn(rig.secrets.viewer))
    const out = await rig.request('/logout', {
      method: 'POST',
      headers: { cookie: first, origin, host: 'assay.test' },
    })
    expect(out.status).toBe(204)
    expect((await session(first)).status).toBe(401)
    const second = cookieOf(await logIn(rig.secrets.viewer))
    rig.world.clock.advance(12 * 3600 * 1000)
    expect((await session(second)).status).toBe(401)
    const third = cookieOf(await logIn(rig.secrets.viewer))
    const [viewer] = (await rig.tokens.list()).filter(({ name }) => name === 'viewer')
    await rig.tokens.revoke(viewer?.id ?? '')
    expect((await session(third)).status).toBe(401)
  })
})
