import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { tapNames } from '../../lab/network.ts'
import { machineShapes } from '../../lab/shapes.ts'
import { DeploymentRig } from './deployment-rig.ts'

let rig: DeploymentRig
const processes: Bun.Subprocess[] = []
beforeAll(async () => {
  rig = await DeploymentRig.create([{ shape: machineShapes.small, firmware: 'bios' }])
})
afterAll(async () => {
  for (const running of processes) running.kill('SIGKILL')
  await Promise.all(processes.map(({ exited }) => exited))
  await rig[Symbol.asyncDispose]()
})

test('a machine that netboots tells its switch when that speaks, without a new inspection', async () => {
  const [machine] = rig.rack.machines
  const { network } = rig.rack
  if (machine === undefined || network.kind !== 'bridge') throw new Error('no machine in the rack')
  await machine.powerOn()
  const { id } = await rig.until(machine, 'available', ({ state }) => state === 'available')
  const before = await rig.client.machines.get(id)
  expect(before.inventory['neighbors']).toMatchObject({ ports: [{ neighbors: [] }] })

  const [tap = ''] = tapNames(machine.plan)
  // lldpd becomes another user, who does not get into the rig's folder.
  const folder = await mkdtemp(join(tmpdir(), 'assay-nb-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await chmod(folder, 0o755)
  const socket = join(folder, 'lldpd.socket')
  const names = ['-I', tap, '-C', tap, '-S', 'Rack Switch', '-u', socket]
  const inside = ['ip', 'netns', 'exec', network.namespace]
  processes.push(Bun.spawn([...inside, 'lldpd', '-d', ...names], { stderr: 'ignore' }))
  await rig.until(
    machine,
    'told its switch',
    ({ attributes }) => attributes['fabric.leafNames'] !== undefined,
  )
  const after = await rig.client.machines.get(id)
  expect(after.inventory['neighbors']).toMatchObject({
    settled: true,
    ports: [{ neighbors: [{ protocol: 'lldp', portDescription: tap }] }],
  })
  expect(after).toMatchObject({ state: 'available', activity: null })
  expect(after.inspections).toEqual(before.inspections)
})
