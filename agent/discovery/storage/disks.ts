import type { Finding } from '../../../protocol/facts/finding.ts'
import type { Disk, StorageFacts } from '../../../protocol/facts/storage.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import type { BlockDevice } from '../block-device.ts'
import { diskIdentity } from '../disk-identity.ts'
import { partitionsOf } from '../partitions.ts'
import { paths } from '../paths.ts'
import { countAttribute, flagAttribute } from '../sysfs.ts'

/** Disks as the kernel has them: names, sizes, partitions. No device is asked or read. */
export async function readDisks(
  host: Host,
  devices: readonly BlockDevice[],
): Promise<{ readonly found: readonly Disk[]; readonly findings: readonly Finding[] }> {
  const disks = devices.filter(({ kind }) => kind === 'disk')
  const { found, findings } = await attemptEach('storage', disks, (device) =>
    readDisk(host, device),
  )
  const assumed = found.filter(({ isAssumed }) => isAssumed).map(({ disk }) => disk.name)
  return {
    found: found.map(({ disk }) => disk),
    findings: [...findings, ...assumed.map((name) => blockSizeAssumed(name))],
  }
}

/** What the kernel takes for the block size of a disk until its driver says another one. */
const defaultBlockBytes = 512

function blockSizeAssumed(name: string): Finding {
  return {
    code: 'storage.block-size-assumed',
    severity: 'info',
    subject: name,
    message: `The recording has no logical block size: taken for ${defaultBlockBytes} bytes`,
  }
}

async function readDisk(
  host: Host,
  device: BlockDevice,
): Promise<{ readonly disk: Disk; readonly isAssumed: boolean }> {
  const { folder, name } = device
  const [identity, sectors, toldBlock, physical, rotational, removable, readOnly] =
    await Promise.all([
      diskIdentity(host, device),
      countAttribute(host, `${folder}/size`),
      countAttribute(host, `${folder}/queue/logical_block_size`),
      countAttribute(host, `${folder}/queue/physical_block_size`),
      flagAttribute(host, `${folder}/queue/rotational`),
      flagAttribute(host, `${folder}/removable`),
      flagAttribute(host, `${folder}/ro`),
    ])
  // Recordings leave it out; of the machine we run on it is known, or its disks are not for us.
  const logical = toldBlock ?? (host.live ? null : defaultBlockBytes)
  if (sectors === null || logical === null) {
    throw new Error(`Cannot tell the size of ${name}: no size or no logical block size`)
  }
  const disk: Disk = {
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
    attachment: null,
    health: null,
  }
  return { disk, isAssumed: toldBlock === null }
}

/** Drives whose medium is taken out. */
export function readOpticalDrives(host: Host, devices: readonly BlockDevice[]) {
  const drives = devices.filter(({ kind }) => kind === 'optical')
  return attemptEach(
    'storage',
    drives,
    async (device): Promise<StorageFacts['opticalDrives'][number]> => {
      const { transport, vendor, model, serial } = await diskIdentity(host, device)
      return { name: device.name, transport, vendor, model, serial }
    },
  )
}
