import { expect, test } from 'vitest'
import { readJsonl } from '../../../server/import/readers/jsonl.ts'
import { makeMachine } from '../machine-facts.ts'
import { attributesIn, readAll } from './text-lines.ts'

const facts = Object.fromEntries(makeMachine(1).facts.map((one) => [one.class, one.facts]))

test('a line with what an agent printed is a machine with these facts', async () => {
  const finding = { code: 'a.b', severity: 'info', subject: 'cpu', message: 'something' }
  const line = { name: 'node-1', labels: { rack: 'r1' }, facts, findings: [finding] }
  const [entry] = await readAll(readJsonl, `\n${JSON.stringify(line)}\n`)
  expect(entry).toMatchObject({
    kind: 'machine',
    line: 2,
    machine: { name: 'node-1', labels: { rack: 'r1' }, known: { kind: 'facts' } },
  })
  if (entry?.kind !== 'machine' || entry.machine.known.kind !== 'facts') throw new Error('no facts')
  expect(entry.machine.known.inventory.cpu).toEqual(facts['cpu'])
  expect(entry.machine.known.inventory.gpu).toBeNull()
  expect(entry.machine.known.findings).toEqual([finding])
})

test('attributes are taken as the API shows them', async () => {
  const attributes = {
    'cpu.cores': 64,
    'memory.size': '1.5TiB',
    'cpu.flags': ['avx512f', 'aes', 'aes'],
    'security.secureBoot': true,
    'gpu.model': null,
    disks: [{ transport: 'nvme', size: '3.84TB' }],
  }
  expect(await attributesIn(readJsonl, JSON.stringify({ name: 'a', attributes }))).toEqual({
    ...attributes,
    'cpu.flags': ['aes', 'avx512f'],
  })
})

test.each([
  ['{"name":"a"', 'is not JSON'],
  ['[]', 'expected object'],
  ['{"name":"a"}', "wanted either 'facts' or 'attributes'"],
  ['{"name":"a","facts":{},"attributes":{}}', "wanted either 'facts' or 'attributes'"],
  ['{"name":"A_b","facts":{}}', "'name': a host name of one part, lower case"],
  ['{"name":"a","facts":{"cpus":{}}}', "'facts.cpus': there is no such class, did you mean 'cpu'"],
  ['{"name":"a","facts":{"cpu":{}}}', 'Cannot take cpu facts'],
  [
    '{"name":"a","attributes":{"cpu.coers":1}}',
    "no attribute is named so, did you mean 'cpu.cores'",
  ],
  [
    '{"name":"a","attributes":{"cpu.cores":"many"}}',
    '\'cpu.cores\': "many" is not a whole number from 0',
  ],
  ['{"name":"a","attributes":{"memory.size":"1.5XB"}}', "Cannot take 'memory.size'"],
  ['{"name":"a","attributes":{"disks":[{"speed":1}]}}', "'disks[0].speed': no attribute"],
  ['{"name":"a","attributes":{"label.rack":"r"}}', "write it into 'labels'"],
  [
    '{"name":"a","attributes":{},"findings":[{"code":"x","severity":"info","subject":"s","message":"m"}]}',
    "go with 'facts'",
  ],
  ['{"name":"a","facts":{},"extra":1}', 'nrecognized key'],
])('line %s is a problem', async (line, message) => {
  const [problem, good] = await readAll(readJsonl, `${line}\n{"name":"b","facts":{}}\n`)
  expect(problem).toMatchObject({ kind: 'problem', line: 1 })
  expect(problem?.kind === 'problem' ? problem.message : '').toContain(message)
  expect(good).toMatchObject({ kind: 'machine', line: 2 })
})
