import { codes, flags, handle, hexDoubleWord, named, nameIn, text } from '../field.ts'
import type { SmbiosValue, StructureType } from '../field.ts'
import { decodeSystemInformation } from '../platform.ts'
import { byteAt, paddedStringAt, type SmbiosStructure } from '../table.ts'
import { handles } from './handles.ts'

/** §7.2.2. */
const wakeUpTypes = codes(
  0,
  'Reserved|Other|Unknown|APM Timer|Modem Ring|LAN Remote|Power Switch|PCI PME#|AC Power Restored',
)
/** §7.3.1. */
const boardFeatures = codes(
  0,
  'Board is a hosting board|Board requires at least one daughter board|Board is removable|Board is replaceable|Board is hot swappable',
)
/** §7.3.2. */
const boardTypeNames = codes(
  1,
  'Unknown|Other|Server Blade|Connectivity Switch|System Management Module|Processor Module|I/O Module|Memory Module|Daughter Board|Motherboard|Processor+Memory Module|Processor+I/O Module|Interconnect Board',
)
/** §7.4.1. */
const chassisTypes = codes(
  1,
  'Other|Unknown|Desktop|Low Profile Desktop|Pizza Box|Mini Tower|Tower|Portable|Laptop|Notebook|Hand Held|Docking Station|All In One|Sub Notebook|Space-saving|Lunch Box|Main Server Chassis|Expansion Chassis|Sub Chassis|Bus Expansion Chassis|Peripheral Chassis|RAID Chassis|Rack Mount Chassis|Sealed-case PC|Multi-system|CompactPCI|AdvancedTCA|Blade|Blade Enclosure|Tablet|Convertible|Detachable|IoT Gateway|Embedded PC|Mini PC|Stick PC',
)
/** §7.4.2. */
const chassisStates = codes(1, 'Other|Unknown|Safe|Warning|Critical|Non-recoverable')
/** §7.4.3. */
const securityStatuses = codes(
  1,
  'Other|Unknown|None|External Interface Locked Out|External Interface Enabled',
)

/** The machine, its boards and its chassis: DSP0134 §7.2 to §7.4. */
export const boardTypes: ReadonlyMap<number, StructureType> = new Map<number, StructureType>([
  [
    1,
    {
      name: 'System Information',
      fields: {
        manufacturer: text(0x04),
        product: text(0x05),
        version: text(0x06),
        serial: text(0x07),
        /** Null: not present or not set. */
        uuid: (structure, version) =>
          structure.bytes.length < 0x18
            ? undefined
            : decodeSystemInformation(structure, version).uuid,
        wakeUpType: named(wakeUpTypes, 0x18),
        sku: text(0x19),
        family: text(0x1a),
      },
    },
  ],
  [
    2,
    {
      name: 'Baseboard Information',
      fields: {
        manufacturer: text(0x04),
        product: text(0x05),
        version: text(0x06),
        serial: text(0x07),
        assetTag: text(0x08),
        features: flags(boardFeatures, 0x09, 1),
        location: text(0x0a),
        chassisHandle: handle(0x0b),
        type: named(boardTypeNames, 0x0d),
        containedHandles: (structure) => {
          const count = byteAt(structure, 0x0e)
          return count === null ? undefined : handles(structure, 0x0f, count)
        },
      },
    },
  ],
  [
    3,
    {
      name: 'System Enclosure',
      fields: {
        manufacturer: text(0x04),
        type: named(chassisTypes, 0x05, 0x7f),
        lockPresent: (structure) => {
          const type = byteAt(structure, 0x05)
          return type === null ? undefined : type >= 0x80
        },
        version: text(0x06),
        serial: text(0x07),
        assetTag: text(0x08),
        bootUpState: named(chassisStates, 0x09),
        powerSupplyState: named(chassisStates, 0x0a),
        thermalState: named(chassisStates, 0x0b),
        securityStatus: named(securityStatuses, 0x0c),
        oemDefined: hexDoubleWord(0x0d),
        heightRackUnits: (structure) => zeroAsNull(byteAt(structure, 0x11)),
        powerCordCount: (structure) => zeroAsNull(byteAt(structure, 0x12)),
        containedElements,
        sku: (structure) => {
          const contained = (byteAt(structure, 0x13) ?? 0) * (byteAt(structure, 0x14) ?? 0)
          const at = 0x15 + contained
          if (byteAt(structure, 0x14) === null || at >= structure.bytes.length) return undefined
          return paddedStringAt(structure, at)
        },
      },
    },
  ],
])

function zeroAsNull(value: number | null): number | null | undefined {
  return value === null ? undefined : value === 0 ? null : value
}

/** §7.4.4: a type of board or of structure, and how many of them there may be. */
function containedElements(structure: SmbiosStructure): readonly SmbiosValue[] | undefined {
  const count = byteAt(structure, 0x13)
  const length = byteAt(structure, 0x14)
  if (count === null || length === null) return undefined
  if (0x15 + count * length > structure.bytes.length) return undefined
  // Too short to say anything of an element but that it is there.
  if (length < 3) return Array.from({ length: count }, () => null)
  return Array.from({ length: count }, (_, index) => {
    const at = 0x15 + index * length
    const type = byteAt(structure, at) ?? 0
    return {
      board: type < 0x80 ? nameIn(boardTypeNames, type) : null,
      structureType: type < 0x80 ? null : type & 0x7f,
      minimumCount: byteAt(structure, at + 1) ?? 0,
      maximumCount: byteAt(structure, at + 2) ?? 0,
    }
  })
}
