import type { Finding } from '../../../protocol/facts/finding.ts'
import type { Disk, StorageFacts } from '../../../protocol/facts/storage.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { type BlockDevice, blockNames } from '../block-device.ts'
import { diskIdentity } from '../disk-identity.ts'
import { forgivingReader } from '../forgiving-reader.ts'
import { partitionsOf } from '../partitions.ts'
import { paths } from '../paths.ts'
import { countAttribute, flagAttribute, sectorsAttribute } from '../sysfs.ts'

/** Disks as the kernel has them: names, sizes, partitions. No device is asked or read. */
export async function readDisks(
  host: Host,
  devices: readonly BlockDevice[],
): Promise<{ readonly found: readonly Disk[]; readonly findings: readonly Finding[] }> {
  const disks = devices.filter(({ kind }) => kind === 'disk')
  const { found, findings } = await attemptEach('storage', disks, (device) =>
    readDisk(host, device),
  )
  const partial = found.flatMap((one) => one.findings)
  const assumed = found.filter(({ isAssumed }) => isAssumed).map(({ disk }) => disk.name)
  return {
    found: found.map(({ disk }) => disk),
    findings: [...findings, ...partial, ...assumed.map((name) => blockSizeAssumed(name))],
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

interface ReadDisk {
  readonly disk: Disk
  readonly isAssumed: boolean
  /** What could not be read of it. */
  readonly findings: readonly Finding[]
}

async function readDisk(host: Host, device: BlockDevice): Promise<ReadDisk> {
  const { folder, name } = device
  const reader = forgivingReader(host, 'storage')
  const [identity, sizeBytes, toldBlock, physical, rotational, removable, readOnly] =
    await Promise.all([
      diskIdentity(host, device),
      sectorsAttribute(host, `${folder}/size`),
      countAttribute(host, `${folder}/queue/logical_block_size`),
      reader.count(`${folder}/queue/physical_block_size`),
      reader.flag(`${folder}/queue/rotational`),
      reader.flag(`${folder}/removable`),
      flagAttribute(host, `${folder}/ro`),
    ])
  const node =
    device.pciAddress === null
      ? null
      : await reader.count(`${paths.pci}/${device.pciAddress}/numa_node`)
  // Recordings leave it out; of the machine we run on it is known, or its disks are not for us.
  const logical = toldBlock ?? (host.live ? null : defaultBlockBytes)
  if (sizeBytes === null || logical === null) {
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
    sizeBytes,
    logicalBlockSizeBytes: logical,
    physicalBlockSizeBytes: physical ?? logical,
    rotational: rotational ?? false,
    removable: removable ?? false,
    readOnly: readOnly ?? false,
    holders: [...(await blockNames(host, `${folder}/holders`))],
    partitions: await partitionsOf(host, device),
    pciAddress: device.pciAddress,
    numaNode: node !== null && node <= 65_535 ? node : null,
    attachment: null,
    health: null,
  }
  const findings = reader.findings().map((finding) => ({ ...finding, subject: name }))
  return { disk, isAssumed: toldBlock === null, findings }
}

/** Drives whose medium is taken out. */
export function readOpticalDrives(host: Host, devices: readonly BlockDevice[]) {
  const drives = devices.filter(({ kind }) => kind === 'optical')
  return attemptEach(
    'storage',
    drives,
    async (device): Promise<StorageFacts['opticalDrives'][number]> => {
      const { transport, vendor, model, serial, firmware } = await diskIdentity(host, device)
      const { name, folder, place, pciAddress } = device
      const [sizeBytes, logical, physical, removable, readOnly] = await Promise.all([
        sectorsAttribute(host, `${folder}/size`),
        countAttribute(host, `${folder}/queue/logical_block_size`),
        countAttribute(host, `${folder}/queue/physical_block_size`),
        flagAttribute(host, `${folder}/removable`),
        flagAttribute(host, `${folder}/ro`),
      ])
      return {
        name,
        transport,
        vendor,
        model,
        serial,
        firmware,
        address: place.split('/').findLast((part) => /^\d+:\d+:\d+:\d+$/.test(part)) ?? null,
        pciAddress,
        sizeBytes,
        logicalBlockSizeBytes: logical,
        physicalBlockSizeBytes: physical,
        removable,
        readOnly,
      }
    },
  )
}
