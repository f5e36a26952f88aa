import { z } from 'zod'
import { bytes, count, type Frozen, hex, macAddress, text, textOrNull, uuidText } from './fields.ts'
import { finding } from './finding.ts'

const hexText = z
  .string()
  .max(8192)
  .regex(/^(?:[0-9a-f]{2})*$/)
const oneByte = z.int().min(0).max(255)

/** UTC to the minute, as the FRU's clock counts; null where it says nothing. */
const minute = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$/)
  .nullable()

/** Fields a maker adds after the standard's; null for one that is no text. */
const extraFields = z.array(textOrNull).max(64)

/** Inventory of a field replaceable unit: IPMI Platform Management FRU 1.0 r1.3. */
export const ipmiFru = z.strictObject({
  chassis: z
    .strictObject({
      /** Type of SMBIOS type 3 (DSP0134 table 17), `Rack Mount Chassis`. */
      type: text,
      part: textOrNull,
      serial: textOrNull,
      extra: extraFields,
    })
    .nullable(),
  board: z
    .strictObject({
      manufacturedAt: minute,
      manufacturer: textOrNull,
      product: textOrNull,
      serial: textOrNull,
      part: textOrNull,
      fruFileId: textOrNull,
      extra: extraFields,
    })
    .nullable(),
  product: z
    .strictObject({
      manufacturer: textOrNull,
      product: textOrNull,
      part: textOrNull,
      version: textOrNull,
      serial: textOrNull,
      assetTag: textOrNull,
      fruFileId: textOrNull,
      extra: extraFields,
    })
    .nullable(),
  /** Records after the areas: power supplies, outputs, makers' own. */
  records: z
    .array(
      z.strictObject({
        /** Name of table 16-1, `Power Supply`; `0x42` without one. */
        type: text,
        version: oneByte,
        data: hexText,
        /** What a power supply record says (§18.1); null of others. */
        powerSupply: z
          .strictObject({
            capacityWatts: count,
            peakWatts: count.nullable(),
            inrushAmperes: count.nullable(),
            minInputVolts: z.number().nonnegative(),
            maxInputVolts: z.number().nonnegative(),
            hotSwap: z.boolean(),
          })
          .nullable(),
      }),
    )
    .max(64),
  findings: z.array(finding).max(16),
})

/** See {@link ipmiFru}. */
export type IpmiFru = Frozen<z.infer<typeof ipmiFru>>

const ipv4 = z.string().regex(/^\d{1,3}(\.\d{1,3}){3}$/)
/** Eight groups of four digits, none left out. */
const ipv6 = z.string().regex(/^[0-9a-f]{4}(:[0-9a-f]{4}){7}$/)

/** LAN configuration of a channel, IPMI 2.0 table 23-4; null: the parameter is not set or not told. */
export const ipmiLan = z.strictObject({
  address: ipv4.nullable(),
  source: z.enum(['static', 'dhcp', 'bios', 'other']).nullable(),
  netmask: ipv4.nullable(),
  gateway: ipv4.nullable(),
  mac: macAddress.nullable(),
  gatewayMac: macAddress.nullable(),
  /** 802.1Q VLAN it uses; null for none. */
  vlan: z.int().min(0).max(4095).nullable(),
  /** Addresses in force, IPv6 of IPMI 2.0 errata 4 parameters 56 and 59. */
  ipv6: z.array(z.strictObject({ address: ipv6, prefixLength: oneByte })).max(64),
})

/** See {@link ipmiLan}. */
export type IpmiLan = Frozen<z.infer<typeof ipmiLan>>

/** Get Device ID, IPMI 2.0 §20.1. */
export const ipmiDeviceId = z.strictObject({
  deviceId: oneByte,
  deviceRevision: oneByte,
  /** `2.81`: the second number is binary-coded decimal. */
  firmwareVersion: text,
  /** Four bytes with a maker's meaning. */
  auxiliaryRevision: hex(8).nullable(),
  /** `2.0`. */
  ipmiVersion: text,
  /** False while it updates its firmware or starts. */
  available: z.boolean(),
  /** IANA private enterprise number; null where it is unspecified. */
  manufacturerId: count.nullable(),
  /** Name of that number for the makers of BMCs; null of others. */
  manufacturer: textOrNull,
  /** The maker's own number; null where it is unspecified. */
  productId: count.nullable(),
  /** `Sensor Device`, `SEL Device`, ... */
  functions: z.array(text).max(8),
})

/** Get Chassis Status, IPMI 2.0 §28.2. */
export const ipmiChassis = z.strictObject({
  poweredOn: z.boolean(),
  /** What it does when mains power returns. */
  restorePolicy: z.enum(['stay-off', 'restore', 'power-on']).nullable(),
  powerOverload: z.boolean(),
  powerFault: z.boolean(),
  powerControlFault: z.boolean(),
  /** Why it was powered on or off the last time. */
  lastEvents: z
    .array(z.enum(['ac-failed', 'overload', 'interlock', 'fault', 'on-by-command']))
    .max(5),
  intrusion: z.boolean(),
  frontPanelLockout: z.boolean(),
  driveFault: z.boolean(),
  coolingFault: z.boolean(),
})

/** Get SEL Info, IPMI 2.0 §31.2. */
export const ipmiEventLog = z.strictObject({
  /** `1.5`. */
  version: text,
  entryCount: count,
  freeBytes: bytes,
  /** Seconds since 1970 by the BMC's clock; null where nothing was added yet. */
  lastAddedSeconds: count.nullable(),
  lastErasedSeconds: count.nullable(),
  overflow: z.boolean(),
})

/** A BMC as it answers over IPMI. */
export const ipmiController = z.strictObject({
  /** `/dev/ipmi0`. */
  device: z.string().min(1).max(64),
  id: ipmiDeviceId,
  /** System GUID (§22.14) as SMBIOS writes one; null where it has none. */
  systemGuid: uuidText.nullable(),
  /** LAN channels; null: not told. */
  channels: z
    .array(
      z.strictObject({
        number: z.int().min(0).max(15),
        lan: ipmiLan,
      }),
    )
    .max(16),
  chassis: ipmiChassis.nullable(),
  eventLog: ipmiEventLog.nullable(),
  /** Records of the sensor repository (§33.9). */
  sensorRecordCount: count.nullable(),
  /** FRU device 0: the machine itself. */
  fru: ipmiFru.nullable(),
})

/** See {@link ipmiController}. */
export type IpmiController = Frozen<z.infer<typeof ipmiController>>
