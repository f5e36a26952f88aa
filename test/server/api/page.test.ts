import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildWeb } from '../../../server/web/build.ts'
import { startApiServer } from '../../cli/api-server.ts'

test('the page comes at every path it routes itself, under its policy, and nowhere else', async () => {
  const webDir = await mkdtemp(join(tmpdir(), 'assay-page-'))
  await buildWeb(webDir)
  const server = await startApiServer({ webDir })
  try {
    for (const path of ['/', '/machines', '/machines/abc', '/allocations', '/images']) {
      const response = await fetch(`${server.url}${path}`)
      expect([path, response.status]).toEqual([path, 200])
      expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
      expect(await response.text()).toContain('<script')
    }
    expect((await fetch(`${server.url}/secrets`)).status).toBe(404)
  } finally {
    await server[Symbol.asyncDispose]()
    await rm(webDir, { recursive: true })
  }
})
