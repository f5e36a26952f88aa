import {
  byte,
  codes,
  flags,
  handle,
  hexDoubleWord,
  hexQuadWord,
  named,
  nameIn,
  type ReadField,
  size,
  type SmbiosValue,
  type StructureType,
  text,
  word,
} from '../field.ts'
import { toHex } from '../../integers.ts'
import { byteAt, type SmbiosStructure, wordAt } from '../table.ts'

const ports = codes(
  0,
  'Serial Port A|Serial Port B|Parallel Port|Floppy Disk Port|Virtual Serial Port',
)
const deviceTypes = codes(
  0,
  'Unknown|Reserved|Reserved|Flexible LOM|Embedded LOM|NIC in a Slot|Storage Controller|Smart Array Storage Controller|USB Hard Disk|Other PCI Device|RAM Disk|Firmware Volume|UEFI Shell|Generic UEFI USB Boot Entry|Dynamic Smart Array Controller|File|NVME Hard Drive|NVDIMM|Embedded GPU',
)
const deviceLocations = codes(
  0,
  'Unknown|Embedded|iLO Virtual Media|Front USB Port|Rear USB Port|Internal USB|Internal SD Card|Internal Virtual USB (Embedded NAND)|Embedded SATA Port|Embedded Smart Array|PCI Slot|RAM Memory|USB|Dynamic Smart Array Controller|URL|NVMe Drive Bay|NVDIMM Processor|NVDIMM Board|NVMe Riser|NVDIMM Name Space|VROC SATA|VROC NVMe',
)
const usbLocations = codes(
  0,
  'Internal|Front of Server|Rear of Server|Embedded internal SD Card|iLO USB|USB Hub for NAND Controller|Reserved|Debug Port|Reserved|OCP USB',
)
const usbSharing = codes(0, 'Not Shared|Shared with physical switch|Shared with automatic control')
const usbSpeeds = codes(0, 'Reserved|USB 1.1 Full Speed|USB 2.0 High Speed|USB 3.0 Super Speed')
const inventoryAttributes = codes(
  0,
  'Updatable|Reset Required|Authentication Required|In Use|UEFI Image',
)

const nics: StructureType = {
  name: 'HPE BIOS NIC PCI and MAC Information',
  fields: {
    nics: ({ bytes }) =>
      Array.from({ length: Math.floor((bytes.length - 4) / 8) }, (_, index) => {
        const at = 4 + index * 8
        return nicAt(bytes, index + 1, bytes[at + 1] ?? 0, bytes[at] ?? 0, at + 2)
      }),
  },
}

/** Structures of HPE ProLiant and Synergy servers that its engineers have described in public. */
export const hpeTypes: ReadonlyMap<number, StructureType> = new Map<number, StructureType>([
  [
    194,
    { name: 'HPE Super IO Enable/Disable Indicator', fields: { enabledPorts: flags(ports, 4, 1) } },
  ],
  [
    203,
    {
      name: 'HPE Device Correlation Record',
      fields: {
        deviceHandle: handle(0x04, 0xfffe),
        smbusHandle: handle(0x06, 0xfffe),
        pci: pciFunction,
        parentHandle: handle(0x12, 0xfffe),
        flags: hexWord(0x14),
        type: named(deviceTypes, 0x16),
        location: named(deviceLocations, 0x17),
        instance: byte(0x18),
        subInstance: byte(0x19),
        /** 0: not known, 255: not to be shown. */
        bay: byte(0x1a),
        enclosure: byte(0x1b),
        devicePath: text(0x1c),
        structuredName: text(0x1d),
        deviceName: text(0x1e),
        uefiLocation: text(0x1f),
        physicalHandle: (s) => {
          const [told, value] = [wordAt(s, 0x14), wordAt(s, 0x20)]
          if (told === null || value === null) return undefined
          return (told & 1) === 0 ? null : `0x${toHex(value, 4)}`
        },
        partNumber: text(0x22),
        serial: text(0x23),
        pciAddress: (s) => {
          const [segment, bus, place] = [wordAt(s, 0x24), byteAt(s, 0x26), byteAt(s, 0x27)]
          if (segment === null || bus === null || place === null) return undefined
          return `${toHex(segment, 4)}:${pciPlace(bus, place)}`
        },
      },
    },
  ],
  [
    204,
    {
      name: 'HPE System/Rack Locator',
      fields: {
        rackName: text(0x04),
        enclosureName: text(0x05),
        enclosureModel: text(0x06),
        serverBay: text(0x07),
        enclosureBayCount: byte(0x08),
        filledBayCount: byte(0x09),
        enclosureSerial: text(0x0a),
      },
    },
  ],
  [209, nics],
  [
    219,
    {
      name: 'HPE ProLiant Information',
      fields: {
        powerFeatures: hexDoubleWord(0x04),
        omegaFeatures: hexDoubleWord(0x08),
        otherFeatures: hexDoubleWord(0x10),
      },
    },
  ],
  [221, nics],
  [
    233,
    {
      name: 'HPE BIOS NIC PCI and MAC Information',
      fields: {
        nics: ({ bytes }) =>
          bytes.length < 0x0e
            ? undefined
            : [nicAt(bytes, bytes[0x28] ?? null, bytes[6] ?? 0, bytes[7] ?? 0, 8)],
        devicePath: text(0x29),
      },
    },
  ],
  [
    236,
    {
      name: 'HPE HDD Backplane FRU Information',
      fields: {
        /** With its lowest bit, as it stands on the bus. */
        i2cAddress: (s) => hexByte(byteAt(s, 0x04)),
        boxNumber: word(0x05),
        nvramId: hexWord(0x07),
        expanderWwid: hexQuadWord(0x09, ''),
        bayCount: byte(0x11),
        portA0BayCount: byte(0x12),
        portA2BayCount: byte(0x13),
        backplaneName: text(0x14),
      },
    },
  ],
  [
    237,
    {
      name: 'HPE DIMM Vendor Information',
      fields: {
        memoryDeviceHandle: handle(0x04),
        manufacturer: text(0x06),
        partNumber: text(0x07),
        serial: text(0x08),
        /** ISO week, `2019-W07`; null: not told. Both bytes are binary coded decimal. */
        manufactured: (s) => {
          const [year, week] = [byteAt(s, 0x09), byteAt(s, 0x0a)]
          if (year === null || week === null) return undefined
          return year === 0 && week === 0 ? null : `20${toHex(year, 2)}-W${toHex(week, 2)}`
        },
      },
    },
  ],
  [
    238,
    {
      name: 'HPE USB Port Connector Correlation Record',
      fields: {
        connectorHandle: handle(0x04),
        pciAddress: (s) => {
          const [bus, place] = [byteAt(s, 0x06), byteAt(s, 0x07)]
          if (bus === null || place === null) return undefined
          return `${toHex(wordAt(s, 0x0f) ?? 0, 4)}:${pciPlace(bus, place)}`
        },
        location: named(usbLocations, 0x08),
        managementPort: (s) => {
          const sharing = wordAt(s, 0x09)
          return sharing === null ? undefined : nameIn(usbSharing, sharing)
        },
        portInstance: byte(0x0b),
        parentHubPortInstance: byte(0x0c, 0xfe),
        speed: named(usbSpeeds, 0x0d),
        devicePath: text(0x0e),
      },
    },
  ],
  [
    240,
    {
      name: 'HPE Inventory Record',
      fields: {
        associatedHandle: handle(0x04),
        packageVersion: hexDoubleWord(0x06),
        version: text(0x0a),
        imageSizeBytes: size(0x0b),
        definedAttributes: flags(inventoryAttributes, 0x13, 8),
        attributes: flags(inventoryAttributes, 0x1b, 8),
        lowestSupportedVersion: hexDoubleWord(0x23),
      },
    },
  ],
])

function hexByte(value: number | null): string | undefined {
  return value === null ? undefined : `0x${toHex(value, 2)}`
}

function hexWord(at: number): ReadField {
  return (structure) => {
    const value = wordAt(structure, at)
    return value === null ? undefined : `0x${toHex(value, 4)}`
  }
}

function pciPlace(bus: number, place: number): string {
  return `${toHex(bus, 2)}:${toHex(place >> 3, 2)}.${place & 7}`
}

/** Ids and class; null where all ones say that the device is not there. */
function pciFunction(structure: SmbiosStructure): SmbiosValue | undefined {
  const ids = [0x08, 0x0a, 0x0c, 0x0e].map((at) => wordAt(structure, at))
  const [baseClass, subClass] = [byteAt(structure, 0x10), byteAt(structure, 0x11)]
  if (baseClass === null || subClass === null) return undefined
  const isAbsent = ids.every((id) => id === 0xffff) && baseClass === 0xff && subClass === 0xff
  if (isAbsent) return null
  const [vendorId = '', deviceId = '', subsystemVendorId = '', subsystemDeviceId = ''] = ids.map(
    (id) => toHex(id ?? 0, 4),
  )
  const classCode = `${toHex(baseClass, 2)}${toHex(subClass, 2)}`
  return { vendorId, deviceId, subsystemVendorId, subsystemDeviceId, classCode }
}

/** A NIC as the firmware numbers it; without an address it is disabled or not installed. */
function nicAt(
  bytes: Uint8Array,
  number: number | null,
  bus: number,
  place: number,
  macAt: number,
): SmbiosValue {
  const state =
    bus === 0 && place === 0
      ? 'disabled'
      : bus === 0xff && place === 0xff
        ? 'not installed'
        : 'enabled'
  const isThere = state === 'enabled'
  const mac = [...bytes.subarray(macAt, macAt + 6)].map((one) => toHex(one, 2)).join(':')
  return {
    number,
    state,
    pciAddress: isThere ? `0000:${pciPlace(bus, place)}` : null,
    mac: isThere ? mac : null,
  }
}
