import { describe, expect, test } from 'vitest'
import { emptyInventory } from '../../../protocol/facts/inventory.ts'
import { plotPosition } from '../../../server/web/benchmark-table.tsx'
import { boxOf } from '../../../server/web/box-model.ts'
import { latestBoot } from '../../../server/web/phases.ts'
import { readInventory } from '../../../server/web/read-inventory.ts'
import { routeOf } from '../../../server/web/router.tsx'
import { rackMachine } from './rack-machine.ts'

const inventory = readInventory({
  inventory: Object.fromEntries(rackMachine(1).facts.map((each) => [each.class, each.facts])),
})

describe('the picture of a machine', () => {
  test('hangs processors, nodes and devices where they are', () => {
    const box = boxOf(inventory)
    expect(
      box?.sockets.map(({ packages, nodes }) => [packages.map(({ name }) => name), nodes[0]?.id]),
    ).toEqual([
      [['CPU 0 AMD EPYC 9354 32-Core Processor'], 0],
      [['CPU 1 AMD EPYC 9354 32-Core Processor'], 1],
    ])
    expect(box?.sockets[0]?.packages[0]).toMatchObject({
      figures: ['32 cores', '64 threads', '3.8 GHz'],
      caches: ['L1d 32 × 32 KiB', 'L1i 32 × 32 KiB', 'L2 32 × 1 MiB', 'L3 8 × 32 MiB'],
    })
    expect(box?.sockets[1]?.nodes[0]?.devices.map(({ key }) => key)).toEqual([
      'gpu 0000:a1:00.0',
      'disk nvme1n1',
      'nic ens2np0',
    ])
    expect(box?.devices.map(({ key }) => key)).toEqual(['disk sda'])
  })

  test('puts DIMM slots in a row for each socket where their names tell it', () => {
    const rows = boxOf(inventory)?.dimmRows ?? []
    expect(rows.map(({ name, dimms }) => [name, dimms.length])).toEqual([
      ['P1', 8],
      ['P2', 8],
    ])
    const { memory } = inventory
    if (memory === null) throw new Error('want memory')
    const unnamed = memory.dimms.map((dimm, at) => ({ ...dimm, locator: `DIMM ${at}` }))
    const one = boxOf({ ...inventory, memory: { ...memory, dimms: unnamed } })?.dimmRows
    expect(one?.map(({ name, dimms }) => [name, dimms.length])).toEqual([[null, 16]])
  })

  test('shows several nodes of one processor in its socket, and nodes of memory alone', () => {
    const { numa } = inventory
    if (numa === null) throw new Error('want nodes')
    const [first, second] = numa.nodes
    if (first === undefined || second === undefined) throw new Error('want two nodes')
    const nodes = [
      { ...first, cpus: first.cpus.slice(0, 32) },
      { ...first, id: 1, cpus: first.cpus.slice(32) },
      { ...second, id: 2 },
      { ...second, id: 3, cpus: [] },
    ]
    const sockets = boxOf({ ...inventory, numa: { nodes } })?.sockets ?? []
    expect(sockets.map((one) => [one.packages.length, one.nodes.map(({ id }) => id)])).toEqual([
      [1, [0, 1]],
      [1, [2]],
      [0, [3]],
    ])
    expect(sockets[0]?.nodes[0]).toMatchObject({ coreCount: 16, threadCount: 32 })
  })

  test('is one block where the kernel knows of no nodes, and none before discovery', () => {
    const box = boxOf({ ...inventory, numa: null })
    expect(box?.sockets).toHaveLength(1)
    expect(box?.sockets[0]?.packages).toHaveLength(2)
    expect(box?.sockets[0]?.nodes[0]).toMatchObject({ id: null, coreCount: 64, threadCount: 128 })
    expect(boxOf(emptyInventory)).toBeNull()
  })

  test('judges a link by both of its ends', () => {
    const nodes = boxOf(inventory)?.sockets.flatMap((socket) => socket.nodes) ?? []
    const states = nodes.flatMap(({ devices }) =>
      devices.map(({ key, link }) => [key, link?.state]),
    )
    expect(states).toContainEqual(['nic ens1np0', 'full'])
    expect(states).toContainEqual(['nic ens2np0', 'narrow'])
    const alone = boxOf({ ...inventory, pci: null })?.sockets[0]?.nodes[0]?.devices[0]
    expect(alone).toMatchObject({ key: 'gpu 0000:21:00.0', link: { state: 'full' } })
  })

  test('leaves out a class that is in a form it does not know', () => {
    const { cpu, memory } = readInventory({ inventory: { cpu: { cores: 4 }, memory: null } })
    expect([cpu, memory]).toEqual([null, null])
  })
})

test('a spread is drawn around its median and never leaves its plot', () => {
  expect([1, 1.05, 0.9, 3].map(plotPosition)).toEqual([50, 75, 3, 97])
})

test('phases of the latest boot end where the next begins', () => {
  const phase = (phase: string, atMs: number) => ({ phase, atSeconds: null, atMs })
  const phases = [phase('booted', 0), phase('idle', 5), phase('booted', 100), phase('idle', 160)]
  expect(latestBoot(phases)).toEqual([
    { phase: 'booted', atMs: 100, untilMs: 160 },
    { phase: 'idle', atMs: 160, untilMs: null },
  ])
  expect(latestBoot([])).toEqual([])
})

test('addresses lead to their pages', () => {
  expect(routeOf('/')).toEqual({ kind: 'machines' })
  expect(routeOf('/machines/019a')).toEqual({ kind: 'machine', id: '019a' })
  expect(routeOf('/allocations')).toEqual({ kind: 'allocations' })
  expect(routeOf('/machines/a/b')).toEqual({ kind: 'nowhere', path: '/machines/a/b' })
})
