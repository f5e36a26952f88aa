import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApiServer } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import { assay } from './terminal.ts'

let server: ApiServer
beforeAll(async () => {
  server = await startApiServer()
})
afterAll(() => server[Symbol.asyncDispose]())

test('profiles are put from YAML, listed, shown and removed', async () => {
  const put = (input: string, ...more: string[]) =>
    assay(server, ['profiles', 'put', '-', ...more], { input })
  const node = 'name: node\ndescription: eight cores\nmatch: { cpu.cores: { gte: 8 } }\n'
  expect((await put(node)).out).toBe('profile node@1\n')
  expect((await put(node)).out).toBe('profile node@1\n')
  expect((await put('name: node\nmatch: { cpu.cores: { gte: 9 } }\n')).out).toBe('profile node@2\n')
  const stale = await put('name: node\n', '--generation', '0')
  expect(stale.exitCode).not.toBe(0)
  expect(stale.errors.join()).toContain('at generation 2, not at 0')
  expect((await put('match: {}\n')).errors.join()).toContain("wants 'name:'")
  expect((await assay(server, ['profiles'])).out).toMatch(/^node +2 +2 +- /m)
  const shown = await assay(server, ['profiles', 'show', 'node@1'])
  expect(shown.out).toContain('eight cores')
  const json = await assay(server, ['profiles', 'show', 'node', '--json'])
  expect(JSON.parse(json.out)).toMatchObject({ version: '2', versions: ['1', '2'] })
  const views = await assay(server, ['capacity', '--profile', 'node'])
  expect(views).toMatchObject({ exitCode: 0 })
  expect(views.out).toMatch(/^node@2 +anywhere +- /m)
  const reserve = (...more: string[]) =>
    assay(server, ['reservations', 'create', '--tenant', 'ci', '--until', '+8h', ...more])
  const kept = await reserve('--role', '1', '--profile', 'nod')
  expect(kept.errors.join()).toContain("did you mean 'node'")
  const misplaced = await reserve('--machine', 'm1', '--profile', 'node')
  expect(misplaced.errors.join()).toContain('--profile goes with --role')
  expect((await assay(server, ['profiles', 'remove', 'node'])).out).toBe('removed node\n')
  expect((await assay(server, ['profiles'])).out).toBe('no profiles\n')
  expect((await assay(server, ['capacity'])).out).toBe('no profiles\n')
})
