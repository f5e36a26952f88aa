import {
  bit,
  byte,
  codes,
  handle,
  hexDoubleWord,
  littleEndianHex,
  named,
  namesOfBits,
  type ReadField,
  type SmbiosValue,
  type StructureType,
  text,
} from '../field.ts'
import { hexOf, toHex, u16le } from '../../integers.ts'
import { byteAt, doubleWordAt, paddedStringAt, type SmbiosStructure, wordAt } from '../table.ts'
import { hostInterface, protocolRecords } from './host-interface.ts'

/** §7.25.1. */
const securityStatuses = codes(0, 'Disabled|Enabled|Not Implemented|Unknown')
/** §7.35.1 and §7.35.2. */
const managementDevices = codes(
  1,
  'Other|Unknown|LM75|LM78|LM79|LM80|LM81|ADM9240|DS1780|MAX1617|GL518SM|W83781D|HT82H791',
)
const addressTypes = codes(1, 'Other|Unknown|I/O Port|Memory|SMBus')
/** §7.39.1. */
const ipmiInterfaces = codes(
  0,
  'Unknown|KCS (Keyboard Control Style)|SMIC (Server Management Interface Chip)|BT (Block Transfer)|SSIF (SMBus System Interface)',
)
const registerSpacings = codes(0, 'Successive Byte Boundaries|32-bit Boundaries|16-byte Boundaries')
/** §7.44.1, from bit 2 on. */
const tpmCharacteristics = codes(
  2,
  'TPM Device characteristics not supported|Family configurable via firmware update|Family configurable via platform software support|Family configurable via OEM proprietary mechanism',
)
const ssif = 4

/** Management and security: DSP0134 §7.25, §7.31, §7.35 to §7.37, §7.39, §7.41, §7.43, §7.44. */
export const managementTypes: ReadonlyMap<number, StructureType> = new Map<number, StructureType>([
  [
    24,
    {
      name: 'Hardware Security',
      fields: {
        powerOnPassword: named(securityStatuses, 0x04, 3, 6),
        keyboardPassword: named(securityStatuses, 0x04, 3, 4),
        administratorPassword: named(securityStatuses, 0x04, 3, 2),
        frontPanelReset: named(securityStatuses, 0x04, 3, 0),
      },
    },
  ],
  [
    30,
    {
      name: 'Out-of-band Remote Access',
      fields: {
        manufacturer: text(0x04),
        inboundEnabled: bit(0x05, 0),
        outboundEnabled: bit(0x05, 1),
      },
    },
  ],
  [
    34,
    {
      name: 'Management Device',
      fields: {
        description: text(0x04),
        type: named(managementDevices, 0x05),
        address: hexDoubleWord(0x06),
        addressType: named(addressTypes, 0x0a),
      },
    },
  ],
  [
    35,
    {
      name: 'Management Device Component',
      fields: {
        description: text(0x04),
        managementDeviceHandle: handle(0x05),
        componentHandle: handle(0x07),
        thresholdHandle: handle(0x09, 0xffff),
      },
    },
  ],
  [
    36,
    {
      name: 'Management Device Threshold Data',
      fields: {
        lowerNonCritical: threshold(0x04),
        upperNonCritical: threshold(0x06),
        lowerCritical: threshold(0x08),
        upperCritical: threshold(0x0a),
        lowerNonRecoverable: threshold(0x0c),
        upperNonRecoverable: threshold(0x0e),
      },
    },
  ],
  [
    38,
    {
      name: 'IPMI Device Information',
      fields: {
        interfaceType: named(ipmiInterfaces, 0x04),
        specificationVersion: (s) => {
          const version = byteAt(s, 0x05)
          return version === null ? undefined : `${version >> 4}.${version & 0xf}`
        },
        i2cAddress: (s) => {
          const address = byteAt(s, 0x06)
          return address === null ? undefined : `0x${toHex(address >> 1, 2)}`
        },
        nvStorageAddress: byte(0x07, 0xff),
        baseAddress,
        addressSpace: (s) => {
          const low = byteAt(s, 0x08)
          if (low === null) return undefined
          if (byteAt(s, 0x04) === ssif) return 'SMBus'
          return (low & 1) === 1 ? 'I/O' : 'Memory-mapped'
        },
        registerSpacing: named(registerSpacings, 0x10, 3, 6),
        interruptSpecified: bit(0x10, 3),
        interruptActiveHigh: bit(0x10, 1),
        interruptLevelTriggered: bit(0x10, 0),
        interruptNumber: byte(0x11, 0),
      },
    },
  ],
  [40, { name: 'Additional Information', fields: { entries: additionalEntries } }],
  [
    42,
    {
      name: 'Management Controller Host Interface',
      fields: { interface: hostInterface, protocols: protocolRecords },
    },
  ],
  [
    43,
    {
      name: 'TPM Device',
      fields: {
        vendorId: ({ bytes }) =>
          bytes.length < 8
            ? undefined
            : String.fromCharCode(...bytes.subarray(4, 8))
                .replace(/\0.*$/s, '')
                .replaceAll(/[^\x20-\x7e]/g, '.'),
        specificationVersion: (s) => {
          const [major, minor] = [byteAt(s, 0x08), byteAt(s, 0x09)]
          return major === null || minor === null ? undefined : `${major}.${minor}`
        },
        firmwareVersion: tpmFirmware,
        description: text(0x12),
        characteristics: (s) => {
          const low = byteAt(s, 0x13)
          if (low === null) return undefined
          // Bit 2 says that the others tell nothing.
          const bits = (low & 4) === 0 ? low : 4
          return namesOfBits(tpmCharacteristics, (number) => ((bits >> number) & 1) === 1)
        },
        oemDefined: hexDoubleWord(0x1b),
      },
    },
  ],
])

function threshold(at: number): ReadField {
  return (structure) => {
    const value = wordAt(structure, at)
    if (value === null) return undefined
    if (value === 0x8000) return null
    return value > 0x7fff ? value - 0x1_0000 : value
  }
}

/** §7.39.1: bit 0 of the address is in the modifier, its own bit 0 tells the address space. */
function baseAddress(structure: SmbiosStructure): SmbiosValue | undefined {
  const digits = littleEndianHex(structure, 0x08, 8)
  if (digits === undefined) return undefined
  if (byteAt(structure, 0x04) === ssif) {
    return `0x${toHex((byteAt(structure, 0x08) ?? 0) >> 1, 2)}`
  }
  const leastBit = ((byteAt(structure, 0x10) ?? 0) >> 4) & 1
  const address = (BigInt(`0x${digits}`) & ~1n) | BigInt(leastBit)
  return `0x${address.toString(16).padStart(16, '0')}`
}

/** §7.41: parts of other structures that no field there could say. */
function additionalEntries(structure: SmbiosStructure): readonly SmbiosValue[] | undefined {
  const { bytes } = structure
  const count = bytes[0x04]
  if (count === undefined) return undefined
  const entries: SmbiosValue[] = []
  for (let index = 0, at = 5; index < count; index++) {
    const length = bytes[at]
    if (length === undefined || length < 5 || at + length > bytes.length) break
    entries.push({
      referencedHandle: `0x${toHex(u16le(bytes, at + 1), 4)}`,
      referencedOffset: `0x${toHex(bytes[at + 3] ?? 0, 2)}`,
      text: paddedStringAt(structure, at + 4),
      /** As the bytes are, the first first. */
      value: hexOf(bytes, at + 5, at + length),
    })
    at += length
  }
  return entries
}

function tpmFirmware(structure: SmbiosStructure): SmbiosValue | undefined {
  const major = byteAt(structure, 0x08)
  const version = doubleWordAt(structure, 0x0a)
  if (major === null || version === null) return undefined
  if (major === 1) return `${byteAt(structure, 0x0c) ?? 0}.${byteAt(structure, 0x0d) ?? 0}`
  return major === 2 ? `${Math.floor(version / 0x1_0000)}.${version % 0x1_0000}` : null
}
