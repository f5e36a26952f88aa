import { z } from 'zod'
import { rdmaPhysicalStates, rdmaPortStates } from './link-words.ts'
import { count, type Frozen, hex, kernelName, pciAddress, text, textOrNull } from './fields.ts'

/** An entry of a port's GID table that is not empty. */
const gid = z.strictObject({
  /** What a queue pair names it by (`NCCL_IB_GID_INDEX`). */
  index: count.max(65_535),
  gid: hex(32),
  /** Null on kernels before 4.4, and on InfiniBand where it says nothing. */
  type: z.enum(['ib', 'roce-v1', 'roce-v2']).nullable(),
  /** Network interface it belongs to; null on InfiniBand. */
  interface: kernelName.nullable(),
})

/** By the kernel's names. The richest known driver has 130. */
const counters = z
  .record(kernelName, count)
  .refine((all) => Object.keys(all).length <= 256, 'too many counters')

const rdmaPort = z.strictObject({
  /** From 1; 0 is the management port of a switch. */
  number: count.max(255),
  state: z.enum(rdmaPortStates).nullable(),
  physicalState: z.enum(rdmaPhysicalStates).nullable(),
  linkLayer: z.enum(['infiniband', 'ethernet']).nullable(),
  rateBitsPerSecond: count.nullable(),
  laneWidth: count.nullable(),
  /** InfiniBand's name of the speed of a lane: `SDR`, `QDR`, `HDR`; null where none is said. */
  speedName: textOrNull,
  /** Local identifier in the subnet; null before a subnet manager gave one, and on Ethernet. */
  lid: count.max(0xffff).nullable(),
  /** LID of the subnet manager; null without one. */
  subnetManagerLid: count.max(0xffff).nullable(),
  /** PortInfo.CapabilityMask. */
  capabilityMask: hex(8).nullable(),
  /** Upper half of GID 0: what ports of one InfiniBand subnet share. Null on Ethernet. */
  subnetPrefix: hex(16).nullable(),
  gids: z.array(gid).max(1024),
  /**
   * Counters of errors, losses, retries and congestion that are above 0, by the kernel's name of the
   * file in `counters` and `hw_counters`. One that stands at 0 is left out; null: there are none.
   */
  errorCounts: counters.nullable(),
  /** Counters whose file says that the port does not keep them. */
  unkeptCounters: z.array(kernelName).max(128),
})

/** An RDMA device: InfiniBand, RoCE, iWARP, Omni-Path. Kernel document sysfs-class-infiniband. */
export const rdmaDevice = z.strictObject({
  name: kernelName,
  /** `node_type`: channel adapter, switch, router, RDMA NIC (iWARP), usNIC. */
  nodeType: z
    .enum(['ca', 'switch', 'router', 'rnic', 'usnic', 'usnic-udp', 'unspecified'])
    .nullable(),
  /** EUI-64 of the device; null when it has none. */
  nodeGuid: hex(16).nullable(),
  /** Shared by the devices of one card or system. */
  systemImageGuid: hex(16).nullable(),
  nodeDescription: textOrNull,
  firmwareVersion: textOrNull,
  hardwareRevision: textOrNull,
  /** Model as the driver calls it: `MT4129`. */
  hcaType: textOrNull,
  /** PSID on NVIDIA cards: which firmware image fits. */
  boardId: textOrNull,
  driver: kernelName.nullable(),
  pciAddress: pciAddress.nullable(),
  /** Network interfaces on the same function or named by its GIDs. */
  interfaces: z.array(kernelName).max(1024),
  ports: z.array(rdmaPort).max(256),
})

/** See {@link rdmaDevice}. */
export type RdmaDevice = Frozen<z.infer<typeof rdmaDevice>>

/** One port of {@link RdmaDevice}. */
export type RdmaPort = RdmaDevice['ports'][number]

/** A port of a Fibre Channel adapter. Kernel: include/scsi/scsi_transport_fc.h. */
export const fibreChannelHost = z.strictObject({
  /** SCSI host, `host3`. */
  name: kernelName,
  driver: kernelName.nullable(),
  pciAddress: pciAddress.nullable(),
  /** World wide names of the port and of its adapter, without prefix. */
  wwpn: hex(16).nullable(),
  wwnn: hex(16).nullable(),
  /** Name of the fabric, that of its principal switch; null without a fabric. */
  fabricWwn: hex(16).nullable(),
  /** Address in the fabric; null before login. */
  portId: hex(6).nullable(),
  /** As the kernel spells it: `NPort (fabric via point-to-point)`. */
  portType: textOrNull,
  /** As the kernel spells it: `Online`, `Linkdown`. */
  portState: textOrNull,
  /** Null without a link. */
  linkSpeedBitsPerSecond: count.nullable(),
  supportedSpeedsBitsPerSecond: z.array(count).max(32),
  /** `Class 3`. */
  supportedClasses: z.array(text).max(8),
  symbolicName: textOrNull,
  /** How long a lost remote port is waited for. */
  deviceLossTimeoutSeconds: count.nullable(),
  /** Counters by the kernel's name of their file; one the adapter does not keep is left out. */
  statistics: counters,
})

/** See {@link fibreChannelHost}. */
export type FibreChannelHost = Frozen<z.infer<typeof fibreChannelHost>>
