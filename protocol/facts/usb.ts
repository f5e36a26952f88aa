import { z } from 'zod'
import { count, type Frozen, hex, kernelName, textOrNull } from './fields.ts'

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
  interfaces: z.array(usbInterface).max(256),
})

const usbDevice = z.strictObject({
  bus: count,
  /** Kernel name: `usb1` is a root hub, `1-2.3` port 3 of the hub on port 2 of bus 1. */
  path: kernelName,
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
  manufacturer: textOrNull,
  product: textOrNull,
  serial: textOrNull,
  configurations: z.array(usbConfiguration).max(16),
  /** Driver of each interface that has one, `1-2:1.0` -> `usb-storage`. */
  drivers: z.array(z.strictObject({ interface: kernelName, driver: kernelName })).max(256),
})

/** USB devices with their descriptors, root hubs included. */
export const usbFacts = z.strictObject({ devices: z.array(usbDevice).max(1024) })

/** See {@link usbFacts}. */
export type UsbFacts = Frozen<z.infer<typeof usbFacts>>

/** One entry of {@link UsbFacts}. */
export type UsbDeviceFacts = UsbFacts['devices'][number]
