import { afterEach, beforeEach, expect, test } from 'vitest'
import { openApiRig } from '../api/api-rig.ts'
import type { ApiRig } from '../api/api-rig.ts'
import { adapterGuid, infinibandMachine, railFabric } from '../fabric/made-fabric.ts'
import { makeMachine } from '../machine-facts.ts'

let rig: ApiRig
beforeEach(async () => {
  rig = await openApiRig()
})
afterEach(() => rig.close())

const anyOf = (count: number) => ({
  roles: [{ name: 'node', count, match: { 'cpu.cores': { gte: 1 } } }],
  lease: { duration: '1h' },
})

/** A machine with InfiniBand adapters of these GUIDs connects, is named and available. */
async function withAdapters(n: number, name: string, adapters: readonly string[]): Promise<void> {
  const { nic } = infinibandMachine(adapters.map((adapter) => adapterGuid(adapter)))
  if (nic === null) throw new Error('made machine has adapters')
  const made = makeMachine(n)
  const machine = { ...made, facts: [...made.facts, { class: 'nic' as const, facts: nic }] }
  const agent = rig.world.agent(machine).connect(rig.world.service)
  await rig.world.until(async () => (await rig.world.machineOf(agent))?.state === 'available')
  await rig.clients.operator.machines.setName(agent.welcome?.machineId ?? '', name)
}

async function allocate(count: number): Promise<string> {
  for (let n = 1; n <= count; n += 1) {
    const agent = await rig.world.available(n)
    const id = agent.welcome?.machineId ?? ''
    await rig.clients.operator.machines.setName(id, `node-${n}`)
    await rig.clients.operator.machines.setLabels(id, { leaf: n < 3 ? 'a' : 'b' })
  }
  const { allocation } = await rig.clients.scheduler.allocations.create({
    request: anyOf(count),
  })
  return allocation?.id ?? ''
}

test('an allocation is exported in every form, with its machines by name', async () => {
  const id = await allocate(3)
  const { export: exported } = rig.clients.viewer.allocations
  const slurm = await exported(id, 'slurm')
  const text = new Map(slurm.files.map((file) => [file.name, file.text]))
  expect(text.get('nodes.conf')).toMatch(/^NodeName=node-1 CPUs=\d+ /m)
  expect(text.get('topology.conf')).toContain('SwitchName=leaf-a Nodes=node-[1-2]\n')
  expect(text.get('topology.conf')).toContain('SwitchName=fabric Switches=leaf-a,leaf-b\n')
  const block = await exported(id, 'slurm', 'block')
  expect(block.files[1]?.text).toContain('BlockSizes=1\n')
  const labels = await exported(id, 'kubernetes-labels')
  expect(labels.files[0]?.text).toContain('  name: "node-3"\n')
  expect(labels.files[0]?.text).toContain('    label.assay.internal/leaf: "b"\n')
  const dra = await exported(id, 'dra')
  expect(dra.files[0]?.text).toContain('kind: "ResourceSlice"\n')
})

test('a system that has no name of its own goes by the one it was given', async () => {
  const id = await allocate(2)
  const [first, second] = await rig.world.store.machines()
  const report = { kernel: '6.12', bootMode: 'uefi', uptimeSeconds: 1, reportedAtMs: 1 } as const
  const told = [
    [first, 'localhost.localdomain'],
    [second, 'Real-2'],
  ] as const
  for (const [machine, hostname] of told) {
    if (machine === undefined) throw new Error('two machines are made')
    const running = { ...report, hostname }
    const record = { ...machine, running, generation: machine.generation + 1 }
    const before = machine.generation
    await rig.world.store.commit([{ kind: 'machine', record, before, evidence: [] }])
  }
  const slurm = await rig.clients.viewer.allocations.export(id, 'slurm')
  expect(slurm.files[0]?.text).toMatch(/^NodeName=node-1 CPUs/m)
  expect(slurm.files[0]?.text).toMatch(/^NodeName=real-2 NodeHostname=Real-2 CPUs/m)
})

test('machines are near where all of their rails end on the same leaves, and are known to', async () => {
  // Nobody saw the second link of node3.
  const fabric = railFabric(3, 2).adapter('node3 mlx5_0', 'leaf-1')
  fabric.adapter('node3 mlx5_2', 'leaf-3')
  await rig.world.service.fabric.import('ib', fabric.toString(), 'olga')
  for (const n of [1, 2, 3]) {
    await withAdapters(
      n,
      `node-${n}`,
      [0, 1, 2].map((at) => `node${n} mlx5_${at}`),
    )
  }
  const { allocation } = await rig.clients.scheduler.allocations.create({ request: anyOf(3) })
  const { files } = await rig.clients.viewer.allocations.export(allocation?.id ?? '', 'slurm')
  expect(files[1]?.text).toContain(
    [
      'SwitchName=alone-node-3 Nodes=node-3',
      'SwitchName=leaves-leaf-1-leaf-2-leaf-3 Nodes=node-[1-2]',
      'SwitchName=fabric Switches=alone-node-3,leaves-leaf-1-leaf-2-leaf-3',
    ].join('\n'),
  )
})

test('an allocation that holds no machine, or is none, cannot be exported', async () => {
  const id = await allocate(1)
  await expect(rig.clients.viewer.allocations.export('nobody', 'dra')).rejects.toMatchObject({
    code: 'not-found',
  })
  await rig.clients.scheduler.allocations.release(id)
  await rig.world.until(async () => {
    const { state } = await rig.clients.viewer.allocations.get(id)
    return state === 'released' || state === 'releasing'
  })
  const wrong = await rig.request(`/v1/allocations/${id}/exports/toml`, {
    headers: { authorization: `Bearer ${rig.secrets.viewer}` },
  })
  expect(wrong.status).toBe(422)
})
