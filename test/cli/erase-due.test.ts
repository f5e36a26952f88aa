import { expect, test } from 'vitest'
import { makeMachine } from '../server/machine-facts.ts'
import { availableId, startApiServer, until } from './api-server.ts'
import { assay } from './terminal.ts'

test('a machine whose disks are to be erased is out of service until an operator says it is done', async () => {
  await using server = await startApiServer()
  const id = await availableId(server, server.connect(server.agent(makeMachine(1))))
  const input =
    'roles: [{ name: node, count: 1, match: { cpu.cores: 4 } }]\n' +
    'security: { erase: purge }\nlease: { duration: 1h }\n'
  const asked = await assay(server, ['request', '--file', '-', '--json'], { input })
  expect(asked.exitCode).toBe(0)
  const [allocation] = await server.client.allocations.list()
  expect((await assay(server, ['release', allocation?.id ?? ''])).exitCode).toBe(0)
  await until(
    async () => (await server.client.machines.get(id)).state === 'available',
    'the machine is back',
  )
  const listed = await assay(server, ['machines', '--flag', 'maintenance'])
  expect(listed.out).toContain('available maintenance  erase purge is due, asked for by allocation')
  const shown = await assay(server, ['show', id])
  expect(shown.out).toContain(
    `erase purge is due, asked for by allocation ${allocation?.id}: disks were not erased`,
  )
  const explained = await assay(server, ['explain', '--role', '1,cpu.cores>=1'])
  expect(explained.exitCode).toBe(3)
  expect(explained.out).toContain('1 out of service: erase purge is due')
  const back = await assay(server, ['maintenance', id, '--end'])
  expect(back.out).toMatch(/: available\n$/)
  expect((await assay(server, ['explain', '--role', '1,cpu.cores>=1'])).exitCode).toBe(0)
})
