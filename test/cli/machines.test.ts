import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { makeMachine } from '../server/machine-facts.ts'
import { availableId, startApiServer, until } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import { assay } from './terminal.ts'

let server: ApiServer
let first = ''
let second = ''

beforeAll(async () => {
  server = await startApiServer()
  first = await availableId(server, server.connect(server.agent(makeMachine(1))))
  second = await availableId(server, server.connect(server.agent(makeMachine(2))))
})
afterAll(async () => server[Symbol.asyncDispose]())

describe('assay machines', () => {
  test('lists machines as a table with state and figures', async () => {
    const { exitCode, out, errors } = await assay(server, ['machines'])
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: [] })
    const [header, ...rows] = out.trimEnd().split('\n')
    expect(header).toMatch(/^ID +NAME +STATE +DOING +CORES +MEMORY +DISKS/)
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatch(/SN-0001 +available .* 4 +1 GiB +12 GB/)
  })

  test('prints the same as JSON when --json is given', async () => {
    const { out } = await assay(server, ['machines', '--json'])
    const machines = z.array(z.object({ id: z.string() })).parse(JSON.parse(out))
    expect(machines.map(({ id }) => id)).toEqual([first, second])
  })

  test('filters when --where is given and says which attribute was meant', async () => {
    const none = await assay(server, ['machines', '--where', 'cpu.cores>=5'])
    expect(none.out).toBe('no machines\n')
    const some = await assay(server, ['machines', '--where', 'system.serial=SN-0002', '--json'])
    expect(some.out).toContain(second)
    const wrong = await assay(server, ['machines', '--where', 'cpu.core>=4'])
    expect(wrong.exitCode).toBe(1)
    expect(wrong.errors.join()).toContain("did you mean 'cpu.cores'")
  })

  test('shows a machine named by serial, by id and by the beginning of its id', async () => {
    for (const word of ['sn-0001', first, first.slice(0, 30)]) {
      const { exitCode, out } = await assay(server, ['show', word])
      expect({ word, exitCode }).toEqual({ word, exitCode: 0 })
      expect(out).toContain('NVME-0001')
    }
  })

  test('refuses a name that is unknown or ambiguous in one line with what to do', async () => {
    const unknown = await assay(server, ['show', 'SN-0011'])
    expect(unknown.exitCode).toBe(6)
    expect(unknown.errors).toEqual(["assay: no machine is named 'SN-0011': did you mean 'SN-0001'"])
    const ambiguous = await assay(server, ['show', first.slice(0, 2)])
    expect(ambiguous.exitCode).toBe(2)
    expect(ambiguous.errors.join()).toContain('names 2 machines, write more of one')
  })

  test('names, labels and takes a machine out of service and back', async () => {
    expect((await assay(server, ['name', 'SN-0001', 'node-1'])).out).toContain('(node-1)')
    await assay(server, ['label', 'node-1', 'rack=r1', 'leaf=l1'])
    const labels = await assay(server, ['label', 'node-1', 'leaf-'])
    expect(labels.out).toBe('rack=r1\n')
    const out = await assay(server, ['maintenance', 'node-1', '--reason', 'new fan'])
    expect(out.out).toContain('available maintenance, new fan')
    const back = await assay(server, ['maintenance', 'node-1', '--end'])
    expect(back.out).toMatch(/: available\n$/)
    const neither = await assay(server, ['maintenance', 'node-1'])
    expect(neither.exitCode).toBe(2)
  })

  test('inspects again and refuses to recover what is well', async () => {
    const inspected = await assay(server, ['inspect', second])
    expect(inspected.exitCode).toBe(0)
    await until(
      async () => (await server.client.machines.get(second)).state === 'available',
      'available again',
    )
    const recovered = await assay(server, ['recover', second])
    expect(recovered.exitCode).toBe(1)
    expect(recovered.errors).toHaveLength(1)
  })
})

test('assay approve lets a pending machine in', async () => {
  await using server = await startApiServer({ policy: { kind: 'manual' } })
  const agent = server.connect(server.agent(makeMachine(7)))
  await until(() => agent.welcome !== null, 'welcomed')
  const before = await assay(server, ['machines', '--flag', 'pending'])
  expect(before.out).toContain('SN-0007')
  const { exitCode, out } = await assay(server, ['approve', 'SN-0007'])
  expect(exitCode).toBe(0)
  expect(out).not.toContain('pending')
})

test('a serial number that would turn the text around is written out', async () => {
  await using server = await startApiServer()
  const made = makeMachine(9)
  const hostile = 'SN\u202e<b>evil'
  const agent = server.connect(
    server.agent({ ...made, claims: { ...made.claims, systemSerial: hostile } }),
  )
  await availableId(server, agent)
  for (const args of [['machines'], ['show', hostile], ['machines', '--json']]) {
    const { out } = await assay(server, args)
    expect(out).toMatch(/SN(\\u\{202e\}|\\u202e)<b>evil/)
    expect(out).not.toMatch(/[^\P{C}\n]/u)
  }
})
