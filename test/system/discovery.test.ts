import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VirtualMachine } from '../../lab/machine.ts'
import { machineShapes } from '../../lab/shapes.ts'
import type { MachineDetail } from '../../protocol/api.ts'
import { type FactClass, factClasses } from '../../protocol/facts/classes.ts'
import { type FactsOf, parseFacts } from '../../protocol/facts/inventory.ts'
import { DeploymentRig } from './deployment-rig.ts'

const mebibyte = 2 ** 20

let rig: DeploymentRig
beforeAll(async () => {
  rig = await DeploymentRig.create([{ shape: machineShapes.everything, firmware: 'bios' }])
})
afterAll(() => rig[Symbol.asyncDispose]())

describe('discovery of a machine with one of everything', () => {
  test('is complete against its command line, twice the same, and shows a pulled disk', async () => {
    const [machine] = rig.rack.machines
    if (machine === undefined) throw new Error('no machine in the rack')
    const first = await boot(machine)
    expect(missingClasses(first)).toEqual([])
    compareWithPlan(machine, first)

    await machine.powerOff()
    const second = await boot(machine)
    const { changes, notCompared } = await rig.client.machines.diff(second.id)
    // Nobody speaks LLDP in the rack, and the time to be sure of that is not over.
    expect({ changes, notCompared }).toEqual({ changes: [], notCompared: ['neighbors'] })

    const [pulled] = machine.plan.disks
    if (pulled === undefined) throw new Error('no disk')
    await machine.unplugDisk(pulled.id)
    await machine.reset()
    const third = await inspected(machine, second.inspections.length + 1)
    const diff = await rig.client.machines.diff(third.id)
    const hardware = diff.changes.filter(({ importance }) => importance === 'hardware')
    expect(hardware.map(({ kind, text }) => ({ kind, text }))).toEqual([
      {
        kind: 'removed',
        text: expect.stringMatching(new RegExp(`^disk .* gone: .*${pulled.serial}`)),
      },
    ])
  })
})

async function boot(machine: VirtualMachine): Promise<MachineDetail> {
  const before = await rig.summary(machine)
  const known = before === null ? 0 : (await rig.client.machines.inspections(before.id)).length
  await machine.powerOn()
  return inspected(machine, known + 1)
}

/** The machine once its `count`th inspection has ended. */
async function inspected(machine: VirtualMachine, count: number): Promise<MachineDetail> {
  const { id } = await rig.until(machine, 'enrolled', () => true)
  await rig.until(machine, `inspected ${count} times`, ({ state }) => state === 'available')
  for (;;) {
    const inspections = await rig.client.machines.inspections(id)
    if (inspections.length >= count && inspections[0]?.step === 'ended') break
    await rig.until(machine, 'there', () => true)
  }
  return rig.client.machines.get(id)
}

function facts<C extends FactClass>({ inventory }: MachineDetail, name: C): FactsOf<C> {
  return parseFacts(name, inventory[name])
}

function missingClasses({ inventory }: MachineDetail): readonly FactClass[] {
  return factClasses.filter((name) => inventory[name] === null || inventory[name] === undefined)
}

/** Everything QEMU was told to make is there, and nothing else of its kind. */
function compareWithPlan({ plan }: VirtualMachine, found: MachineDetail): void {
  const { shape } = plan
  const system = facts(found, 'system')
  expect(system).toMatchObject({ uuid: plan.systemUuid, serial: plan.systemSerial })
  expect(system).toMatchObject({ product: shape.product.name, sku: shape.product.sku })

  const cpu = facts(found, 'cpu')
  const cores = shape.sockets * shape.coresPerSocket
  expect(cpu).toMatchObject({ packageCount: shape.sockets, coreCount: cores, threadCount: cores })
  expect(cpu.sockets.map(({ designation }) => designation)).toEqual(['CPU 0', 'CPU 1'])

  const numa = facts(found, 'numa')
  expect(numa.nodes.map(({ id, cpus }) => ({ id, cpus }))).toEqual(
    Array.from({ length: shape.numaNodeCount }, (_, id) => ({ id, cpus: [id] })),
  )
  expect(facts(found, 'memory').installedSizeBytes).toBe(shape.memoryBytes)
  for (const { memorySizeBytes } of numa.nodes) {
    expect((memorySizeBytes ?? 0) / (shape.memoryBytes / shape.numaNodeCount)).toBeGreaterThan(0.6)
  }

  const { disks } = facts(found, 'storage')
  const fixed = disks.filter(({ transport }) => transport !== 'usb')
  expect(
    fixed
      .map(({ serial, sizeBytes, logicalBlockSizeBytes }) => ({
        serial,
        sizeBytes,
        logicalBlockSizeBytes,
      }))
      .toSorted(bySerial),
  ).toEqual(
    plan.disks
      .map(({ serial, shape: { sizeBytes, logicalBlockSizeBytes } }) => ({
        serial,
        sizeBytes,
        logicalBlockSizeBytes,
      }))
      .toSorted(bySerial),
  )
  expect(fixed.map(({ transport }) => transport).toSorted()).toEqual([
    'nvme',
    'sata',
    'scsi',
    'virtio',
  ])
  // Asked by NVMe's SMART log and by ATA's SMART; QEMU's other disks keep no such thing.
  const healthOf = (wire: string) => disks.find(({ transport }) => transport === wire)?.health
  expect(healthOf('nvme')).toMatchObject({ source: 'nvme', healthy: true, mediaErrorCount: 0 })
  expect(healthOf('sata')).toMatchObject({ source: 'ata', healthy: true, badSectorCount: 0 })
  expect([healthOf('virtio'), healthOf('usb')]).toEqual([null, null])
  // virtio and USB sticks do not say; the kernel takes them for rotating.
  for (const { transport, rotational } of disks) {
    if (transport === 'sata' || transport === 'scsi') expect(rotational).toBe(true)
    if (transport === 'nvme') expect(rotational).toBe(false)
  }

  const { interfaces } = facts(found, 'nic')
  expect(
    interfaces.map(({ mac, driver }) => `${mac} ${driver}`).toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(
    plan.nics.map(({ mac, model }) => `${mac} ${model === 'virtio' ? 'virtio_net' : model}`),
  )

  const { devices } = facts(found, 'usb')
  const plugged = devices.filter(({ path }) => !path.startsWith('usb'))
  expect(plugged.map(({ path }) => path)).toEqual(['1-1', '1-1.1', '1-1.2', '1-1.3'])
  const stick = disks.find(({ transport }) => transport === 'usb')
  expect(stick?.sizeBytes).toBe(64 * mebibyte)

  const { functions } = facts(found, 'pci')
  // Each device QEMU was told of sits behind a root port of its own, the chipset's three beside them.
  const ports = functions.filter(({ classCode }) => classCode === '060400')
  const behind = functions.filter(({ parentAddress }) =>
    ports.some(({ address }) => address === parentAddress),
  )
  expect(behind).toHaveLength(ports.length)
}

function bySerial(a: { readonly serial: string | null }, b: { readonly serial: string | null }) {
  return (a.serial ?? '') < (b.serial ?? '') ? -1 : 1
}
