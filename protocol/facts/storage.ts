import { z } from 'zod'
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

/** How the disk is attached. `scsi`: a SCSI disk whose wire nothing tells; `other`: no name here. */
export const diskTransport = z.enum([
  'nvme',
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
  holders: z.array(kernelName).max(64),
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
  holders: z.array(kernelName).max(64),
  partitions: z.array(partition).max(256),
  pciAddress: pciAddress.nullable(),
  numaNode: numaNodeOrNull,
})

const opticalDrive = z.strictObject({
  name: kernelName,
  transport: diskTransport,
  vendor: textOrNull,
  model: textOrNull,
  serial: textOrNull,
})

/** Disks that could take an image. Loop, RAM, device-mapper and md devices are no hardware. */
export const storageFacts = z.strictObject({
  disks: z.array(disk).max(4096),
  opticalDrives: z.array(opticalDrive).max(64),
})

/** See {@link storageFacts}. */
export type StorageFacts = Frozen<z.infer<typeof storageFacts>>

/** One entry of {@link StorageFacts}. */
export type Disk = StorageFacts['disks'][number]

/** See {@link diskTransport}. */
export type DiskTransport = z.infer<typeof diskTransport>
