import { z } from 'zod'
import { count, type Frozen, hex, kernelName, pciAddress, textOrNull } from './fields.ts'
import { usbCapability, usbInterfaceAssociation } from './usb-descriptors.ts'

/** Endpoint descriptor, USB 2.0 §9.6.6. */
const usbEndpoint = z.strictObject({
  /** Number with the direction in bit 7, `81`. */
  address: hex(2),
  direction: z.enum(['in', 'out']),
  transfer: z.enum(['control', 'isochronous', 'bulk', 'interrupt']),
  maxPacketSizeBytes: count,
  /** `bInterval`, in frames or as an exponent: its unit depends on speed and transfer. */
  interval: count,
})

/** One alternate setting of an interface, USB 2.0 §9.6.5. */
const usbInterface = z.strictObject({
  number: count,
  alternateSetting: count,
  /** Class, subclass and protocol. */
  classCode: hex(6),
  endpoints: z.array(usbEndpoint).max(30),
})

const usbConfiguration = z.strictObject({
  value: count,
  selfPowered: z.boolean(),
  remoteWakeup: z.boolean(),
  maxPowerAmperes: z.number().nonnegative(),
  /** Interfaces that are one function together. */
  interfaceAssociations: z.array(usbInterfaceAssociation).max(32),
  interfaces: z.array(usbInterface).max(256),
})

const usbDevice = z.strictObject({
  bus: count,
  /** Kernel name: `usb1` is a root hub, `1-2.3` port 3 of the hub on port 2 of bus 1. */
  path: kernelName,
  /** The hub it is plugged into; null for a root hub. */
  parentPath: kernelName.nullable(),
  /** Port of that hub, from 1; null for a root hub. */
  port: count.nullable(),
  /** The host controller; null where it is not on PCI. */
  pciAddress: pciAddress.nullable(),
  deviceNumber: count,
  vendorId: hex(4),
  productId: hex(4),
  /** `bcdDevice` as `major.minor`, `5.10`. */
  deviceVersion: textOrNull,
  /** `bcdUSB` as `major.minor`, `2.00`. */
  usbVersion: textOrNull,
  /** Class, subclass and protocol; `000000` where the interfaces tell. */
  classCode: hex(6),
  /** Null where the kernel does not know the speed. */
  speedBitsPerSecond: count.nullable(),
  /** Lanes of the link in each direction, 2 from USB 3.2 Gen 1x2 on; null in old kernels. */
  rxLaneCount: count.nullable(),
  txLaneCount: count.nullable(),
  manufacturer: textOrNull,
  product: textOrNull,
  serial: textOrNull,
  /** Ports of a hub; null of everything else. */
  hubPortCount: count.nullable(),
  /** False where a policy keeps the device from being used; null where the kernel does not say. */
  authorized: z.boolean().nullable(),
  /** Whether it can be unplugged, by what the firmware says of the port; null: it does not say. */
  removable: z.boolean().nullable(),
  /** `value` of the configuration in force; null where the device has none. */
  activeConfiguration: count.nullable(),
  configurations: z.array(usbConfiguration).max(16),
  /** Device capabilities (BOS); null where the kernel does not hand them on, which came in 6.8. */
  capabilities: z.array(usbCapability).max(255).nullable(),
  /** Driver of each interface that has one, `1-2:1.0` -> `usb-storage`. */
  drivers: z.array(z.strictObject({ interface: kernelName, driver: kernelName })).max(256),
})

/** USB devices with their descriptors, root hubs included. */
export const usbFacts = z.strictObject({ devices: z.array(usbDevice).max(1024) })

/** See {@link usbFacts}. */
export type UsbFacts = Frozen<z.infer<typeof usbFacts>>

/** One entry of {@link UsbFacts}. */
export type UsbDeviceFacts = UsbFacts['devices'][number]
