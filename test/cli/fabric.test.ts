import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fabricSchema } from '../../protocol/fabric.ts'
import { createClient } from '../../protocol/client.ts'
import { railFabric } from '../server/fabric/made-fabric.ts'
import { startApiServer } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import { assay } from './terminal.ts'

let server: ApiServer
let folder = ''
beforeAll(async () => {
  server = await startApiServer()
  folder = await mkdtemp(join(tmpdir(), 'assay-fabric-'))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

test('fabric is imported from a file, shown and removed', async () => {
  const file = join(folder, 'ib.out')
  await writeFile(file, railFabric(2, 3).toString())
  const imported = await assay(server, ['fabric', 'import', file, '--name', 'compute'])
  expect(imported).toMatchObject({
    exitCode: 0,
    out: 'imported compute: 2 leaf and 2 spine switches, 3 hosts on 2 rails\n',
  })
  const shown = await assay(server, ['fabric', 'show'])
  expect(shown.out).toMatch(/^leaf-1 +leaf +1 +3 +4 +MQM9700 /m)
  expect(shown.out).toMatch(/^node2 +- +- +2 +mlx5_1 +leaf-2 +6 +400 Gbit\/s$/m)
  const json = await assay(server, ['fabric', 'show', '--json'])
  expect(fabricSchema.parse(JSON.parse(json.out)).hosts).toHaveLength(3)
  expect((await assay(server, ['fabric', 'remove', 'compute'])).out).toBe('removed compute\n')
  expect((await assay(server, ['fabric'])).out).toContain('no fabric')
})

test('fabric import takes standard input, and says what is wrong with a text', async () => {
  const input = railFabric(1, 1).toString()
  expect((await assay(server, ['fabric', 'import', '-'], { input })).exitCode).toBe(0)
  const refused = await assay(server, ['fabric', 'import', '-'], { input: 'nonsense' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.errors.join()).toContain('no output of ibnetdiscover')
  const misnamed = await assay(server, ['fabric', 'import', '-', '--name', 'No Name'], { input })
  expect(misnamed.exitCode).not.toBe(0)
})

test('fabric is shown to nobody and taken of nobody without a token', async () => {
  const stranger = createClient({ baseUrl: server.url, token: 'assay_nobody' })
  await expect(stranger.fabric.show()).rejects.toThrow()
  await expect(stranger.fabric.import('x', railFabric(1, 1).toString())).rejects.toThrow()
})
