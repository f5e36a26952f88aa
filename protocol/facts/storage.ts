import { z } from 'zod'
import { ataIdentify } from './ata.ts'
import { diskContents } from './disk-contents.ts'
import {
  bytes,
  count,
  type Frozen,
  hex,
  kernelName,
  numaNodeOrNull,
  pciAddress,
  textOrNull,
} from './fields.ts'
import {
  nvmeAbilities,
  nvmeAttachment,
  nvmeControllerFacts,
  nvmeFormats,
  nvmeSubsystem,
} from './nvme.ts'
import { mmcAttachment, pmemAttachment, scsiAbilities, scsiAttachment } from './scsi.ts'
import { enclosure, sasExpander, storageAdapter } from './storage-adapters.ts'
import { efiBoot } from './storage-boot.ts'
import { diskHealth } from './storage-health.ts'
import { blockLimits, blockVolume, mdArray } from './storage-volumes.ts'

/**
 * How the disk is attached. `nvme`: on PCI Express; `nvme-fabrics`: in another housing, by TCP, RDMA
 * or Fibre Channel; `scsi`: a SCSI disk whose wire nothing tells; `other`: no name here.
 */
export const diskTransport = z.enum([
  'nvme',
  'nvme-fabrics',
  'sata',
  'sas',
  'scsi',
  'virtio',
  'usb',
  'mmc',
  'fibre-channel',
  'iscsi',
  'pmem',
  'xen',
  'other',
])

const partition = z.strictObject({
  name: kernelName,
  number: count,
  startBytes: bytes,
  sizeBytes: bytes,
  /** Kernel names of devices built on it (dm, md, bcache). */
  holders: z.array(kernelName).max(1024),
})

const disk = z.strictObject({
  /** The kernel's name in this boot. It names no disk: `serial`, `wwn`, `model`, size do. */
  name: kernelName,
  transport: diskTransport,
  vendor: textOrNull,
  model: textOrNull,
  serial: textOrNull,
  /** NAA name, 16 or 32 digits (SPC-5 §7.7.6.5); null when the disk has none. */
  wwn: z.union([hex(16), hex(32)]).nullable(),
  /** EUI-64 of the NVMe namespace; null when it has none. */
  eui64: hex(16).nullable(),
  /** NGUID of the NVMe namespace; null when it has none. */
  nguid: hex(32).nullable(),
  firmware: textOrNull,
  /** Exact: sectors of 512 bytes in sysfs `size`, times 512. */
  sizeBytes: bytes,
  logicalBlockSizeBytes: count,
  physicalBlockSizeBytes: count,
  rotational: z.boolean(),
  removable: z.boolean(),
  readOnly: z.boolean(),
  /** Kernel names of devices built on the whole disk. */
  holders: z.array(kernelName).max(1024),
  partitions: z.array(partition).max(256),
  pciAddress: pciAddress.nullable(),
  numaNode: numaNodeOrNull,
  /** Where it is on its bus; null: there is nothing to tell. */
  attachment: z
    .discriminatedUnion('kind', [scsiAttachment, nvmeAttachment, mmcAttachment, pmemAttachment])
    .nullable(),
  /** Null: the disk was not asked, or has no such thing. */
  health: diskHealth.nullable(),
})

/** What disks of one model have in common. */
const diskAbilities = z.discriminatedUnion('kind', [
  ataIdentify
    .omit({
      kind: true,
      model: true,
      serial: true,
      firmware: true,
      wwn: true,
      sectorCount: true,
      sizeBytes: true,
      checksumValid: true,
      findings: true,
    })
    .extend({ kind: z.literal('ata') }),
  scsiAbilities,
  nvmeAbilities.extend({ kind: z.literal('nvme'), namespace: nvmeFormats.nullable() }),
])

const opticalDrive = z.strictObject({
  name: kernelName,
  transport: diskTransport,
  vendor: textOrNull,
  model: textOrNull,
  serial: textOrNull,
  firmware: textOrNull,
  /** SCSI host, channel, target and unit, `1:0:0:0`; null where it is on no SCSI host. */
  address: textOrNull,
  pciAddress: pciAddress.nullable(),
  /** Of the medium that is in it; without one kernels say the size of the last, or 1 GiB. */
  sizeBytes: bytes.nullable(),
  logicalBlockSizeBytes: count.nullable(),
  physicalBlockSizeBytes: count.nullable(),
  removable: z.boolean().nullable(),
  readOnly: z.boolean().nullable(),
})

/** Disks that could take an image, and what stands around them. */
export const storageFacts = z.strictObject({
  /** Hardware. Loop, RAM, device-mapper and md devices are none: those are in `volumes`. */
  disks: z.array(disk).max(4096),
  opticalDrives: z.array(opticalDrive).max(64),
  volumes: z.array(blockVolume).max(4096),
  arrays: z.array(mdArray).max(512),
  /** Disks, partitions apart, and volumes that the kernel treats alike. */
  limits: z.array(blockLimits).max(512),
  /** By kernel names of the disks; disks that were not asked are in none. */
  abilities: z
    .array(z.strictObject({ disks: z.array(kernelName).max(4096), ability: diskAbilities }))
    .max(512),
  /** Of disks and partitions (by kernel name) that hold something that we know. */
  contents: z.array(diskContents.extend({ device: kernelName })).max(16_384),
  nvmeControllers: z.array(nvmeControllerFacts).max(1024),
  nvmeSubsystems: z.array(nvmeSubsystem).max(1024),
  adapters: z.array(storageAdapter).max(256),
  expanders: z.array(sasExpander).max(256),
  enclosures: z.array(enclosure).max(256),
  /** Null: not started by UEFI, or its variables cannot be read. */
  boot: efiBoot.nullable(),
})

/** See {@link storageFacts}. */
export type StorageFacts = Frozen<z.infer<typeof storageFacts>>

/** A machine without disks. */
export const noStorage: StorageFacts = {
  disks: [],
  opticalDrives: [],
  volumes: [],
  arrays: [],
  limits: [],
  abilities: [],
  contents: [],
  nvmeControllers: [],
  nvmeSubsystems: [],
  adapters: [],
  expanders: [],
  enclosures: [],
  boot: null,
}

/** One entry of {@link StorageFacts}. */
export type Disk = StorageFacts['disks'][number]

/** See {@link diskAbilities}. */
export type DiskAbilities = Frozen<z.infer<typeof diskAbilities>>

/** See {@link diskTransport}. */
export type DiskTransport = z.infer<typeof diskTransport>

/** Buses on which media come and go, or which other machines share: nothing is ever written there. */
export const foreignTransports: ReadonlySet<DiskTransport> = new Set<DiskTransport>([
  'usb',
  'fibre-channel',
  'iscsi',
  'nvme-fabrics',
])
