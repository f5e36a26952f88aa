import { describe, expect, test } from 'vitest'
import { emptyInventory } from '../../../protocol/facts/inventory.ts'
import { plotPosition } from '../../../server/web/benchmark-table.tsx'
import { boxOf, isDegraded, pciGeneration } from '../../../server/web/box-model.ts'
import { latestBoot } from '../../../server/web/phases.ts'
import { readInventory } from '../../../server/web/read-inventory.ts'
import { routeOf } from '../../../server/web/router.tsx'
import { rackMachine } from './rack-machine.ts'

const inventory = readInventory({
  inventory: Object.fromEntries(rackMachine(1).facts.map((each) => [each.class, each.facts])),
})

describe('the picture of a machine', () => {
  test('hangs processors and devices on their NUMA nodes', () => {
    const box = boxOf(inventory)
    expect(box?.nodes.map(({ id, coreCount, packages }) => [id, coreCount, packages])).toEqual([
      [0, 32, ['CPU 0 AMD EPYC 9354 32-Core Processor']],
      [1, 32, ['CPU 1 AMD EPYC 9354 32-Core Processor']],
    ])
    expect(box?.nodes[1]?.devices.map(({ key }) => key)).toEqual([
      'gpu 0000:a1:00.0',
      'disk nvme1n1',
      'nic ens2np0',
    ])
    expect(box?.devices.map(({ key }) => key)).toEqual(['disk sda'])
    expect(box?.dimms).toHaveLength(16)
  })

  test('is one block where the kernel knows of no nodes, and none before discovery', () => {
    const box = boxOf({ ...inventory, numa: null })
    expect(box?.nodes).toHaveLength(1)
    expect(box?.nodes[0]).toMatchObject({ id: null, coreCount: 64, threadCount: 128 })
    expect(boxOf(emptyInventory)).toBeNull()
  })

  test('tells a link below its best', () => {
    const link = { maxSpeedGtPerS: 16, speedGtPerS: 16, maxLaneWidth: 16, laneWidth: 16 }
    expect(isDegraded(link)).toBe(false)
    expect(isDegraded({ ...link, laneWidth: 8 })).toBe(true)
    expect(isDegraded({ ...link, speedGtPerS: 8 })).toBe(true)
    expect([2.5, 16, 64, 7, null].map(pciGeneration)).toEqual([1, 4, 6, null, null])
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
