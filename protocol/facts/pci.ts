import { z } from 'zod'
import { count, type Frozen, hex, kernelName, numaNodeOrNull, pciAddress, text } from './fields.ts'
import { pciDetails } from './pci-details.ts'

/** State of a PCI Express link, PCIe base specification 6.2 §7.5.3.6 to §7.5.3.8. */
export const pciLink = z.strictObject({
  /** What this end can do: 2.5, 5, 8, 16, 32, 64 GT/s. */
  maxSpeedGtPerS: z.number().positive().nullable(),
  /** What the link runs at; null when the link is down or the value is not defined. */
  speedGtPerS: z.number().positive().nullable(),
  /** Lanes this end has. */
  maxLaneWidth: count,
  /** Lanes in use, 0 when the link is down. */
  laneWidth: count,
})

/** See {@link pciLink}. */
export type PciLink = Frozen<z.infer<typeof pciLink>>

const pciFunction = z.strictObject({
  address: pciAddress,
  /** The bridge above; null on a root bus. */
  parentAddress: pciAddress.nullable(),
  vendorId: hex(4),
  deviceId: hex(4),
  /** Null on bridges without them and where the device leaves them at zero. */
  subsystemVendorId: hex(4).nullable(),
  subsystemDeviceId: hex(4).nullable(),
  /** Base class, subclass and programming interface. */
  classCode: hex(6),
  /** Null where neither the config space nor the kernel tells it. */
  revision: hex(2).nullable(),
  /** 0 device, 1 PCI bridge, 2 CardBus bridge; null where the config space could not be read. */
  headerType: z.int().min(0).max(127).nullable(),
  /** Bus numbers behind a bridge; null on devices. */
  bridge: z.strictObject({ secondaryBus: count, subordinateBus: count }).nullable(),
  driver: kernelName.nullable(),
  numaNode: numaNodeOrNull,
  iommuGroup: count.nullable(),
  /** Null without a PCI Express link. */
  link: pciLink.nullable(),
  /** Capability ids in list order (PCI code and id assignment specification). */
  capabilityIds: z.array(hex(2)).max(64),
  /** Extended capability ids in list order; empty where only 256 bytes can be read. */
  extendedCapabilityIds: z.array(hex(4)).max(1024),
  /** Label of the physical slot; null when firmware names none. */
  slot: text.nullable(),
  /** The physical function of a virtual function; null on all others. */
  physicalFunction: pciAddress.nullable(),
})

/** Every PCI function the kernel enumerated. Ids travel raw; names are looked up at the server. */
export const pciFacts = z.strictObject({
  functions: z.array(pciFunction).max(8192),
  details: pciDetails,
})

/** See {@link pciFacts}. */
export type PciFacts = Frozen<z.infer<typeof pciFacts>>

/** One entry of {@link PciFacts}. */
export type PciFunction = PciFacts['functions'][number]
