import type { IpmiController } from '../../../../protocol/facts/ipmi.ts'
import { hexOf, toHex, u16le, u32le, u8 } from '../integers.ts'
import { enterpriseNames } from './enterprises.ts'

const functions = [
  'Sensor Device',
  'SDR Repository Device',
  'SEL Device',
  'FRU Inventory Device',
  'IPMB Event Receiver',
  'IPMB Event Generator',
  'Bridge',
  'Chassis Device',
] as const

/** Data of Get Device ID, IPMI 2.0 §20.1, at least 11 bytes. */
export function decodeDeviceId(data: Uint8Array): IpmiController['id'] {
  const support = u8(data, 5)
  const manufacturerId = (u8(data, 6) | (u8(data, 7) << 8) | (u8(data, 8) << 16)) & 0xfffff
  const version = u8(data, 4)
  return {
    deviceId: u8(data, 0),
    deviceRevision: u8(data, 1) & 0x0f,
    firmwareVersion: `${u8(data, 2) & 0x7f}.${toHex(u8(data, 3), 2)}`,
    auxiliaryRevision: data.length >= 15 ? hexOf(data, 11, 15) : null,
    ipmiVersion: `${version & 0x0f}.${version >> 4}`,
    available: (u8(data, 2) & 0x80) === 0,
    manufacturerId: specified(manufacturerId, 0xfffff),
    manufacturer: enterpriseNames.get(manufacturerId) ?? null,
    productId: specified(u16le(data, 9), 0xffff),
    functions: functions.filter((_, bit) => ((support >> bit) & 1) === 1),
  }
}

/** 0 is "unspecified", all ones are reserved. */
function specified(id: number, reserved: number): number | null {
  return id === 0 || id === reserved ? null : id
}

const restorePolicies = ['stay-off', 'restore', 'power-on', null] as const
const lastEvents = ['ac-failed', 'overload', 'interlock', 'fault', 'on-by-command'] as const

/** Data of Get Chassis Status, §28.2, at least 3 bytes. */
export function decodeChassisStatus(data: Uint8Array): NonNullable<IpmiController['chassis']> {
  const [power = 0, last = 0, misc = 0] = data
  const bit = (value: number, number: number) => ((value >> number) & 1) === 1
  return {
    poweredOn: bit(power, 0),
    restorePolicy: restorePolicies[(power >> 5) & 3] ?? null,
    powerOverload: bit(power, 1),
    powerFault: bit(power, 3),
    powerControlFault: bit(power, 4),
    lastEvents: lastEvents.filter((_, number) => bit(last, number)),
    intrusion: bit(misc, 0),
    frontPanelLockout: bit(misc, 1),
    driveFault: bit(misc, 2),
    coolingFault: bit(misc, 3),
  }
}

/** Data of Get SEL Info, §31.2, at least 14 bytes. */
export function decodeEventLogInfo(data: Uint8Array): NonNullable<IpmiController['eventLog']> {
  const version = u8(data, 0)
  const seconds = (at: number) => {
    const value = u32le(data, at)
    return value === 0xffff_ffff || value === 0 ? null : value
  }
  return {
    version: `${version & 0x0f}.${version >> 4}`,
    entryCount: u16le(data, 1),
    freeBytes: u16le(data, 3),
    lastAddedSeconds: seconds(5),
    lastErasedSeconds: seconds(9),
    overflow: (u8(data, 13) & 0x80) !== 0,
  }
}

/**
 * Data of Get System GUID, §22.14. The standard has them last byte first, many a BMC in SMBIOS's
 * order or in RFC 9562's: the version in them tells which. Null where it was never set.
 */
export function decodeSystemGuid(data: Uint8Array): string | null {
  const bytes = data.subarray(0, 16)
  if (bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 0xff)) return null
  const smbios = [...turned(bytes, 0, 4), ...turned(bytes, 4, 6), ...turned(bytes, 6, 8)]
  const orders = [
    new Uint8Array([...smbios, ...bytes.subarray(8)]),
    bytes.slice().reverse(),
    bytes.slice(),
  ]
  const found = orders.find(isVersioned) ?? orders[0] ?? bytes
  return [0, 4, 6, 8, 10]
    .map((start, index, starts) => hexOf(found, start, starts[index + 1] ?? 16))
    .join('-')
}

function turned(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return bytes.slice(from, to).reverse()
}

/** RFC 9562 §4.1 and §4.2. */
function isVersioned(uuid: Uint8Array): boolean {
  const version = (uuid[6] ?? 0) >> 4
  return version >= 1 && version <= 8 && (uuid[8] ?? 0) >> 6 === 2
}
