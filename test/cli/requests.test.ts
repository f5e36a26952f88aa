import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeMachine } from '../server/machine-facts.ts'
import { availableId, startApiServer, until } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import { makeRawImage } from './disk-image.ts'
import { assay } from './terminal.ts'

let server: ApiServer

beforeAll(async () => {
  server = await startApiServer()
  for (const n of [1, 2]) await availableId(server, server.connect(server.agent(makeMachine(n))))
})
afterAll(async () => server[Symbol.asyncDispose]())

const request = `
roles:
  - { name: node, count: 1, match: { cpu.cores: { gte: 4 } } }
lease: { duration: 1h }
`

describe('assay images', () => {
  test('imports a raw image and lists it', async () => {
    await using raw = await makeRawImage(4 * 1024 * 1024)
    const args = ['images', 'import', raw.file, '--name', 'lab', '--version', '1']
    const refused = await assay(server, args)
    expect(refused.exitCode).toBe(1)
    expect(refused.errors.join()).toContain('GPT')
    const imported = await assay(server, [...args, '--allow-no-gpt'])
    expect(imported).toMatchObject({ exitCode: 0, errors: [] })
    expect((await assay(server, ['images'])).out).toMatch(/lab +1 +disk +4.19 MB/)
    expect(
      (await assay(server, ['images', 'import', '/nonexistent/x', ...args.slice(3)])).exitCode,
    ).toBe(2)
  })
})

describe('assay request', () => {
  test('explains a dry run and holds nothing', async () => {
    const { exitCode, out } = await assay(server, ['request', '--file', '-', '--dry-run'], {
      input: request,
    })
    expect(exitCode).toBe(0)
    expect(out).toContain('role node: 1 wanted, 2 fit, 2 free')
    expect((await assay(server, ['allocations', '--json'])).out).toBe('[]\n')
  })

  test('ends with 3 and says what would help when nothing matches', async () => {
    const { exitCode, out } = await assay(server, ['request', '--role', '1,cpu.cores>=8'])
    expect(exitCode).toBe(3)
    expect(out).toContain('would admit 2 more')
  })

  test('refuses a bad request in one line that names all that is wrong', async () => {
    const { exitCode, errors } = await assay(server, ['request', '--file', '-'], {
      input: 'roles: []\nleese: 1',
    })
    expect(exitCode).toBe(1)
    expect(errors).toHaveLength(1)
    expect(errors[0]).toContain("did you mean 'lease'")
    expect((await assay(server, ['request'])).exitCode).toBe(2)
    const noFile = await assay(server, ['request', '--file', '/nonexistent/r.yaml'])
    expect(noFile.errors[0]).toContain("cannot read request '/nonexistent/r.yaml'")
  })

  test('allocates, shows, renews and releases', async () => {
    await using file = await makeRawImage(0)
    await writeFile(file.file, request)
    const asked = await assay(server, ['request', '-f', file.file, '--key', 'k1'])
    const id = /allocation (\S+): active/.exec(asked.out)?.[1] ?? ''
    expect(id).not.toBe('')
    const again = await assay(server, ['request', '-f', file.file, '--key', 'k1'])
    expect(again.out).toContain(id)

    const list = await assay(server, ['allocations'])
    expect(list.out).toMatch(
      /active +olga +- +in 5\dm|active +olga +- +in 1h|active +olga +- +in 60m/,
    )
    const shown = await assay(server, ['allocations', id])
    expect(shown.out).toContain('role node: 1 wanted')
    expect((await assay(server, ['renew', id, '9d'])).out).toMatch(/lease ends in [89]d/)
    expect((await assay(server, ['release', id])).out).toMatch(/: releas(ing|ed)\n$/)
    await until(
      async () => (await server.client.allocations.get(id)).state === 'released',
      'released',
    )
    expect((await assay(server, ['allocations'])).out).toBe('no allocations\n')
    const wrong = await assay(server, ['release', 'nope'])
    expect(wrong).toMatchObject({ exitCode: 6 })
  })
})

describe('assay token', () => {
  test('makes a token that works until it is revoked', async () => {
    const made = await assay(server, ['token', 'create', 'ci', '--role', 'viewer'])
    const token = made.out.trim()
    const ci = { url: server.url, token }
    expect((await assay(ci, ['machines'])).exitCode).toBe(0)
    const forbidden = await assay(ci, ['token', 'list'])
    expect(forbidden.exitCode).toBe(5)
    expect(forbidden.errors).toEqual([
      "assay: token 'ci' is a viewer's, this takes one of a operator",
    ])
    expect((await assay(server, ['token', 'list'])).out).toMatch(/ci +viewer .*works/)
    expect((await assay(server, ['token', 'revoke', 'ci'])).exitCode).toBe(0)
    const after = await assay(ci, ['machines'])
    expect(after.exitCode).toBe(5)
    expect(after.errors[0]).toContain('was revoked')
    expect((await assay(server, ['token', 'create', 'x', '--role', 'king'])).exitCode).toBe(2)
  })
})
