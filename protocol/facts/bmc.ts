import { z } from 'zod'
import {
  count,
  type Frozen,
  hex,
  kernelName,
  macAddress,
  pciAddress,
  textOrNull,
  uuidText,
} from './fields.ts'
import { ipmiController } from './ipmi.ts'

/** What SMBIOS says of the way to the BMC: type 38, DSP0134 §7.39. */
const announcedInterface = z.strictObject({
  /** `KCS: Keyboard Control Style`, `SSIF: SMBus System Interface`. */
  type: textOrNull,
  /** `2.0`. */
  specificationVersion: textOrNull,
  /** On the I2C bus, `0x10`; null where it is left open. */
  slaveAddress: textOrNull,
  /** With `0x`; the SMBus address of SSIF. */
  baseAddress: textOrNull,
})

const address = z.string().min(1).max(64)

/** Redfish over a network interface inside the machine: SMBIOS type 42, DSP0270 §8. */
const redfishService = z.strictObject({
  /** The interface to it: `USB v2`, `PCI/PCIe v2`. */
  interfaceType: textOrNull,
  vendorId: hex(4).nullable(),
  productId: hex(4).nullable(),
  mac: macAddress.nullable(),
  pciAddress: pciAddress.nullable(),
  serviceUuid: uuidText.nullable(),
  /** `Static`, `DHCP`, `AutoConf`, `Host Selected`. */
  hostAssignment: textOrNull,
  hostAddress: address.nullable(),
  hostMask: address.nullable(),
  serviceAddress: address.nullable(),
  servicePort: z.int().min(0).max(65_535).nullable(),
  serviceVlan: count.nullable(),
  hostname: textOrNull,
})

/** The management controller and the ways to it. */
export const bmcFacts = z.strictObject({
  announcedInterfaces: z.array(announcedInterface).max(16),
  /** Devices of the kernel's IPMI driver. */
  interfaces: z
    .array(
      z.strictObject({
        /** `ipmi0`. */
        name: kernelName,
        /** `kcs`, `smic`, `bt`, `ssif`; null where the kernel does not say. */
        type: kernelName.nullable(),
        driver: kernelName.nullable(),
      }),
    )
    .max(16),
  /** Those that answer. */
  controllers: z.array(ipmiController).max(16),
  redfish: z.array(redfishService).max(16),
})

/** See {@link bmcFacts}. */
export type BmcFacts = Frozen<z.infer<typeof bmcFacts>>
