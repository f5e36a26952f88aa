import { afterAll, beforeAll, expect, test } from 'vitest'
import { rackMachine } from '../server/web/rack-machine.ts'
import { availableId, startApiServer } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import { assay } from './terminal.ts'

let server: ApiServer
let id = ''

beforeAll(async () => {
  server = await startApiServer()
  id = await availableId(server, server.connect(server.agent(rackMachine(7))))
})
afterAll(async () => server[Symbol.asyncDispose]())

test('assay show tells devices by name, with their health, link and neighbour', async () => {
  const { out } = await assay(server, ['show', id])
  expect(out).toMatch(/nvme1n1 .* NVME-0007-1 +failing, spare-low, 112 % used/)
  expect(out).toMatch(/ens1np0 .* leaf-3 Ethernet1\/7 +0000:41:00\.0/)
  expect(out).toMatch(/0000:a1:00\.0 .* GPU-0007-1 .* x16 Gen5/)
})

test('assay show --pci prints the tree with links', async () => {
  const { out } = await assay(server, ['show', id, '--pci'])
  expect(out).toMatch(/^root bus 0000:c0\n {2}0000:c0:01\.1 .*\n {4}0000:c1:00\.0 /m)
  expect(out).toMatch(/15b3:101d, x8 Gen4, can x16 Gen4, mlx5_core, slot c1/)
})

test('assay show --json holds ids and names side by side', async () => {
  const { out } = await assay(server, ['show', id, '--json'])
  expect(JSON.parse(out)).toMatchObject({
    names: { pci: { '0000:c1:00.0': {} }, usb: { '1-2': {} } },
    inventory: { pci: {} },
  })
})

test('assay machines --where finds a machine by a part of it', async () => {
  const found = async (where: string) =>
    (await assay(server, ['machines', '--where', where, '--json'])).out.includes(id)
  expect(await found('disks.serial=NVME-0007-1')).toBe(true)
  expect(await found('gpus.serial~GPU-0007-*')).toBe(true)
  expect(await found('disks.serial=NVME-0008-1')).toBe(false)
})

test('assay attributes names those of each device too', async () => {
  const { out } = await assay(server, ['attributes'])
  expect(out).toMatch(/^gpus\.serial +string/m)
  expect(out).toMatch(/^disks\.size +quantity +1\.5TiB/m)
})
