import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeIbnetdiscover } from '../../../protocol/fabric-ibnetdiscover.ts'
import { adapterName, switchName } from '../../../server/fabric/node-description.ts'
import { inOrder, portsByHost } from '../../../server/fabric/rails.ts'
import { subnetOf } from '../../../server/fabric/topology.ts'
import { MadeFabric, railFabric, switchGuid } from './made-fabric.ts'

const subnet = (fabric: MadeFabric) =>
  subnetOf('made', decodeIbnetdiscover(new TextEncoder().encode(fabric.toString())))

const levels = (fabric: MadeFabric) =>
  Object.fromEntries(subnet(fabric).switches.map(({ name, level }) => [name, level]))

describe('levels of switches', () => {
  test('a leaf has hosts, a spine has leaves, a core switch has spines', () => {
    const fabric = railFabric(2, 4).switch('core').switch('alone')
    fabric.cables('spine-1', 'core').cables('spine-2', 'core')
    expect(levels(fabric)).toEqual({
      alone: null,
      core: 'core',
      'leaf-1': 'leaf',
      'leaf-2': 'leaf',
      'spine-1': 'spine',
      'spine-2': 'spine',
    })
  })

  test('a spine stays one though the subnet manager hangs on it', () => {
    const fabric = railFabric(8, 4)
    for (let leaf = 1; leaf <= 8; leaf++) fabric.cables(`leaf-${leaf}`, 'spine-1', 2)
    fabric.adapter('manager mlx5_0', 'spine-1')
    expect(levels(fabric)).toMatchObject({ 'spine-1': 'spine', 'leaf-1': 'leaf' })
  })

  test('a leaf stays one though it has a single host and many links up', () => {
    const fabric = railFabric(1, 8).switch('leaf-new').adapter('new1 mlx5_0', 'leaf-new')
    fabric.cables('leaf-new', 'spine-1', 16).cables('leaf-new', 'spine-2', 16)
    expect(levels(fabric)).toMatchObject({ 'leaf-new': 'leaf', 'spine-1': 'spine' })
  })

  test('an aggregation node in a switch is no host', () => {
    const fabric = railFabric(1, 2)
    // By the box it shares, and by what it says where the tool tells no box.
    fabric.adapter('SHARP', 'spine-1', 'a'.repeat(16), switchGuid('spine-1'))
    fabric.adapter('Mellanox Technologies Aggregation Node', 'spine-1', 'b'.repeat(16))
    expect(levels(fabric)).toMatchObject({ 'spine-1': 'spine' })
    expect(subnet(fabric).ports).toHaveLength(2)
  })

  test('chips of one box are told apart by their place in it', () => {
    const fabric = new MadeFabric()
      .switch('a', 'MF0;director:CS8500/L01/U1')
      .switch('b', 'MF0;director:CS8500/L02/U1')
    expect(subnet(fabric).switches.map(({ name, model }) => `${name} ${model}`)).toEqual([
      'director L01/U1 CS8500',
      'director L02/U1 CS8500',
    ])
  })
})

describe('rails of hosts', () => {
  test('are the ports of a host in their order', () => {
    const { hosts, switches } = subnet(railFabric(4, 3))
    expect(hosts.map(({ name }) => name)).toEqual(['node1', 'node2', 'node3'])
    for (const { rails } of hosts) {
      expect(rails.map(({ rail, leafName }) => `${rail} ${leafName}`)).toEqual([
        '1 leaf-1',
        '2 leaf-2',
        '3 leaf-3',
        '4 leaf-4',
      ])
    }
    expect(switches.find(({ name }) => name === 'leaf-3')?.rails).toEqual([3])
  })

  test('keep their numbers where a link was not seen: its leaf is not known', () => {
    const fabric = railFabric(4, 3)
    for (const rail of [1, 2, 4]) fabric.adapter(`late mlx5_${rail - 1}`, `leaf-${rail}`)
    const late = subnet(fabric).hosts.find(({ name }) => name === 'late')
    expect(late?.rails.map(({ rail, port, leafName }) => [rail, port, leafName])).toEqual([
      [1, 'mlx5_0', 'leaf-1'],
      [2, 'mlx5_1', 'leaf-2'],
      [3, 'mlx5_2', null],
      [4, 'mlx5_3', 'leaf-4'],
    ])
  })

  test('of a host with few ports are its own, and no one host makes others lack a port', () => {
    const fabric = railFabric(4, 3)
    fabric.adapter('storage mlx5_0', 'leaf-1').adapter('storage mlx5_1', 'leaf-2')
    for (let rail = 1; rail <= 4; rail++) fabric.adapter(`odd mlx5_${rail - 1}`, `leaf-${rail}`)
    fabric.adapter('odd mlx5_9', 'leaf-1')
    const { hosts } = subnet(fabric)
    expect(hosts.find(({ name }) => name === 'storage')?.rails).toHaveLength(2)
    expect(hosts.find(({ name }) => name === 'odd')?.rails).toHaveLength(5)
    expect(hosts.find(({ name }) => name === 'node1')?.rails).toHaveLength(4)
  })

  test('that are crossed are found', () => {
    const fabric = railFabric(2, 8)
    fabric.adapter('crossed mlx5_0', 'leaf-2').adapter('crossed mlx5_1', 'leaf-1')
    const { findings } = subnet(fabric)
    expect(findings.map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'fabric.rail-crossed crossed',
      'fabric.rail-crossed crossed',
    ])
    expect(subnet(railFabric(2, 8)).findings).toEqual([])
  })

  test('are not told of machines that share a name', () => {
    const fabric = railFabric(2, 3)
    fabric.adapter('twin mlx5_0', 'leaf-1', 'b'.repeat(16))
    fabric.adapter('twin mlx5_0', 'leaf-2', 'c'.repeat(16))
    const { hosts, ports, findings } = subnet(fabric)
    expect(hosts.map(({ name }) => name)).not.toContain('twin')
    expect(ports.filter(({ host }) => host === null)).toHaveLength(2)
    expect(findings.map(({ code }) => code)).toEqual(['fabric.shared-name'])
  })

  test('do not depend on the order of hosts', () => {
    const seen: readonly (readonly [string, readonly string[]])[] = [
      ['a', ['mlx5_0', 'mlx5_1', 'mlx5_10', 'mlx5_2']],
      ['b', ['mlx5_2', 'mlx5_0', 'mlx5_10']],
      ['c', ['mlx5_10', 'mlx5_2', 'mlx5_1', 'mlx5_0']],
      ['d', ['HCA-1', 'HCA-2']],
    ]
    const wanted = {
      a: ['mlx5_0', 'mlx5_1', 'mlx5_2', 'mlx5_10'],
      b: ['mlx5_0', 'mlx5_1', 'mlx5_2', 'mlx5_10'],
      c: ['mlx5_0', 'mlx5_1', 'mlx5_2', 'mlx5_10'],
      d: ['HCA-1', 'HCA-2'],
    }
    fc.assert(
      fc.property(fc.shuffledSubarray([...seen], { minLength: seen.length }), (shuffled) => {
        expect(Object.fromEntries(portsByHost(new Map(shuffled)))).toEqual(wanted)
      }),
    )
  })

  test('order of ports is an order', () => {
    const port = fc.stringMatching(/^[a-z]{0,2}\d{0,2}[_/]?\d{0,2}$/)
    fc.assert(
      fc.property(port, port, port, (a, b, c) => {
        expect(Math.sign(inOrder(a, b)) + Math.sign(inOrder(b, a))).toBe(0)
        if (inOrder(a, b) <= 0 && inOrder(b, c) <= 0) {
          expect(inOrder(a, c)).toBeLessThanOrEqual(0)
        }
      }),
    )
  })
})

describe('links', () => {
  test('are told of each switch, from both ends', () => {
    const { switches } = subnet(railFabric(2, 2))
    const [leaf, , spine] = switches
    expect(leaf?.ports.map(({ port, peer }) => [port, peer.kind, peer.port])).toEqual([
      ['1', 'switch', '1'],
      ['2', 'switch', '2'],
      ['3', 'switch', '1'],
      ['4', 'switch', '2'],
      ['5', 'host', 'mlx5_0'],
      ['6', 'host', 'mlx5_0'],
    ])
    expect(leaf?.ports[4]).toMatchObject({
      peer: { kind: 'host', name: 'node1', machineId: null },
      linkSpeedBitsPerSecond: 400e9,
    })
    expect(spine?.ports[0]).toMatchObject({ port: '1', peer: { kind: 'switch', id: leaf?.id } })
  })

  test('between switches that run slower than all others are found', () => {
    const fabric = railFabric(8, 1)
    expect(subnet(fabric).findings).toEqual([])
    const text = fabric.toString().replace(/(\[1\]\t"S-.* )4xNDR/, '$12xNDR')
    const slow = subnetOf('made', decodeIbnetdiscover(new TextEncoder().encode(text)))
    expect(slow.findings.map(({ code }) => code)).toEqual(['fabric.link-slow'])
    expect(slow.findings[0]?.message).toContain('200 Gbit/s, links between switches here at 400')
  })
})

test('adapter tells its host where a host has named it, and not where firmware has', () => {
  expect(adapterName('a08-p1-dgx-04-c01 mlx5_5')).toEqual({
    host: 'a08-p1-dgx-04-c01',
    device: 'mlx5_5',
  })
  for (const device of ['HCA-2', 'mlx4_0', 'mlx5_bond_0', 'mlx5_ib3', 'ibp12s0', 'hfi1_0']) {
    expect(adapterName(`node1.example.org ${device}`)?.device).toBe(device)
  }
  for (const description of [
    'MT4129 ConnectX7   Mellanox Technologies',
    'Mellanox Technologies Aggregation Node',
    'localhost HCA-1',
    'node1',
    '',
  ]) {
    expect(adapterName(description), description).toBeNull()
  }
})

test('switch tells name, model and chip where it is managed', () => {
  expect(switchName('MF0;A09-P1-IBLEAF-04-04:MQM9701/U1')).toEqual({
    name: 'A09-P1-IBLEAF-04-04',
    model: 'MQM9701',
    chip: 'U1',
  })
  expect(switchName('SwitchX -  Mellanox Technologies').model).toBeNull()
})
