import fc from 'fast-check'
import { expect, test } from 'vitest'
import { slurmFiles } from '../../../server/exports/slurm/slurm.ts'
import { hostlist } from '../../../server/exports/slurm/hostlist.ts'
import { nodeLine } from '../../../server/exports/slurm/node-line.ts'
import { emptyInventory } from '../../../protocol/facts/inventory.ts'
import { madeAllocation, madeNode } from './made-nodes.ts'
import { readBlocks } from './slurm-grammar.ts'

test('the line of a node says what its facts say', () => {
  const line = nodeLine(madeNode(1, { labels: { rack: 'r 12' } }))
  const [name, cpus, ...rest] = line.split(' ')
  expect([name, cpus]).toEqual(['NodeName=n-01', 'CPUs=128'])
  const fields = new Map(rest.map((field) => [field.split('=')[0] ?? '', field]))
  expect(fields.get('Boards')).toBe('Boards=1')
  expect(fields.get('Sockets')).toBe('Sockets=2')
  expect(fields.get('CoresPerSocket')).toBe('CoresPerSocket=32')
  expect(fields.get('ThreadsPerCore')).toBe('ThreadsPerCore=2')
  expect(fields.get('RealMemory')).toMatch(/^RealMemory=\d+$/)
  expect(fields.get('Gres')).toMatch(/^Gres=gpu:[a-z0-9_.-]+:2$/)
  expect(fields.get('Feature')).toContain('rack_r_12')
  expect(fields.get('Feature')).toContain('role_trainer')
})

test('nothing is said of what is not known', () => {
  expect(nodeLine(madeNode(1, { inventory: emptyInventory }))).toBe(
    'NodeName=n-01 Feature=role_trainer State=UNKNOWN',
  )
})

test('a machine whose cores are not alike has only its number of CPUs', () => {
  const node = madeNode(1)
  const { cpu } = node.inventory
  if (cpu === null) throw new Error('made machine has processors')
  const hybrid = { ...cpu, coreCount: cpu.coreCount - 1 }
  const line = nodeLine({ ...node, inventory: { ...node.inventory, cpu: hybrid } })
  expect(line).toContain('CPUs=128 RealMemory=')
  expect(line).not.toContain('Sockets')
})

test('two machines with one host name are refused', () => {
  const nodes = [madeNode(1, { host: 'a.x' }), madeNode(2, { host: 'a.y' })]
  expect(() => slurmFiles(madeAllocation(nodes), 'tree')).toThrow("both have the host name 'a'")
})

test('a name that Slurm keeps for itself is refused', () => {
  for (const host of ['all', 'default', 'default.example.org']) {
    const files = () => slurmFiles(madeAllocation([madeNode(1), madeNode(2, { host })]), 'tree')
    expect(files).toThrow(`machine 'machine-2' has the host name '${host.split('.')[0]}'`)
  }
})

test('a name that its system spells in capitals is told to Slurm as it is spelt', () => {
  const line = (toldHost: string) =>
    nodeLine(madeNode(1, { host: toldHost.toLowerCase(), toldHost }))
  expect(line('Node-1.Example.org')).toMatch(/^NodeName=node-1 NodeHostname=Node-1 CPUs=/)
  expect(line('node-1.example.org')).toMatch(/^NodeName=node-1 CPUs=/)
})

test('names in a list come back when it is expanded, whatever they are', () => {
  const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,5}[a-z0-9])?$/)
  const numbered = fc
    .tuple(fc.constantFrom('n', 'rack1-n', 'x0'), fc.nat(30), fc.integer({ min: 1, max: 3 }))
    .map(([prefix, number, width]) => `${prefix}${String(number).padStart(width, '0')}`)
  fc.assert(
    fc.property(fc.array(fc.oneof(name, numbered), { minLength: 1, maxLength: 40 }), (names) => {
      expect(expand(hostlist(names)).toSorted()).toEqual([...new Set(names)].toSorted())
    }),
  )
  expect(hostlist(['n01', 'n02', 'n03', 'n07', 'spare', 'n1'])).toBe('n[01-03,07],n1,spare')
})

test('block topology names every host once, in blocks of at least the base size', () => {
  const nodes = [1, 2, 3, 4, 5].map((n) => madeNode(n, { labels: { rack: n < 4 ? 'r1' : 'r2' } }))
  const files = slurmFiles(madeAllocation(nodes), 'block')
  const text = files.find(({ name }) => name === 'topology.conf')?.text ?? ''
  expect(readBlocks(text)).toEqual({
    blocks: [
      { name: 'rack-r1', hosts: ['n-01', 'n-02', 'n-03'] },
      { name: 'rack-r2', hosts: ['n-04', 'n-05'] },
    ],
    sizes: [2],
  })
})

/** Slurm's hostlist, read the simple way. */
function expand(list: string): readonly string[] {
  return [...list.matchAll(/([^,[]+)(?:\[([^\]]+)\])?/g)].flatMap(([, prefix = '', ranges]) =>
    ranges === undefined
      ? [prefix]
      : ranges.split(',').flatMap((range) => {
          const [from = '', to = from] = range.split('-')
          const count = Number(to) - Number(from) + 1
          return Array.from(
            { length: count },
            (_, at) => prefix + String(Number(from) + at).padStart(from.length, '0'),
          )
        }),
  )
}
