import { expect, test } from 'vitest'
import { shortName } from '../../../server/exports/export-node.ts'
import { blocksOf, switchTree, type Switch } from '../../../server/exports/topology.ts'
import { inDomain, madeNode } from './made-nodes.ts'

/** `fabric(leaf-a[n-01,n-02] leaf-b[n-03])`. */
function drawn(switches: readonly Switch[]): string {
  return switches
    .map((one) =>
      one.kind === 'leaf'
        ? `${one.name}[${one.hosts.join(',')}]`
        : `${one.name}(${drawn(one.below)})`,
    )
    .join(' ')
}

const tree = (...nodes: Parameters<typeof switchTree>[0]) => drawn(switchTree(nodes, shortName))

test('hosts of one leaf are below one switch, and leaves below one fabric', () => {
  expect(
    tree(
      madeNode(1, { leaves: ['L1'] }),
      madeNode(2, { leaves: ['L2'] }),
      madeNode(3, { leaves: ['L1'] }),
    ),
  ).toBe('fabric(leaf-L1[n-01,n-03] leaf-L2[n-02])')
  expect(tree(madeNode(1, { leaves: ['L1'] }))).toBe('leaf-L1[n-01]')
})

test('a host whose leaf is not known is claimed to be near nobody', () => {
  expect(tree(madeNode(1), madeNode(2), madeNode(3, { leaves: ['L1'] }))).toBe(
    'fabric(alone-n-01[n-01] alone-n-02[n-02] leaf-L1[n-03])',
  )
})

test('hosts with a leaf on every rail are near when all of these are the same', () => {
  expect(
    tree(
      madeNode(1, { leaves: ['A', 'B'] }),
      madeNode(2, { leaves: ['A', 'B'] }),
      madeNode(3, { leaves: ['A', 'C'] }),
    ),
  ).toBe('fabric(leaves-A-B[n-01,n-02] leaves-A-C[n-03])')
})

test('labels above the leaf become switches where they cut no leaf and are known for all', () => {
  const at = (n: number, leaf: string, labels: Readonly<Record<string, string>>) =>
    madeNode(n, { labels: { leaf, ...labels } })
  expect(
    tree(
      at(1, 'a', { rack: 'r1', row: 'x' }),
      at(2, 'b', { rack: 'r1', row: 'x' }),
      at(3, 'c', { rack: 'r2', row: 'x' }),
    ),
  ).toBe('row-x(rack-r1(leaf-a[n-01] leaf-b[n-02]) rack-r2(leaf-c[n-03]))')
  // One leaf over two racks: no rack is above it.
  expect(
    tree(at(1, 'a', { rack: 'r1' }), at(2, 'a', { rack: 'r2' }), at(3, 'b', { rack: 'r2' })),
  ).toBe('fabric(leaf-a[n-01,n-02] leaf-b[n-03])')
  // One rack that is not known: none is used.
  expect(tree(at(1, 'a', { rack: 'r1' }), at(2, 'b', { rack: 'r1' }), at(3, 'c', {}))).toBe(
    'fabric(leaf-a[n-01] leaf-b[n-02] leaf-c[n-03])',
  )
})

test('names that Slurm would not take are made so, and stay different', () => {
  const [top] = switchTree(
    [
      madeNode(1, { labels: { leaf: 'a b' } }),
      madeNode(2, { labels: { leaf: 'a,b' } }),
      madeNode(3, { labels: { leaf: 'x'.repeat(128) } }),
      madeNode(4, { labels: { leaf: `${'x'.repeat(127)}y` } }),
    ],
    shortName,
  )
  const names = top?.kind === 'above' ? top.below.map(({ name }) => name) : []
  expect(names.slice(0, 2)).toEqual(['leaf-a-b', 'leaf-a-b.2'])
  expect(new Set(names).size).toBe(4)
  expect(names.every((name) => name.length <= 64)).toBe(true)
})

test('blocks are NVLink domains, else leaves, else racks, else each host by itself', () => {
  const blocks = (...nodes: Parameters<typeof blocksOf>[0]) => {
    const { source, blocks: found } = blocksOf(nodes, shortName)
    return `${source}: ${found.map(({ name, hosts }) => `${name}[${hosts.join(',')}]`).join(' ')}`
  }
  const uuid = 'c8f8f8ff-0000-4000-8000-000000000001'
  const one = inDomain(madeNode(1, { leaves: ['L1'] }), uuid, 1)
  const two = inDomain(madeNode(2, { leaves: ['L1'] }), uuid, 2)
  const bare = madeNode(3, { leaves: ['L2'], labels: { rack: 'r1' } })
  expect(blocks(one, two)).toBe(`NVLink domain: nvlink-${uuid}.1[n-01] nvlink-${uuid}.2[n-02]`)
  expect(blocks(one, two, bare)).toBe('leaf: leaf-L1[n-01,n-02] leaf-L2[n-03]')
  expect(
    blocks(madeNode(4, { labels: { rack: 'r1' } }), madeNode(5, { labels: { rack: 'r1' } })),
  ).toBe('rack: rack-r1[n-04,n-05]')
  expect(blocks(bare, madeNode(4))).toContain(
    'each host by itself: alone-n-03[n-03] alone-n-04[n-04]',
  )
  // The fabric of a single box has a cluster of zeros: two boxes are no domain.
  const box = (n: number) => inDomain(madeNode(n), '00000000-0000-0000-0000-000000000000', 0)
  expect(blocks(box(1), box(2))).toContain('each host by itself')
})
