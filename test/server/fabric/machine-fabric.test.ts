import { describe, expect, test } from 'vitest'
import { decodeIbnetdiscover } from '../../../protocol/fabric-ibnetdiscover.ts'
import { flatten } from '../../../protocol/attributes.ts'
import { emptyInventory, type Inventory } from '../../../protocol/facts/inventory.ts'
import { leafByRail, leafByRailIn } from '../../../server/fabric/leaf-by-rail.ts'
import { machineFabric as fabricOfLinks } from '../../../server/fabric/machine-fabric.ts'
import { linksOf } from '../../../server/fabric/machine-links.ts'
import { type Subnet, subnetOf } from '../../../server/fabric/topology.ts'
import {
  adapterGuid,
  ethernetMachine,
  infinibandMachine,
  type MadeFabric,
  type MadePort,
  railFabric,
  switchGuid,
} from './made-fabric.ts'

/** The place of a machine with these facts. */
const machineFabric = (subnets: readonly Subnet[], inventory: Inventory) =>
  fabricOfLinks(subnets, linksOf(inventory))

const subnet = (fabric: MadeFabric) =>
  subnetOf('made', decodeIbnetdiscover(new TextEncoder().encode(fabric.toString())))

const guidsOf = (host: string, rails: readonly number[]) =>
  rails.map((rail) => adapterGuid(`${host} mlx5_${rail - 1}`))

describe('a machine in an InfiniBand subnet', () => {
  test('is the host that has its adapters, whatever its own order of them', () => {
    const inventory = infinibandMachine(guidsOf('node2', [4, 2, 1, 3]))
    const fabric = machineFabric([subnet(railFabric(4, 3))], inventory)
    expect([...leafByRail(fabric)]).toEqual(
      [1, 2, 3, 4].map((rail) => [rail, switchGuid(`leaf-${rail}`)]),
    )
    expect(fabric?.leaves.map(({ name }) => name).toSorted()).toEqual(
      [1, 2, 3, 4].map((rail) => `leaf-${rail}`),
    )
  })

  test('has a rail whose leaf is not known where the link was not seen', () => {
    const made = railFabric(4, 3)
    for (const rail of [1, 3, 4]) made.adapter(`late mlx5_${rail - 1}`, `leaf-${rail}`)
    const inventory = infinibandMachine(guidsOf('late', [1, 2, 3, 4]))
    expect(leafByRail(machineFabric([subnet(made)], inventory)).get(2)).toBeNull()
    expect(leafByRail(machineFabric([subnet(made)], inventory)).size).toBe(4)
  })

  test('finds its rails by its leaves where its adapters do not say its name', () => {
    const made = railFabric(4, 8)
    const guids = [4, 1, 2].map((rail) => `d00000000000000${rail}`)
    for (const guid of guids) {
      made.adapter('MT4129 ConnectX7   Mellanox Technologies', `leaf-${guid.at(-1)}`, guid)
    }
    const fabric = machineFabric([subnet(made)], infinibandMachine(guids))
    expect([...leafByRail(fabric)]).toEqual([
      [1, switchGuid('leaf-1')],
      [2, switchGuid('leaf-2')],
      [3, null],
      [4, switchGuid('leaf-4')],
    ])
    expect(fabric?.rails.map(({ port }) => port)).toEqual(['mlx5_1', 'mlx5_2', null, 'mlx5_0'])
  })

  test('that no import has seen is nowhere', () => {
    const subnets = [subnet(railFabric(2, 2))]
    expect(machineFabric(subnets, infinibandMachine(['e'.repeat(16)]))).toBeNull()
    expect(machineFabric(subnets, emptyInventory)).toBeNull()
    expect(machineFabric([], infinibandMachine(guidsOf('node1', [1])))).toBeNull()
    expect(leafByRail(null).size).toBe(0)
  })
})

describe('a machine on Ethernet', () => {
  const fast = (index: number, hears: string | null): MadePort => ({
    name: `eth${index}`,
    linkSpeedBitsPerSecond: hears === null ? null : 400e9,
    hears,
    rdma: true,
  })

  test('has its RDMA ports as rails, and the port it is managed by as none', () => {
    const inventory = ethernetMachine([
      { name: 'mgmt0', linkSpeedBitsPerSecond: 1e9, hears: 'office' },
      fast(1, 'leaf-1'),
      fast(2, 'leaf-2'),
    ])
    const fabric = machineFabric([], inventory)
    expect([...leafByRail(fabric)]).toEqual([
      [1, 'chassis-leaf-1'],
      [2, 'chassis-leaf-2'],
    ])
    expect(fabric?.leaves.map(({ name }) => name)).toEqual(['leaf-1', 'leaf-2', 'office'])
  })

  test('keeps the rail of a port where nobody was heard', () => {
    const fabric = machineFabric([], ethernetMachine([fast(1, 'a'), fast(2, null), fast(3, 'c')]))
    expect([...leafByRail(fabric)]).toEqual([
      [1, 'chassis-a'],
      [2, null],
      [3, 'chassis-c'],
    ])
  })

  test('takes no other host for a switch', () => {
    const inventory = ethernetMachine([{ ...fast(1, 'host'), capabilities: ['station-only'] }])
    expect(machineFabric([], inventory)).toBeNull()
  })

  test('and InfiniBand has its rails where it has more of them', () => {
    const made = railFabric(4, 2)
    const ethernet = ethernetMachine([fast(1, 'front')])
    const { nic } = infinibandMachine(guidsOf('node1', [1, 2, 3, 4]))
    if (nic === null || ethernet.nic === null) throw new Error('made machines have NICs')
    const both = { ...ethernet, nic: { ...ethernet.nic, rdmaDevices: nic.rdmaDevices } }
    const fabric = machineFabric([subnet(made)], both)
    expect(fabric?.rails).toHaveLength(4)
    expect(fabric?.leaves).toHaveLength(5)
  })
})

test('leaves by rail are the same out of the attributes of a machine', () => {
  const made = railFabric(4, 3)
  for (const rail of [1, 2, 4]) made.adapter(`late mlx5_${rail - 1}`, `leaf-${rail}`)
  const inventory = infinibandMachine(guidsOf('late', [1, 2, 3, 4]))
  const fabric = machineFabric([subnet(made)], inventory)
  const nothing = { benchmarks: [], findings: null, labels: {} }
  const values = flatten({ inventory, fabric, ...nothing })
  expect(leafByRailIn(values)).toEqual(leafByRail(fabric))
  expect(leafByRailIn(values).get(3)).toBeNull()
  expect(leafByRailIn(flatten({ inventory, fabric: null, ...nothing })).size).toBe(0)
})
