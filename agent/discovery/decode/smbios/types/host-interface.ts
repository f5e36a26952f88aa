import {
  codes,
  type Codes,
  nameIn,
  pciAddressAt,
  type SmbiosValue,
  type SmbiosVersion,
} from '../field.ts'
import { hexOf, toHex, u16le } from '../../integers.ts'
import { decodeSystemUuid } from '../platform.ts'
import { byteAt, doubleWordAt, type SmbiosStructure, wordAt } from '../table.ts'

/** DSP0239 (MCTP host interfaces) and DSP0134 §7.43. */
const interfaceTypes: Codes = new Map([
  ...codes(
    2,
    'KCS: Keyboard Controller Style|8250 UART Register Compatible|16450 UART Register Compatible|16550/16550A UART Register Compatible|16650/16650A UART Register Compatible|16750/16750A UART Register Compatible|16850/16850A UART Register Compatible',
  ),
  ...codes(0x40, 'Network'),
  ...codes(0xf0, 'OEM'),
])
/** DSP0270 §8.3. */
const deviceTypes = codes(2, 'USB|PCI/PCIe|USB v2|PCI/PCIe v2')
/** §7.43.2. */
const protocolTypes: Codes = new Map([
  ...codes(0, 'Reserved|Reserved|IPMI|MCTP|Redfish over IP'),
  ...codes(0xf0, 'OEM'),
])
/** DSP0270 §8.4.2 and §8.4.3. */
const assignments = codes(0, 'Unknown|Static|DHCP|AutoConf|Host Selected')
const addressFormats = codes(0, 'Unknown|IPv4|IPv6')
const network = 0x40
const oem = 0xf0
const redfish = 4

/** The interface by which the host reaches its management controller (§7.43, DSP0270 §8.3). */
export function hostInterface(
  structure: SmbiosStructure,
  version: SmbiosVersion,
): SmbiosValue | undefined {
  const type = byteAt(structure, 0x04)
  if (type === null) return undefined
  const name = type < 0x40 && !interfaceTypes.has(type) ? 'MCTP' : nameIn(interfaceTypes, type)
  if (isBefore32(version)) {
    // All that follows is data, which an OEM begins with its IANA number, the highest byte first.
    const isOem = type === oem && structure.bytes.length >= 9
    return { type: name, device: null, vendorId: isOem ? hexOf(structure.bytes, 5, 9) : null }
  }
  const length = byteAt(structure, 0x05) ?? 0
  if (6 + length > structure.bytes.length) return undefined
  const device = type === network && length > 0 ? networkDevice(structure, length) : null
  return { type: name, device }
}

function isBefore32({ major, minor }: SmbiosVersion): boolean {
  return major < 3 || (major === 3 && minor < 2)
}

function networkDevice(structure: SmbiosStructure, length: number): SmbiosValue {
  const { bytes } = structure
  const type = bytes[6] ?? 0
  const id = (at: number) => toHex(u16le(bytes, at), 4)
  const kind = type >= 0x80 ? 'OEM' : nameIn(deviceTypes, type)
  if (type === 2 && length >= 5) return { type: kind, vendorId: id(7), productId: id(9) }
  if (type === 3 && length >= 9) return { type: kind, ...pciIds(structure, 7) }
  if (type === 4 && length >= 0x0d) {
    return { type: kind, vendorId: id(8), productId: id(10), mac: macAt(bytes, 13) }
  }
  if (type === 5 && length >= 0x14) {
    return {
      type: kind,
      ...pciIds(structure, 8),
      mac: macAt(bytes, 16),
      pciAddress: pciAddressAt(structure, 22) ?? null,
    }
  }
  return { type: kind, data: hexOf(bytes, 7, 6 + length) }
}

function pciIds({ bytes }: SmbiosStructure, at: number) {
  const [vendorId = '', deviceId = '', subsystemVendorId = '', subsystemDeviceId = ''] = [
    0, 2, 4, 6,
  ].map((offset) => toHex(u16le(bytes, at + offset), 4))
  return { vendorId, deviceId, subsystemVendorId, subsystemDeviceId }
}

function macAt(bytes: Uint8Array, at: number): string {
  return [...bytes.subarray(at, at + 6)].map((byte) => toHex(byte, 2)).join(':')
}

/** The protocols spoken over the interface (§7.43.2); Redfish's with its addresses (DSP0270 §8.4). */
export function protocolRecords(
  structure: SmbiosStructure,
  version: SmbiosVersion,
): readonly SmbiosValue[] | undefined {
  const { bytes } = structure
  // Before 3.2 nothing says where they begin.
  if (isBefore32(version)) return undefined
  const start = 6 + (bytes[5] ?? 0)
  const count = bytes[start]
  if (count === undefined) return undefined
  const records: SmbiosValue[] = []
  for (let index = 0, at = start + 1; index < count; index++) {
    const length = bytes[at + 1]
    if (length === undefined || at + 2 + length > bytes.length) break
    const id = bytes[at] ?? 0
    const details = id === redfish && length >= 91 ? redfishService(structure, at + 2) : null
    records.push({ type: nameIn(protocolTypes, id), typeCode: id, service: details })
    at += 2 + length
  }
  return records
}

function redfishService(structure: SmbiosStructure, at: number): SmbiosValue {
  const { bytes } = structure
  const hostFormat = bytes[at + 17] ?? 0
  const serviceFormat = bytes[at + 51] ?? 0
  const nameLength = bytes[at + 90] ?? 0
  const name = bytes.subarray(at + 91, at + 91 + nameLength)
  return {
    uuid: decodeSystemUuid(bytes, at, true),
    hostAssignment: nameIn(assignments, bytes[at + 16] ?? 0),
    hostAddressFormat: nameIn(addressFormats, hostFormat),
    hostAddress: addressAt(bytes, at + 18, hostFormat),
    hostMask: addressAt(bytes, at + 34, hostFormat),
    discovery: nameIn(assignments, bytes[at + 50] ?? 0),
    serviceAddressFormat: nameIn(addressFormats, serviceFormat),
    serviceAddress: addressAt(bytes, at + 52, serviceFormat),
    serviceMask: addressAt(bytes, at + 68, serviceFormat),
    servicePort: wordAt(structure, at + 84),
    serviceVlan: doubleWordAt(structure, at + 86),
    hostname: new TextDecoder().decode(name).replace(/\0.*$/s, ''),
  }
}

/** RFC 5952 is left to whoever shows it: eight groups of four digits. */
function addressAt(bytes: Uint8Array, at: number, format: number): string | null {
  if (format === 1) return [...bytes.subarray(at, at + 4)].join('.')
  if (format !== 2) return null
  return (hexOf(bytes, at, at + 16).match(/.{4}/g) ?? []).join(':')
}
