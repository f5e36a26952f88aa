import { z } from 'zod'
import { count, type Frozen, hex } from './fields.ts'
import { pciLink } from './pci.ts'

/** A capability of either list, PCI Express base specification 6.2 §7.5 to §7.9. */
const capability = z.strictObject({
  /** Two digits in the list of the first 256 bytes, four in the extended one. */
  id: z.string().regex(/^([0-9a-f]{2}|[0-9a-f]{4})$/),
  offset: count,
  /** Null in the first list, whose entries have none. */
  version: count.nullable(),
  /** `msi-x`, `advanced-error-reporting`; `unknown` where the code and id assignment has none. */
  name: z.string().max(64),
  /** What it says, by field; null where nothing of it is decoded, or it ends past the space. */
  fields: z.record(z.string().max(64), z.json()).nullable(),
})

const baseAddress = z.strictObject({
  index: z.int().min(0).max(5),
  kind: z.enum(['memory', 'io']),
  /** `0x` and hex: what the register holds, without its flags. */
  address: z.string().max(18),
  /** Null for the type that is reserved. */
  widthBits: z.union([z.literal(20), z.literal(32), z.literal(64)]).nullable(),
  prefetchable: z.boolean(),
})

/** Addresses that a bridge passes on, both ends included; nothing where `base` is above `limit`. */
const bridgeWindow = z.strictObject({
  kind: z.enum(['io', 'memory', 'prefetchable-memory']),
  base: z.string().max(18),
  limit: z.string().max(18),
  widthBits: z.union([z.literal(16), z.literal(32), z.literal(64)]),
})

const deviceSelect = z.enum(['fast', 'medium', 'slow', 'reserved'])

/** Configuration space of one function: what `decode pci` prints of it. */
export const pciConfigSpace = z.strictObject({
  /** `domain:bus:device.function` where the file tells it. */
  address: z.string().max(20).nullable(),
  lengthBytes: count,
  vendorId: hex(4),
  deviceId: hex(4),
  classCode: hex(6),
  revision: hex(2),
  headerType: count,
  multifunction: z.boolean(),
  command: z.array(z.string().max(32)).max(16),
  status: z.array(z.string().max(32)).max(16),
  deviceSelect,
  cacheLineSizeBytes: count,
  latencyTimer: count,
  /** Null on bridges, 0 where the device has no need. */
  minimumGrantNanoseconds: count.nullable(),
  maximumLatencyNanoseconds: count.nullable(),
  /** Null where the function cannot test itself. */
  selfTest: z.strictObject({ running: z.boolean(), completionCode: count }).nullable(),
  /** Null where the header has none, or both are zero. */
  subsystem: z.strictObject({ vendorId: hex(4), deviceId: hex(4) }).nullable(),
  /** Null on devices. */
  bridge: z
    .strictObject({
      primaryBus: count,
      secondaryBus: count,
      subordinateBus: count,
      secondaryLatencyTimer: count,
      windows: z.array(bridgeWindow).max(4),
      secondaryStatus: z.array(z.string().max(32)).max(16),
      secondaryDeviceSelect: deviceSelect,
      control: z.array(z.string().max(32)).max(16),
      /** Of a CardBus bridge, `0x` and hex; null where it has none. */
      legacyPorts: z.string().max(18).nullable(),
    })
    .nullable(),
  baseAddresses: z.array(baseAddress).max(6),
  /** Null where there is none. Its `address` is `0x` and hex; null while it has none. */
  rom: z.strictObject({ address: z.string().max(18).nullable(), enabled: z.boolean() }).nullable(),
  interruptPin: z.enum(['A', 'B', 'C', 'D']).nullable(),
  /** What firmware wrote there; 255: not routed. */
  interruptLine: count,
  /** Null without a PCI Express link. */
  link: pciLink.nullable(),
  capabilities: z.array(capability).max(64),
  extendedCapabilities: z.array(capability).max(1024),
  /** Where the lists are broken: a loop, a pointer out of the space. */
  issues: z.array(z.string().max(256)),
})

/** What `decode pci` prints: one function, or all of a dump. */
export const pciConfigFile = z.strictObject({ functions: z.array(pciConfigSpace).max(8192) })

export type PciConfigSpace = Frozen<z.infer<typeof pciConfigSpace>>
export type PciConfigFile = Frozen<z.infer<typeof pciConfigFile>>
