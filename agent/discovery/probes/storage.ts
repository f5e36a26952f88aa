import type { Finding } from '../../../protocol/facts/finding.ts'
import type { Disk, StorageFacts } from '../../../protocol/facts/storage.ts'
import { attemptEach } from '../attempt.ts'
import { blockDevices, type BlockDevice } from '../block-device.ts'
import { diskIdentity } from '../disk-identity.ts'
import type { Host } from '../../host.ts'
import { partitionsOf } from '../partitions.ts'
import { paths } from '../paths.ts'
import type { Probe } from '../probe.ts'
import { countAttribute, flagAttribute } from '../sysfs.ts'

/** Kernel documents sysfs-block and sysfs-bus-scsi. */
export const storageProbe: Probe<'storage'> = {
  class: 'storage',
  async read(host) {
    const devices = await blockDevices(host)
    const [disks, optical] = await Promise.all([
      attemptEach('storage', ofKind(devices, 'disk'), (device) => readDisk(host, device)),
      attemptEach('storage', ofKind(devices, 'optical'), (device) => readOptical(host, device)),
    ])
    return {
      facts: { disks: disks.found, opticalDrives: optical.found },
      findings: [...disks.findings, ...optical.findings, ...sharedSerials(disks.found)],
    }
  },
}

function ofKind(devices: readonly BlockDevice[], kind: BlockDevice['kind']) {
  return devices.filter((device) => device.kind === kind)
}

async function readDisk(host: Host, device: BlockDevice): Promise<Disk> {
  const { folder, name } = device
  const [identity, sectors, logical, physical, rotational, removable, readOnly] = await Promise.all(
    [
      diskIdentity(host, device),
      countAttribute(host, `${folder}/size`),
      countAttribute(host, `${folder}/queue/logical_block_size`),
      countAttribute(host, `${folder}/queue/physical_block_size`),
      flagAttribute(host, `${folder}/queue/rotational`),
      flagAttribute(host, `${folder}/removable`),
      flagAttribute(host, `${folder}/ro`),
    ],
  )
  if (sectors === null || logical === null) {
    throw new Error(`Cannot tell the size of ${name}: no size or no logical block size`)
  }
  return {
    name,
    transport: identity.transport,
    vendor: identity.vendor,
    model: identity.model,
    serial: identity.serial,
    wwn: identity.wwn,
    eui64: identity.eui64,
    nguid: identity.nguid,
    firmware: identity.firmware,
    // Always sectors of 512 bytes, whatever the logical block size.
    sizeBytes: sectors * 512,
    logicalBlockSizeBytes: logical,
    physicalBlockSizeBytes: physical ?? logical,
    rotational: rotational ?? false,
    removable: removable ?? false,
    readOnly: readOnly ?? false,
    holders: [...(await host.list(`${folder}/holders`))],
    partitions: await partitionsOf(host, device),
    pciAddress: device.pciAddress,
    numaNode:
      device.pciAddress === null
        ? null
        : await countAttribute(host, `${paths.pci}/${device.pciAddress}/numa_node`),
  }
}

async function readOptical(
  host: Host,
  device: BlockDevice,
): Promise<StorageFacts['opticalDrives'][number]> {
  const { transport, vendor, model, serial } = await diskIdentity(host, device)
  return { name: device.name, transport, vendor, model, serial }
}

/** Two disks that claim one name: either two paths to one disk, or names that must not be trusted. */
export function sharedSerials(disks: readonly Disk[]): readonly Finding[] {
  const named = disks.filter(({ serial }) => serial !== null)
  const groups = Map.groupBy(named, ({ serial, model, wwn }) => `${serial}\n${model}\n${wwn}`)
  return [...groups.values()]
    .filter((group) => group.length > 1)
    .map((group) => ({
      code: 'storage.duplicate-serial',
      severity: 'warning',
      subject: group[0]?.name ?? 'storage',
      message: `Disks ${group.map(({ name }) => name).join(', ')} have one serial '${group[0]?.serial}'`,
    }))
}
