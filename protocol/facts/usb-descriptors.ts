import { z } from 'zod'
import { bytes, count, type Frozen, hex, uuidText } from './fields.ts'
import { finding } from './finding.ts'

const hexText = z
  .string()
  .max(131_072)
  .regex(/^[0-9a-f]*$/)
const name = z.string().min(1).max(64)
/** Number of a string descriptor; null where the device has no such text. */
const stringIndex = z.int().min(1).max(255).nullable()
const oneByte = z.int().min(0).max(255)
/** `bcdUSB` and its like as `major.minor`, `3.20`. */
const bcd = z.string().max(8)

/** A descriptor that belongs to a class or that no standard of ours names. */
export const usbClassDescriptor = z.discriminatedUnion('kind', [
  /** HID 1.11 §6.2.1. */
  z.strictObject({
    kind: z.literal('hid'),
    version: bcd,
    countryCode: oneByte,
    reports: z.array(z.strictObject({ type: name, lengthBytes: bytes })).max(84),
  }),
  /** DFU 1.1 §4.1.3. */
  z.strictObject({
    kind: z.literal('dfu'),
    canDownload: z.boolean(),
    canUpload: z.boolean(),
    manifestationTolerant: z.boolean(),
    willDetach: z.boolean(),
    detachTimeoutMs: count,
    transferSizeBytes: bytes,
    /** Null in DFU 1.0, which has no such field. */
    version: bcd.nullable(),
  }),
  /** CDC 1.2 §5.2.3 and its subclasses; `fields` holds what the subtype is known to have. */
  z.strictObject({
    kind: z.literal('communications'),
    /** `Header`, `Union`, `Ethernet Networking`; `0x2a` without a name. */
    subtype: name,
    fields: z.record(z.string().max(64), z.union([count, z.string().max(64), z.array(count)])),
    data: hexText,
  }),
  /** CCID 1.1 §5.1: a reader of smart cards, or a token that is one. */
  z.strictObject({
    kind: z.literal('smart-card'),
    version: bcd,
    slotCount: count,
    /** Of cards, in volts: 5, 3, 1.8. */
    voltages: z.array(z.number()).max(3),
    /** `T=0`, `T=1`. */
    protocols: z.array(name).max(2),
    maximumClockHz: count,
    features: hex(8),
    maximumMessageBytes: bytes,
    /** Cards in use at one time. */
    busySlotCount: oneByte,
  }),
  /** Audio, MIDI and video functional descriptors, of an interface or an endpoint. */
  z.strictObject({
    kind: z.enum(['audio', 'video']),
    subtype: name,
    data: hexText,
  }),
  /** USB attached SCSI §5.2: what the endpoint before it carries. */
  z.strictObject({
    kind: z.literal('pipe-usage'),
    pipe: z.enum(['command', 'status', 'data-in', 'data-out', 'reserved']),
  }),
  /** USB 2.0 §11.23.2.1, USB 3.2 §10.15.2.1. */
  z.strictObject({
    kind: z.literal('hub'),
    portCount: oneByte,
    powerSwitching: z.enum(['ganged', 'individual', 'none']),
    compound: z.boolean(),
    powerOnToGoodMs: count,
    controllerAmperes: z.number().nonnegative(),
  }),
  /** OTG supplement 2.0 §6.4. */
  z.strictObject({
    kind: z.literal('otg'),
    sessionRequest: z.boolean(),
    hostNegotiation: z.boolean(),
  }),
  /** USB 2.0 debug device §3.2. */
  z.strictObject({ kind: z.literal('debug'), inEndpoint: hex(2), outEndpoint: hex(2) }),
  z.strictObject({ kind: z.literal('raw'), type: hex(2), data: hexText }),
])

const synchronization = z.enum(['none', 'asynchronous', 'adaptive', 'synchronous'])
const usage = z.enum([
  'data',
  'feedback',
  'implicit-feedback',
  'periodic',
  'notification',
  'reserved',
])

/** Endpoint descriptor, USB 2.0 §9.6.6, with its companions. */
const endpoint = z.strictObject({
  /** Number with the direction in bit 7, `81`. */
  address: hex(2),
  direction: z.enum(['in', 'out']),
  transfer: z.enum(['control', 'isochronous', 'bulk', 'interrupt']),
  /** Null but for isochronous endpoints. */
  synchronization: synchronization.nullable(),
  /** Null but for isochronous and interrupt endpoints. */
  usage: usage.nullable(),
  maxPacketSizeBytes: count,
  /** 1 to 3 of a high-speed periodic endpoint. */
  transactionsPerMicroframe: z.int().min(1).max(4),
  interval: count,
  /** SuperSpeed companion, USB 3.2 §9.6.7; null below SuperSpeed. */
  companion: z
    .strictObject({
      /** Packets of a burst, 1 to 16. */
      maxBurst: z.int().min(1).max(256),
      /** Streams of a bulk endpoint, 0 for none. */
      streamCount: z.int().nonnegative(),
      /** Bursts of an isochronous endpoint in an interval. */
      burstsPerInterval: z.int().min(1).max(4),
      bytesPerInterval: bytes,
    })
    .nullable(),
  /** SuperSpeedPlus isochronous companion, USB 3.2 §9.6.8; null without one. */
  plusBytesPerInterval: bytes.nullable(),
  descriptors: z.array(usbClassDescriptor).max(512),
})

/** One alternate setting of an interface, USB 2.0 §9.6.5. */
const interfaceSetting = z.strictObject({
  number: oneByte,
  alternateSetting: oneByte,
  /** Class, subclass and protocol. */
  classCode: hex(6),
  /** As it announces them; those there are stand in `endpoints`. */
  endpointCount: oneByte,
  nameIndex: stringIndex,
  endpoints: z.array(endpoint).max(30),
  descriptors: z.array(usbClassDescriptor).max(512),
})

/** USB 2.0 interface association, ECN of 2003. */
export const usbInterfaceAssociation = z.strictObject({
  firstInterface: oneByte,
  interfaceCount: oneByte,
  classCode: hex(6),
})

const configuration = z.strictObject({
  value: oneByte,
  nameIndex: stringIndex,
  /** `bmAttributes`. */
  attributes: hex(2),
  selfPowered: z.boolean(),
  remoteWakeup: z.boolean(),
  maxPowerAmperes: z.number().nonnegative(),
  /** As it announces them; settings of one interface count once. */
  interfaceCount: oneByte,
  /** `wTotalLength`. */
  totalLengthBytes: bytes,
  interfaceAssociations: z
    .array(usbInterfaceAssociation.extend({ nameIndex: stringIndex }))
    .max(32),
  interfaces: z.array(interfaceSetting).max(256),
  /** Those before the first interface. */
  descriptors: z.array(usbClassDescriptor).max(512),
})

const sublinkSpeed = z.strictObject({
  id: count,
  direction: z.enum(['rx', 'tx']),
  symmetric: z.boolean(),
  protocol: z.enum(['SuperSpeed', 'SuperSpeedPlus', 'reserved']),
  bitsPerSecond: count,
})

/** One device capability of the BOS, USB 3.2 §9.6.2. */
export const usbCapability = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('usb2-extension'),
    linkPowerManagement: z.boolean(),
    bestEffortServiceLatency: z.boolean(),
    /** What the device asks for; null: it does not. */
    baselineLatencyMicroseconds: count.nullable(),
    deepLatencyMicroseconds: count.nullable(),
  }),
  z.strictObject({
    kind: z.literal('superspeed'),
    latencyToleranceMessages: z.boolean(),
    speeds: z.array(z.enum(['low', 'full', 'high', 'super'])).max(4),
    /** The lowest speed with the device's whole function. */
    fullFunctionSpeed: z.enum(['low', 'full', 'high', 'super']).nullable(),
    u1ExitLatencyMicroseconds: count,
    u2ExitLatencyMicroseconds: count,
  }),
  z.strictObject({ kind: z.literal('container-id'), uuid: uuidText }),
  z.strictObject({
    kind: z.literal('superspeed-plus'),
    minRxLaneCount: count,
    minTxLaneCount: count,
    sublinkSpeeds: z.array(sublinkSpeed).max(32),
  }),
  z.strictObject({
    kind: z.literal('platform'),
    uuid: uuidText,
    /** `WebUSB`, `Microsoft OS 2.0`; null for others, which have no fields. */
    name: name.nullable(),
    fields: z.record(z.string().max(64), z.union([count, z.string().max(64)])),
    data: hexText,
  }),
  /** Power Delivery 3.1 §9.2.1. */
  z.strictObject({
    kind: z.literal('power-delivery'),
    batteryCharging: z.boolean(),
    powerDelivery: z.boolean(),
    provider: z.boolean(),
    consumer: z.boolean(),
    typeCCurrent: z.boolean(),
    batteryChargingVersion: bcd,
    powerDeliveryVersion: bcd,
    typeCVersion: bcd,
  }),
  /** Billboard 1.2.2 §3.1.6.2: alternate modes of the plug. */
  z.strictObject({
    kind: z.literal('billboard'),
    informationUrlIndex: stringIndex,
    preferredMode: oneByte,
    version: bcd,
    modes: z
      .array(
        z.strictObject({
          /** Its place among the modes of the device, from 0. */
          index: count,
          /** Standard or vendor that defines the mode, `ff01` is DisplayPort. */
          svid: hex(4),
          mode: oneByte,
          state: z.enum(['unspecified-error', 'not-configured', 'failed', 'configured']),
          nameIndex: stringIndex,
        }),
      )
      .max(64),
  }),
  /** USB 3.2 §9.6.2.7: configurations with a function of the class. */
  z.strictObject({
    kind: z.literal('configuration-summary'),
    version: bcd,
    classCode: hex(6),
    configurationIndexes: z.array(oneByte).max(255),
  }),
  z.strictObject({ kind: z.literal('precision-time') }),
  z.strictObject({ kind: z.literal('raw'), type: hex(2), data: hexText }),
])

/** What `decode usb` prints. */
export const usbDescriptors = z.strictObject({
  /** Null in a file of the binary object store alone. */
  device: z
    .strictObject({
      usbVersion: bcd,
      classCode: hex(6),
      /** `bMaxPacketSize0`: bytes, from USB 3.0 on their exponent to 2. */
      maxPacketSize0: oneByte,
      vendorId: hex(4),
      productId: hex(4),
      deviceVersion: bcd,
      manufacturerIndex: stringIndex,
      productIndex: stringIndex,
      serialIndex: stringIndex,
      configurationCount: oneByte,
    })
    .nullable(),
  configurations: z.array(configuration).max(16),
  /** Null where the file holds no binary object store. */
  capabilities: z.array(usbCapability).max(255).nullable(),
  /** True when the bytes end before all that is announced. */
  truncated: z.boolean(),
  findings: z.array(finding).max(64),
})

/** See {@link usbDescriptors}. */
export type UsbDescriptorFile = Frozen<z.infer<typeof usbDescriptors>>

/** See {@link usbClassDescriptor}. */
export type UsbClassDescriptor = Frozen<z.infer<typeof usbClassDescriptor>>

/** See {@link usbCapability}. */
export type UsbCapability = Frozen<z.infer<typeof usbCapability>>
