import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import type { ClassedFacts, Inventory } from '../../../protocol/facts/inventory.ts'
import { makeMachine } from '../machine-facts.ts'
import { World } from '../world.ts'
import {
  adapterGuid,
  ethernetMachine,
  infinibandMachine,
  neighborNamed,
  railFabric,
  switchGuid,
} from './made-fabric.ts'

let world: World
afterEach(async () => world.close())

/** A made machine with these NICs and neighbours. */
function machineWith(n: number, { nic, neighbors }: Inventory) {
  const made = makeMachine(n)
  const more: ClassedFacts[] = []
  if (nic !== null) more.push({ class: 'nic', facts: nic })
  if (neighbors !== null) more.push({ class: 'neighbors', facts: neighbors })
  return { ...made, facts: [...made.facts, ...more] }
}

async function available(machine: ReturnType<typeof machineWith>) {
  const agent = world.agent(machine).connect(world.service)
  await world.until(async () => (await world.machineOf(agent))?.state === 'available')
  return agent
}

const guidsOf = (host: string) => [1, 2].map((rail) => adapterGuid(`${host} mlx5_${rail - 1}`))

describe('fabric', () => {
  test('places machines that are there, and those that come later', async () => {
    world = await World.start()
    const early = await available(machineWith(1, infinibandMachine(guidsOf('node1'))))
    expect((await world.machineOf(early))?.attributes['fabric.rails']).toBeUndefined()
    const imported = await world.service.fabric.import('ib', railFabric(2, 4).toString(), 'olga')
    expect(imported).toMatchObject({ leafCount: 2, spineCount: 2, hostCount: 4, railCount: 2 })
    await world.service.fabric.settled()
    const leaves = [1, 2].map((rail) => switchGuid(`leaf-${rail}`))
    expect((await world.machineOf(early))?.attributes).toMatchObject({
      'fabric.rails': 2,
      'fabric.leaves': leaves.toSorted(),
      'fabric.leafNames': ['leaf-1', 'leaf-2'],
      'fabric.ports': leaves.map((leaf, index) => ({ rail: index + 1, leaf })),
    })
    const late = await available(machineWith(2, infinibandMachine(guidsOf('node2'))))
    expect((await world.machineOf(late))?.attributes['fabric.rails']).toBe(2)
  })

  test('shows hosts with their machines and racks, and those that are none of ours', async () => {
    world = await World.start()
    const agent = await available(machineWith(1, infinibandMachine(guidsOf('node3'))))
    const id = agent.welcome?.machineId ?? ''
    await world.service.machines.setLabels(id, { rack: 'r7' }, 'olga')
    await world.service.fabric.import('ib', railFabric(2, 3).toString(), 'olga')
    const { hosts, switches, sources } = await world.service.fabric.show()
    expect(hosts.map(({ name, machineId, rack }) => [name, machineId, rack])).toEqual([
      ['node3', id, 'r7'],
      ['node1', null, null],
      ['node2', null, null],
    ])
    expect(switches.map(({ level }) => level)).toEqual(['leaf', 'leaf', 'spine', 'spine'])
    const linked = switches.flatMap(({ name, ports }) =>
      ports.flatMap(({ peer }) =>
        peer.kind === 'host' && peer.machineId === id ? [`${name} ${peer.port}`] : [],
      ),
    )
    expect(linked).toEqual(['leaf-1 mlx5_0', 'leaf-2 mlx5_1'])
    expect(sources).toMatchObject([{ name: 'ib', importedBy: 'olga', namelessAdapterCount: 0 }])
  })

  test('forgets what is removed, and keeps what was imported over a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-fabric-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    world = await World.start({ file: join(folder, 'assay.sqlite') })
    const agent = await available(machineWith(1, infinibandMachine(guidsOf('node1'))))
    await world.service.fabric.import('ib', railFabric(2, 2).toString(), 'olga')
    await world.restart()
    expect((await world.service.fabric.show()).sources).toHaveLength(1)
    await world.service.fabric.remove('ib', 'olga')
    await world.service.fabric.settled()
    expect((await world.machineOf(agent))?.attributes['fabric.leaves']).toBeUndefined()
    expect(await world.service.fabric.show()).toEqual({ sources: [], switches: [], hosts: [] })
    await expect(world.service.fabric.remove('ib', 'olga')).rejects.toThrow('no fabric')
  })

  test('takes the place of the import before, also within one tick of the clock', async () => {
    world = await World.start()
    await world.service.fabric.import('ib', railFabric(2, 2).toString(), 'olga')
    expect((await world.service.fabric.show()).hosts).toHaveLength(2)
    await world.service.fabric.import('ib', railFabric(2, 5).toString(), 'olga')
    expect((await world.service.fabric.show()).hosts).toHaveLength(5)
    await world.service.fabric.import('other', railFabric(1, 1).toString(), 'olga')
    expect((await world.service.fabric.show()).sources).toHaveLength(2)
  })

  test('refuses a text that is none of the tool, and keeps what it had', async () => {
    world = await World.start()
    await world.service.fabric.import('ib', railFabric(1, 1).toString(), 'olga')
    await expect(world.service.fabric.import('ib', 'nonsense', 'olga')).rejects.toMatchObject({
      code: 'unprocessable',
    })
    expect((await world.service.fabric.show()).hosts).toHaveLength(1)
  })
})

describe('a neighbour that is heard late', () => {
  const port = { name: 'eth0', linkSpeedBitsPerSecond: 100e9, rdma: true }
  const silent = { ...ethernetMachine([{ ...port, hears: null }]) }

  test('updates the inspection there is: no new one, no news of a discovery', async () => {
    world = await World.start()
    const agent = await available(machineWith(1, silent))
    const id = agent.welcome?.machineId ?? ''
    const before = await world.service.machines.get(id)
    agent.report({
      kind: 'facts',
      class: 'neighbors',
      facts: {
        settled: true,
        ports: [{ interface: 'eth0', mac: null, neighbors: [neighborNamed('leaf-9')] }],
      },
      elapsedSeconds: 31,
    })
    await world.until(() => agent.unacknowledged === 0)
    const after = await world.service.machines.get(id)
    expect(after.inspections).toEqual(before.inspections)
    expect(after).toMatchObject({ state: 'available', phase: 'idle', activity: null })
    expect(after.shape).toEqual(before.shape)
    expect(after.attributes).toMatchObject({
      'fabric.leaves': ['chassis-leaf-9'],
      'fabric.rails': 1,
    })
    expect((await world.service.fabric.show()).switches).toMatchObject([
      {
        id: 'chassis-leaf-9',
        name: 'leaf-9',
        level: 'leaf',
        network: 'ethernet',
        rails: [1],
        ports: [{ port: 'Ethernet1/1', peer: { machineId: id, port: 'eth0' } }],
      },
    ])
  })

  test('is no change between inspections while it may just not have spoken yet', async () => {
    world = await World.start()
    const heard = ethernetMachine([{ ...port, hears: 'leaf-1' }])
    const first = await available(machineWith(1, heard))
    const id = first.welcome?.machineId ?? ''
    const unsettled = { settled: false, ports: [] }
    const again = await available(machineWith(1, { ...heard, neighbors: unsettled }))
    await world.until(async () => (await world.service.inspections.list(id))[0]?.step === 'ended')
    const early = await world.service.inspections.diff(id, null, null)
    expect(early.changes).toEqual([])
    expect(early.notCompared).toContain('neighbors')
    again.report({ kind: 'facts', class: 'neighbors', facts: silent.neighbors, elapsedSeconds: 70 })
    await world.until(() => again.unacknowledged === 0)
    const late = await world.service.inspections.diff(id, null, null)
    expect(late.notCompared).not.toContain('neighbors')
    expect(late.changes).toMatchObject([{ class: 'neighbors', kind: 'removed' }])
  })
})
