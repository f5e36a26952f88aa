import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectionDiffSchema } from '../../protocol/inspections.ts'
import { makeMachine } from '../server/machine-facts.ts'
import { availableId, startApiServer, until } from './api-server.ts'
import type { ApiServer } from './api-server.ts'
import { assay } from './terminal.ts'

let server: ApiServer

beforeAll(async () => {
  server = await startApiServer()
})
afterAll(async () => server[Symbol.asyncDispose]())

describe('assay findings', () => {
  test('names what is in two machines at once', async () => {
    const [one, two] = [makeMachine(7), makeMachine(8)]
    const facts = two.facts.map(
      (told) =>
        one.facts.find((own) => own.class === 'storage' && told.class === 'storage') ?? told,
    )
    const first = await availableId(server, server.connect(server.agent(one)))
    const second = await availableId(server, server.connect(server.agent({ ...two, facts })))
    const { exitCode, out } = await assay(server, ['findings'])
    expect(exitCode).toBe(0)
    expect(out).toContain("disk with serial 'NVME-0007' is in 2 machines")
    const json = await assay(server, ['findings', '--json'])
    expect(JSON.parse(json.out)).toMatchObject({
      fleet: [{ machineIds: [first, second] }, { machineIds: [first, second] }],
    })
  })
})

describe('assay diff', () => {
  test('says what changed since the boot before, history lists both', async () => {
    const machine = makeMachine(1)
    const agent = server.connect(server.agent(machine))
    const id = await availableId(server, agent)
    const early = await assay(server, ['diff', 'SN-0001'])
    expect(early.exitCode).not.toBe(0)
    expect(early.errors.join()).toContain('inspected once only')
    agent.disconnect()
    const facts = machine.facts.map((one) =>
      one.class === 'firmware' ? { ...one, facts: { ...one.facts, version: '9.9' } } : one,
    )
    server.connect(server.agent({ ...machine, facts }))
    await until(
      async () => (await server.client.machines.inspections(id))[0]?.step === 'ended',
      'the second inspection ends',
    )
    const { exitCode, out } = await assay(server, ['diff', 'SN-0001'])
    expect(exitCode).toBe(0)
    expect(out).toMatch(/^~ firmware {2}BIOS \S+ -> 9\.9$/m)
    const json = await assay(server, ['diff', 'SN-0001', '--json'])
    expect(inspectionDiffSchema.parse(JSON.parse(json.out)).changes).toHaveLength(1)
    const history = await assay(server, ['history', 'SN-0001'])
    expect(history.out.trimEnd().split('\n')).toHaveLength(3)
  })
})
