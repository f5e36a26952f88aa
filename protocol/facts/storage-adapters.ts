import { z } from 'zod'
import { count, type Frozen, hex, kernelName, pciAddress, textOrNull } from './fields.ts'

/** One phy of a SAS port; kernel's scsi_transport_sas. */
const sasPhy = z.strictObject({
  name: kernelName,
  sasAddress: hex(16).nullable(),
  /** Null: no link. */
  linkSpeedBitsPerSecond: count.nullable(),
  maximumSpeedBitsPerSecond: count.nullable(),
  invalidDwordCount: count.nullable(),
  disparityErrorCount: count.nullable(),
  syncLossCount: count.nullable(),
  resetProblemCount: count.nullable(),
})

/** A SCSI host: a port or a whole adapter to the kernel. */
const scsiHost = z.strictObject({
  name: kernelName,
  /** Name of its driver in the SCSI layer: `mpt3sas`, `ahci`, `megaraid_sas`. */
  driver: textOrNull,
  /** `Initiator`, `Target`; null: not told. */
  mode: textOrNull,
  /** What the driver of this adapter tells of it beside that, by the kernel's names. */
  attributes: z.record(z.string().regex(/^[a-z0-9_]{1,40}$/), z.string().max(128)),
  sasPhys: z.array(sasPhy).max(128),
})

/**
 * A storage controller: a PCI function of class 01, or what has a SCSI host on it. One that is a disk
 * by itself, of NVMe or virtio, is none.
 */
export const storageAdapter = z.strictObject({
  /** Null: it is on no PCI bus (virtio by MMIO, iSCSI by software). */
  pciAddress: pciAddress.nullable(),
  /** Null: it is no PCI function. */
  classCode: hex(6).nullable(),
  driver: kernelName.nullable(),
  hosts: z.array(scsiHost).max(256),
})

/** An expander between an adapter and its disks. */
export const sasExpander = z.strictObject({
  name: kernelName,
  sasAddress: hex(16).nullable(),
  vendor: textOrNull,
  product: textOrNull,
  revision: textOrNull,
  level: count.nullable(),
  phys: z.array(sasPhy).max(256),
})

/** A housing of disks that tells which slot holds which; kernel's enclosure class. */
export const enclosure = z.strictObject({
  /** Its SCSI address or PCI slot. */
  name: kernelName,
  /** Its logical identifier; null: none. */
  id: textOrNull,
  vendor: textOrNull,
  product: textOrNull,
  slots: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(64),
        number: count.nullable(),
        /** `OK`, `not installed`, `critical`. */
        status: textOrNull,
        /** A light of it is on. */
        located: z.boolean().nullable(),
        faulty: z.boolean().nullable(),
        /** Kernel name of the disk in it; null: none that is seen. */
        disk: kernelName.nullable(),
      }),
    )
    .max(256),
})

/** See {@link storageAdapter}. */
export type StorageAdapter = Frozen<z.infer<typeof storageAdapter>>
/** See {@link sasExpander}. */
export type SasExpander = Frozen<z.infer<typeof sasExpander>>
/** See {@link enclosure}. */
export type Enclosure = Frozen<z.infer<typeof enclosure>>
