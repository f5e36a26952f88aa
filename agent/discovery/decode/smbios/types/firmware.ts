import { toHex, u16le } from '../../integers.ts'
import {
  byte,
  codes,
  flags,
  handleText,
  hexDoubleWord,
  named,
  namedInWord,
  nameIn,
  type ReadField,
  size,
  type SmbiosValue,
  type SmbiosVersion,
  type StructureType,
  text,
  word,
} from '../field.ts'
import { byteAt, doubleWordAt, type SmbiosStructure, withoutPadding, wordAt } from '../table.ts'
import { handles } from './handles.ts'

/** §7.1.1: bits of the 64-bit field. */
const characteristics = codes(
  3,
  'Firmware characteristics not supported|ISA is supported|MCA is supported|EISA is supported|PCI is supported|PC Card (PCMCIA) is supported|PNP is supported|APM is supported|Firmware is upgradeable|Firmware shadowing is allowed|VLB is supported|ESCD support is available|Boot from CD is supported|Selectable boot is supported|Firmware ROM is socketed|Boot from PC Card (PCMCIA) is supported|EDD is supported|Japanese floppy for NEC 9800 1.2 MB is supported (int 13h)|Japanese floppy for Toshiba 1.2 MB is supported (int 13h)|5.25"/360 kB floppy services are supported (int 13h)|5.25"/1.2 MB floppy services are supported (int 13h)|3.5"/720 kB floppy services are supported (int 13h)|3.5"/2.88 MB floppy services are supported (int 13h)|Print screen service is supported (int 5h)|8042 keyboard services are supported (int 9h)|Serial services are supported (int 14h)|Printer services are supported (int 17h)|CGA/mono video services are supported (int 10h)|NEC PC-98',
)
/** §7.1.2: bits of both extension bytes. */
const extendedCharacteristics = codes(
  0,
  'ACPI is supported|USB legacy is supported|AGP is supported|I2O boot is supported|LS-120 boot is supported|ATAPI Zip drive boot is supported|IEEE 1394 boot is supported|Smart battery is supported|BIOS boot specification is supported|Function key-initiated network boot is supported|Targeted content distribution is supported|UEFI is supported|System is a virtual machine|Manufacturing mode is supported|Manufacturing mode is enabled',
)
/** §7.16.3. */
const logMethods = codes(
  0,
  'Indexed I/O, one 8-bit index port, one 8-bit data port|Indexed I/O, two 8-bit index ports, one 8-bit data port|Indexed I/O, one 16-bit index port, one 8-bit data port|Memory-mapped physical 32-bit address|General-purpose non-volatile data functions',
)
/** §7.16.5. */
const logHeaders = codes(0, 'No Header|Type 1')
/** §7.16.6.1. */
const logTypes = new Map([
  ...codes(
    1,
    'Single-bit ECC memory error|Multi-bit ECC memory error|Parity memory error|Bus timeout|I/O channel block|Software NMI|POST memory resize|POST error|PCI parity error|PCI system error|CPU failure|EISA failsafe timer timeout|Correctable memory log disabled|Logging disabled',
  ),
  ...codes(
    0x10,
    'System limit exceeded|Asynchronous hardware timer expired|System configuration information|Hard disk information|System reconfigured|Uncorrectable CPU-complex error|Log area reset/cleared|System boot',
  ),
  ...codes(0xff, 'End of log'),
])
/** §7.16.6.2. */
const logFormats = codes(
  0,
  'None|Handle|Multiple-event|Multiple-event handle|POST results bitmap|System management|Multiple-event system management',
)
/** §7.33.1. */
const bootStatuses = codes(
  0,
  'No errors detected|No bootable media|Operating system failed to load|Firmware-detected hardware failure|Operating system-detected hardware failure|User-requested boot|System security violation|Previously-requested image|System watchdog timer expired',
)
/** §7.46.4. */
const inventoryStates = codes(
  1,
  'Other|Unknown|Disabled|Enabled|Absent|Stand-by Offline|Stand-by Spare|Unavailable Offline',
)
/** §7.46.3. */
const inventoryCharacteristics = codes(0, 'Updatable|Write-Protect')
/** §7.46.1, §7.46.2. */
const versionFormats = codes(0, 'Free-form|Major.Minor|32-bit hexadecimal|64-bit hexadecimal')
const idFormats = codes(0, 'Free-form|UEFI ESRT GUID')

/** Firmware and what it kept: DSP0134 §7.1, §7.12 to §7.16, §7.32, §7.33, §7.46, §7.47. */
export const firmwareTypes: ReadonlyMap<number, StructureType> = new Map<number, StructureType>([
  [
    0,
    {
      name: 'Platform Firmware Information',
      fields: {
        vendor: text(0x04),
        version: text(0x05),
        releaseDate: text(0x08),
        /** Real-mode address of the runtime; null on UEFI machines. */
        address: (s) => {
          const segment = wordAt(s, 0x06)
          return segment === null ? undefined : segment === 0 ? null : `0x${toHex(segment, 4)}0`
        },
        runtimeSizeBytes: (s) => {
          const segment = wordAt(s, 0x06)
          return segment === null ? undefined : segment === 0 ? null : (0x1_0000 - segment) * 16
        },
        romSizeBytes: romSize,
        characteristics: firmwareCharacteristics,
        extendedCharacteristics: (s, version) =>
          s.bytes.length >= 0x14
            ? flags(extendedCharacteristics, 0x12, 2)(s, version)
            : flags(new Map([...extendedCharacteristics].slice(0, 8)), 0x12, 1)(s, version),
        revision: revision(0x14),
        embeddedControllerRevision: revision(0x16),
      },
    },
  ],
  [11, { name: 'OEM Strings', fields: { strings: countedStrings(0x04) } }],
  [12, { name: 'System Configuration Options', fields: { options: countedStrings(0x04) } }],
  [
    13,
    {
      name: 'Firmware Language Information',
      fields: {
        installableLanguages: countedStrings(0x04),
        descriptionFormat: named(codes(0, 'Long|Abbreviated'), 0x05, 1),
        currentLanguage: text(0x15),
      },
    },
  ],
  [14, { name: 'Group Associations', fields: { groupName: text(0x04), items: groupItems } }],
  [
    15,
    {
      name: 'System Event Log',
      fields: {
        areaSizeBytes: word(0x04),
        headerStartOffset: word(0x06),
        dataStartOffset: word(0x08),
        accessMethod: (s) => oemCode(logMethods, byteAt(s, 0x0a)),
        accessAddress: logAddress,
        valid: (s) => bitOf(s, 0x0b, 0),
        full: (s) => bitOf(s, 0x0b, 1),
        changeToken: hexDoubleWord(0x0c),
        headerFormat: (s) => oemCode(logHeaders, byteAt(s, 0x14)),
        /** As the structure says it, though it may end before them. */
        descriptorCount: byte(0x15),
        descriptors: logDescriptors,
      },
    },
  ],
  [
    31,
    {
      name: 'Boot Integrity Services Entry Point',
      fields: {
        checksumValid: (s) =>
          s.bytes.length < 0x1c
            ? undefined
            : s.bytes.reduce((sum, one) => sum + one, 0) % 256 === 0,
        entryPoint16: hexDoubleWord(0x08),
        entryPoint32: hexDoubleWord(0x0c),
      },
    },
  ],
  [
    32,
    {
      name: 'System Boot Information',
      fields: {
        status: (s) => {
          const code = byteAt(s, 0x0a)
          if (code === null) return undefined
          if (code >= 192) return 'Product-specific'
          return code >= 128 ? 'OEM-specific' : nameIn(bootStatuses, code)
        },
      },
    },
  ],
  [
    45,
    {
      name: 'Firmware Inventory Information',
      fields: {
        componentName: text(0x04),
        version: text(0x05),
        versionFormat: named(versionFormats, 0x06),
        firmwareId: text(0x07),
        firmwareIdFormat: named(idFormats, 0x08),
        releaseDate: text(0x09),
        manufacturer: text(0x0a),
        lowestSupportedVersion: text(0x0b),
        imageSizeBytes: size(0x0c),
        characteristics: flags(inventoryCharacteristics, 0x14, 2),
        state: named(inventoryStates, 0x16),
        associatedComponentHandles: (s) => {
          const count = byteAt(s, 0x17)
          return count === null ? undefined : handles(s, 0x18, count)
        },
      },
    },
  ],
  [
    46,
    {
      name: 'String Property',
      fields: {
        propertyId: namedInWord(codes(0, 'Reserved|UEFI device path'), 0x04, 0xffff, 0),
        value: text(0x06),
        parentHandle: (s) => {
          const value = wordAt(s, 0x07)
          return value === null ? undefined : handleText(value)
        },
      },
    },
  ],
  [126, { name: 'Inactive', fields: {} }],
  [127, { name: 'End Of Table', fields: {} }],
])

/** §7.1.1: bit 3 says that the other bits tell nothing. */
function firmwareCharacteristics(
  structure: SmbiosStructure,
  version: SmbiosVersion,
): SmbiosValue | undefined {
  const unsupported = ((byteAt(structure, 0x0a) ?? 0) & 8) !== 0
  const names = unsupported ? new Map([...characteristics].slice(0, 1)) : characteristics
  return flags(names, 0x0a, 8)(structure, version)
}

/** As many of a structure's strings as the byte says, by their number; null for those not there. */
function countedStrings(at: number): ReadField {
  return ({ bytes, strings }) => {
    const count = bytes[at]
    if (count === undefined) return undefined
    return Array.from({ length: count }, (_, index) => {
      const string = strings[index]
      return string === undefined ? null : withoutPadding(string)
    })
  }
}

/** §7.1 offset 09h: units of 64 KiB less one; 16 MiB and more in the extended field. */
function romSize(structure: SmbiosStructure): SmbiosValue | undefined {
  const small = byteAt(structure, 0x09)
  if (small === null) return undefined
  if (small !== 0xff) return (small + 1) * 64 * 1024
  const extended = wordAt(structure, 0x18)
  // Firmware before 3.1 has 16 MiB with FFh and no extended field.
  if (extended === null) return 16 * 2 ** 20
  const unit = extended >> 14
  return unit > 1 ? null : (extended & 0x3fff) * (unit === 0 ? 2 ** 20 : 2 ** 30)
}

function revision(at: number): ReadField {
  return (structure) => {
    const major = byteAt(structure, at)
    const minor = byteAt(structure, at + 1)
    if (major === null || minor === null || structure.bytes.length < 0x18) return undefined
    return major === 0xff || minor === 0xff ? null : `${major}.${minor}`
  }
}

function groupItems({ bytes }: SmbiosStructure): readonly SmbiosValue[] | undefined {
  if (bytes.length < 5) return undefined
  const count = Math.floor((bytes.length - 5) / 3)
  return Array.from({ length: count }, (_, index) => ({
    type: bytes[5 + index * 3] ?? 0,
    handle: handleText(u16le(bytes, 6 + index * 3)),
  }))
}

function oemCode(names: ReturnType<typeof codes>, code: number | null) {
  if (code === null) return undefined
  return code >= 0x80 && !names.has(code) ? 'OEM-specific' : nameIn(names, code)
}

/** §7.16.4: what it means depends on the access method. */
function logAddress(structure: SmbiosStructure): SmbiosValue | undefined {
  const value = doubleWordAt(structure, 0x10)
  const method = byteAt(structure, 0x0a)
  if (value === null || method === null) return undefined
  if (method <= 2) {
    const index = `0x${toHex(value % 0x1_0000, 4)}`
    return { index, data: `0x${toHex(Math.floor(value / 0x1_0000), 4)}` }
  }
  if (method === 3) return `0x${toHex(value, 8)}`
  return method === 4 ? `0x${toHex(value % 0x1_0000, 4)}` : null
}

function logDescriptors(structure: SmbiosStructure): readonly SmbiosValue[] | undefined {
  const count = byteAt(structure, 0x15)
  const length = byteAt(structure, 0x16)
  if (count === null || length === null) return undefined
  if (0x17 + count * length > structure.bytes.length || length < 2) return []
  return Array.from({ length: count }, (_, index) => ({
    type: oemCode(logTypes, byteAt(structure, 0x17 + index * length)) ?? null,
    dataFormat: oemCode(logFormats, byteAt(structure, 0x18 + index * length)) ?? null,
  }))
}

function bitOf(structure: SmbiosStructure, at: number, number: number): boolean | undefined {
  const value = byteAt(structure, at)
  return value === null ? undefined : ((value >> number) & 1) === 1
}
