import { z } from 'zod'
import {
  count,
  type Frozen,
  hex,
  kernelName,
  macAddress,
  numaNodeOrNull,
  pciAddress,
  textOrNull,
} from './fields.ts'
import { fecModes } from './link-words.ts'
import { fibreChannelHost, rdmaDevice } from './rdma.ts'
import { transceiverModule } from './transceiver-module.ts'

/** What the kernel says of every interface, of a device or made by software. */
const interfaceState = {
  name: kernelName,
  /** The permanent address where the device or the kernel tells it, else the current one. */
  mac: macAddress.nullable(),
  /** Whether `mac` is burnt in (`addr_assign_type`); null where the kernel does not say. */
  macAssignment: z.enum(['permanent', 'random', 'stolen', 'set']).nullable(),
  /** ARPHRD number of the kernel's if_arp.h. */
  linkTypeCode: count,
  /** Whether somebody has set it up (IFF_UP), with or without a link. */
  administrativelyUp: z.boolean().nullable(),
  /** RFC 2863 state as the kernel spells it: `up`, `down`, `dormant`, `unknown`. */
  operationalState: z.string().min(1).max(32).nullable(),
  /** Null while the interface is administratively down: the kernel does not know. */
  carrier: z.boolean().nullable(),
  /** How often the link came or went since the driver was loaded. */
  carrierChangeCount: count.nullable(),
  carrierUpCount: count.nullable(),
  carrierDownCount: count.nullable(),
  /** Null without a link, or where the driver does not tell. */
  linkSpeedBitsPerSecond: count.nullable(),
  duplex: z.enum(['full', 'half']).nullable(),
  mtuBytes: count.nullable(),
  /** Bond, bridge or other interface that it is a part of. */
  master: kernelName.nullable(),
}

/** Modes by the kernel's names, `100000baseSR4/Full`, `Autoneg`, `FEC_RS`; `bit-130` without a name. */
const linkModeNames = z.array(kernelName).max(512)

const networkInterface = z.strictObject({
  ...interfaceState,
  linkType: z.enum(['ethernet', 'infiniband', 'other']),
  driver: kernelName.nullable(),
  driverVersion: textOrNull,
  /** Firmware of the device, as its driver words it. */
  firmwareVersion: textOrNull,
  expansionRomVersion: textOrNull,
  pciAddress: pciAddress.nullable(),
  /** Kernel name of the USB device it sits on, `1-2.3`; null when not on USB. */
  usbPath: kernelName.nullable(),
  numaNode: numaNodeOrNull,
  /** Port of a device that shows several interfaces on one PCI function (`dev_port`). */
  portIndex: count.nullable(),
  /** `dev_id`: tells apart ports that share an address, as older multi-port cards do it. */
  deviceId: count.nullable(),
  physicalPortName: textOrNull,
  /** Equal for functions behind one physical port, bytes in hex. */
  physicalPortId: z
    .string()
    .regex(/^([0-9a-f]{2}){1,32}$/)
    .nullable(),
  /** Equal for ports of one switch device (an eSwitch), bytes in hex. */
  physicalSwitchId: z
    .string()
    .regex(/^([0-9a-f]{2}){1,32}$/)
    .nullable(),
  /** What the port is made of; null where the driver does not tell. */
  port: z
    .enum(['twisted-pair', 'aui', 'mii', 'fibre', 'bnc', 'direct-attach', 'none', 'other'])
    .nullable(),
  autonegotiation: z.boolean().nullable(),
  /** Null where the driver tells no modes. */
  linkModes: z
    .strictObject({
      supported: linkModeNames,
      advertised: linkModeNames,
      /** What the other end advertises; empty when it does not negotiate or the driver cannot see it. */
      partner: linkModeNames,
    })
    .nullable(),
  /** Forward error correction; null where the driver does not tell. */
  forwardErrorCorrection: z
    .strictObject({
      configured: z.array(z.enum(fecModes)).max(8),
      /** Empty without a link. */
      active: z.array(z.enum(fecModes)).max(8),
    })
    .nullable(),
  /** Null on functions without SR-IOV. */
  sriov: z
    .strictObject({ totalVirtualFunctionCount: count, virtualFunctionCount: count })
    .nullable(),
  /** RDMA devices of the same function. */
  rdmaDevices: z.array(kernelName).max(64),
  /** Null without a module, or where the driver shows none. */
  module: transceiverModule.nullable(),
})

const bondMember = z.strictObject({
  name: kernelName,
  /** `mii_status`; null where the recording does not hold it. */
  linkUp: z.boolean().nullable(),
  state: z.enum(['active', 'backup']).nullable(),
  linkFailureCount: count.nullable(),
  /** Members with one number form one aggregate (802.3ad). */
  aggregatorId: count.nullable(),
})

/** Several interfaces as one. Kernel document networking/bonding. */
const bond = z.strictObject({
  ...interfaceState,
  /** `802.3ad`, `active-backup`, as the kernel spells it. */
  mode: textOrNull,
  transmitHashPolicy: textOrNull,
  activeMember: kernelName.nullable(),
  /** The switch at the other end of an 802.3ad bond; null without one. */
  partnerMac: macAddress.nullable(),
  members: z.array(bondMember).max(256),
})

const bridge = z.strictObject({
  ...interfaceState,
  /** Bridge identifier of 802.1D, priority and address; bytes in hex. */
  bridgeId: hex(16).nullable(),
  spanningTree: z.boolean().nullable(),
  members: z.array(kernelName).max(1024),
})

/** Network interfaces of devices, what is built of them, and RDMA and Fibre Channel ports. */
export const nicFacts = z.strictObject({
  /** Of devices alone: software interfaces (bridges, bonds, lo) are no hardware. */
  interfaces: z.array(networkInterface).max(1024),
  bonds: z.array(bond).max(256),
  bridges: z.array(bridge).max(256),
  rdmaDevices: z.array(rdmaDevice).max(1024),
  fibreChannelHosts: z.array(fibreChannelHost).max(256),
})

/** See {@link nicFacts}. */
export type NicFacts = Frozen<z.infer<typeof nicFacts>>

/** One entry of {@link NicFacts}. */
export type NetworkInterface = NicFacts['interfaces'][number]

/** What bonds, bridges and interfaces of devices have in common. */
export type InterfaceState = Pick<NetworkInterface, keyof typeof interfaceState>
