import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { machineShapes } from '../../lab/shapes.ts'
import { sha256Hex } from '../../protocol/canonical.ts'
import { DeploymentRig, readBytes } from './deployment-rig.ts'

const mebibyte = 2 ** 20
/** The lab image's seed partition: its content is the deployment's, not the image's. */
const seed = { first: 74, last: 77 }

test('machines boot by BIOS and UEFI, are discovered, written and booted although the server is killed in discovery and in the write', async () => {
  await using rig = await DeploymentRig.create([
    { shape: machineShapes.small, firmware: 'bios' },
    { shape: machineShapes.small, firmware: 'uefi' },
  ])
  const { machines } = rig.rack
  const imageFile = await rig.importImage()
  await Promise.all(machines.map((machine) => machine.powerOn()))

  // The first agent has said hello: its facts are on their way.
  await Promise.race(machines.map((machine) => rig.until(machine, 'heard of', () => true)))
  await rig.crashServer()
  const found = await Promise.all(
    machines.map((machine) =>
      rig.until(
        machine,
        'available',
        ({ state, flags }) => state === 'available' && flags.length === 0,
      ),
    ),
  )
  expect(await rig.client.machines.list()).toHaveLength(2)
  expect(found.map(({ attributes }) => attributes['firmware.bootMode'])).toEqual(['bios', 'uefi'])
  for (const [index, { id }] of found.entries()) {
    const { inventory, results, findings } = await rig.client.machines.get(id)
    expect(Object.entries(inventory).filter(([, facts]) => facts === null)).toEqual([])
    expect(JSON.stringify(inventory)).toContain(machines[index]?.plan.disks[0]?.serial)
    expect(results.map(({ method }) => method)).toContain('memory.triad/1')
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  }

  const { allocation } = await rig.client.allocations.create({
    request: {
      roles: [{ name: 'all', count: 2, match: { 'storage.diskCount': { gte: 1 } } }],
      lease: { duration: '1h' },
      image: 'lab',
    },
  })
  expect(allocation?.machines).toHaveLength(2)

  await Promise.race(
    machines.map((machine) =>
      rig.until(machine, 'writing', ({ activity }) => {
        return activity?.kind === 'write' && activity.progress.bytesWritten > 0
      }),
    ),
  )
  await rig.crashServer()
  const running = await Promise.all(
    machines.map((machine) =>
      rig.until(machine, 'running its image', (summary) => summary.running !== null),
    ),
  )
  expect(running.map((summary) => summary.running?.bootMode)).toEqual(['bios', 'uefi'])
  for (const { id, state } of running) {
    expect(state).toBe('active')
    const { deployments } = await rig.client.machines.get(id)
    expect(deployments.map((deployment) => [deployment.state, deployment.attempt])).toEqual([
      ['running', 1],
    ])
  }
  await Promise.all(machines.map((machine) => machine.waitForConsole('assay-image: running')))
  await Promise.all(machines.map((machine) => machine.powerOff()))
  await Promise.all(
    machines.map((machine) =>
      expectWritten(imageFile, join(rig.directory, `${machine.plan.name}.disk0.raw`)),
    ),
  )
})

/** The disk is the image, but for what a deployment owns: head, seed, and what the system mounts. */
async function expectWritten(imageFile: string, diskFile: string): Promise<void> {
  const sizeMebibytes = (await stat(imageFile)).size / mebibyte
  const differing: number[] = []
  for (let at = 1; at < sizeMebibytes - 1; at++) {
    if (at >= seed.first && at <= seed.last) continue
    const wanted = await readBytes(imageFile, at * mebibyte, mebibyte)
    const found = await readBytes(diskFile, at * mebibyte, mebibyte)
    if (sha256Hex(wanted) !== sha256Hex(found)) differing.push(at)
  }
  // The running system mounts its root (from MiB 78) and marks it as mounted; nothing else differs.
  expect(differing.filter((at) => at < 78)).toEqual([])
}
