import { z } from 'zod'
import { bytes, count, type Frozen, hex, kernelName, pciAddress } from './fields.ts'

const words = z.array(z.string().max(40)).max(40)

/**
 * What some functions have and most have not, a list a subject, so that a machine of thousands of
 * functions stays one message. Virtual functions are in none of them.
 */
export const pciDetails = z.strictObject({
  /** Apertures of 1 MiB and more, as the kernel placed them. */
  regions: z
    .array(
      z.strictObject({
        address: pciAddress,
        /** 0 to 5 base address registers, 6 the ROM. */
        index: z.int().min(0).max(6),
        kind: z.enum(['memory', 'io']),
        sizeBytes: bytes,
        prefetchable: z.boolean(),
        widthBits: z.union([z.literal(32), z.literal(64)]),
      }),
    )
    .max(8192),
  /** Base addresses whose size can be chosen, PCI Express base specification 6.2 §7.8.6. */
  resizableRegions: z
    .array(
      z.strictObject({
        address: pciAddress,
        index: z.int().min(0).max(7),
        sizeBytes: bytes,
        supportedSizesBytes: z.array(bytes).max(44),
      }),
    )
    .max(8192),
  /** Sizes of packets on the first function of each device with a link, §7.5.3.3 and §7.5.3.4. */
  payloads: z
    .array(
      z.strictObject({
        address: pciAddress,
        maximumPayloadBytes: bytes,
        payloadBytes: bytes,
        readRequestBytes: bytes,
      }),
    )
    .max(8192),
  /** Device serial numbers, §7.8.3, as EUI-64. */
  serials: z.array(z.strictObject({ address: pciAddress, serial: hex(16) })).max(8192),
  /** Vectors of MSI-X. */
  interrupts: z
    .array(z.strictObject({ address: pciAddress, vectorCount: count, enabled: z.boolean() }))
    .max(8192),
  /** Physical functions with virtual ones, §9.3.3. */
  virtualization: z
    .array(
      z.strictObject({
        address: pciAddress,
        totalCount: count,
        /** Virtual functions there are now. */
        count,
        /** Device id of the virtual functions; their vendor is the physical function's. */
        deviceId: hex(4),
      }),
    )
    .max(8192),
  /** Access control services, §7.7.11: `p2p-request-redirect`. */
  accessControls: z
    .array(z.strictObject({ address: pciAddress, supported: words, enabled: words }))
    .max(8192),
  /** Ports that can cut off what is below them, §7.9.14. */
  containment: z
    .array(
      z.strictObject({
        address: pciAddress,
        /** `disabled`, `fatal`, `fatal-and-non-fatal`. */
        trigger: z.string().max(40),
        triggered: z.boolean(),
      }),
    )
    .max(8192),
  /** Errors the kernel counted since boot (kernel document sysfs-bus-pci-devices-aer_stats). */
  errorCounts: z
    .array(
      z.strictObject({
        address: pciAddress,
        severity: z.enum(['correctable', 'non-fatal', 'fatal']),
        /** By the kernel's names, those above 0: `BadTLP`. */
        counts: z.record(z.string().max(40), count),
      }),
    )
    .max(8192),
  /** Functions that are not at full power. */
  lowPower: z
    .array(z.strictObject({ address: pciAddress, state: z.enum(['d1', 'd2', 'd3hot', 'd3cold']) }))
    .max(8192),
  /** How the kernel can reset an endpoint, the first choice first: `flr`, `bus`. */
  resets: z
    .array(z.strictObject({ address: pciAddress, methods: z.array(kernelName).max(16) }))
    .max(8192),
  /** CXL devices, CXL 3.1 §8.1.3. */
  cxl: z
    .array(
      z.strictObject({
        address: pciAddress,
        /** 1 caches, 2 caches and has memory, 3 has memory; null: neither is claimed. */
        deviceType: z.union([z.literal(1), z.literal(2), z.literal(3)]).nullable(),
        /** `cache`, `io`, `memory`. */
        capable: words,
        enabled: words,
        rangeCount: count,
      }),
    )
    .max(8192),
  /** Data object exchange, §7.9.24. */
  dataObjectExchange: z
    .array(
      z.strictObject({
        address: pciAddress,
        mailboxCount: count,
        /** `0001:01`, vendor and type; empty where the kernel does not list them. */
        protocols: z.array(kernelName).max(256),
      }),
    )
    .max(8192),
  /** Integrity and data encryption, §7.9.26. */
  encryption: z
    .array(
      z.strictObject({
        address: pciAddress,
        linkStreamCount: count,
        selectiveStreamCount: count,
        teeLimited: z.boolean(),
      }),
    )
    .max(8192),
})

/** See {@link pciDetails}. */
export type PciDetails = Frozen<z.infer<typeof pciDetails>>
