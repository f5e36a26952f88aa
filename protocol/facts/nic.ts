import { z } from 'zod'
import {
  count,
  type Frozen,
  kernelName,
  macAddress,
  numaNodeOrNull,
  pciAddress,
  textOrNull,
} from './fields.ts'

const networkInterface = z.strictObject({
  name: kernelName,
  /** The permanent address where the kernel shows it, else the current one; null without any. */
  mac: macAddress.nullable(),
  /** Whether `mac` is burnt in (`addr_assign_type`); null where the kernel does not say. */
  macAssignment: z.enum(['permanent', 'random', 'stolen', 'set']).nullable(),
  linkType: z.enum(['ethernet', 'infiniband', 'other']),
  /** ARPHRD number of the kernel's if_arp.h, behind `linkType`. */
  linkTypeCode: count,
  driver: kernelName.nullable(),
  pciAddress: pciAddress.nullable(),
  /** Kernel name of the USB device it sits on, `1-2.3`; null when not on USB. */
  usbPath: kernelName.nullable(),
  numaNode: numaNodeOrNull,
  /** Port of a device that shows several interfaces on one PCI function (`dev_port`). */
  portIndex: count.nullable(),
  physicalPortName: textOrNull,
  /** RFC 2863 state as the kernel spells it: `up`, `down`, `dormant`, `unknown`. */
  operationalState: z.string().min(1).max(32).nullable(),
  /** Null while the interface is administratively down: the kernel does not know. */
  carrier: z.boolean().nullable(),
  /** Null without a link, or where the driver does not tell. */
  linkSpeedBitsPerSecond: count.nullable(),
  duplex: z.enum(['full', 'half']).nullable(),
  mtuBytes: count.nullable(),
  /** Null on functions without SR-IOV. */
  sriov: z
    .strictObject({ totalVirtualFunctionCount: count, virtualFunctionCount: count })
    .nullable(),
})

/** Network interfaces of devices. Software interfaces (bridges, bonds, lo) are no hardware. */
export const nicFacts = z.strictObject({ interfaces: z.array(networkInterface).max(1024) })

/** See {@link nicFacts}. */
export type NicFacts = Frozen<z.infer<typeof nicFacts>>

/** One entry of {@link NicFacts}. */
export type NetworkInterface = NicFacts['interfaces'][number]
