import {
  bit,
  byte,
  codes,
  hexDoubleWord,
  named,
  nameIn,
  namesOfBits,
  pciAddressAt,
  type SmbiosValue,
  type StructureType,
  text,
  word,
} from '../field.ts'
import { toHex } from '../../integers.ts'
import { byteAt, paddedStringAt, type SmbiosStructure, wordAt } from '../table.ts'

/** §7.9.2 and §7.9.3. */
const connectors = new Map([
  ...codes(
    0,
    'None|Centronics|Mini Centronics|Proprietary|DB-25 male|DB-25 female|DB-15 male|DB-15 female|DB-9 male|DB-9 female|RJ-11|RJ-45|50 Pin MiniSCSI|Mini DIN|Micro DIN|PS/2|Infrared|HP-HIL|Access Bus (USB)|SSA SCSI|Circular DIN-8 male|Circular DIN-8 female|On Board IDE|On Board Floppy|9 Pin Dual Inline (pin 10 cut)|25 Pin Dual Inline (pin 26 cut)|50 Pin Dual Inline|68 Pin Dual Inline|On Board Sound Input From CD-ROM|Mini Centronics Type-14|Mini Centronics Type-26|Mini Jack (headphones)|BNC|IEEE 1394|SAS/SATA Plug Receptacle|USB Type-C Receptacle',
  ),
  ...codes(0xa0, 'PC-98|PC-98 Hireso|PC-H98|PC-98 Note|PC-98 Full'),
  ...codes(0xff, 'Other'),
])
const ports = new Map([
  ...codes(
    0,
    'None|Parallel Port XT/AT Compatible|Parallel Port PS/2|Parallel Port ECP|Parallel Port EPP|Parallel Port ECP/EPP|Serial Port XT/AT Compatible|Serial Port 16450 Compatible|Serial Port 16550 Compatible|Serial Port 16550A Compatible|SCSI Port|MIDI Port|Joystick Port|Keyboard Port|Mouse Port|SSA SCSI|USB|Firewire (IEEE P1394)|PCMCIA Type I|PCMCIA Type II|PCMCIA Type III|Cardbus|Access Bus Port|SCSI II|SCSI Wide|PC-98|PC-98 Hireso|PC-H98|Video Port|Audio Port|Modem Port|Network Port|SATA|SAS|MFDP (Multi-Function Display Port)|Thunderbolt',
  ),
  ...codes(0xa0, '8251 Compatible|8251 FIFO Compatible'),
  ...codes(0xff, 'Other'),
])
/** §7.10.1 to §7.10.4, §7.10.13. */
const slotTypeNames = new Map([
  ...codes(
    1,
    'Other|Unknown|ISA|MCA|EISA|PCI|PC Card (PCMCIA)|VLB|Proprietary|Processor Card|Proprietary Memory Card|I/O Riser Card|NuBus|PCI-66|AGP|AGP 2x|AGP 4x|PCI-X|AGP 8x|M.2 Socket 1-DP|M.2 Socket 1-SD|M.2 Socket 2|M.2 Socket 3|MXM Type I|MXM Type II|MXM Type III|MXM Type III-HE|MXM Type IV|MXM 3.0 Type A|MXM 3.0 Type B|PCI Express 2 SFF-8639 (U.2)|PCI Express 3 SFF-8639 (U.2)|PCI Express Mini 52-pin with bottom-side keep-outs|PCI Express Mini 52-pin without bottom-side keep-outs|PCI Express Mini 76-pin|PCI Express 4 SFF-8639 (U.2)|PCI Express 5 SFF-8639 (U.2)|OCP NIC 3.0 Small Form Factor (SFF)|OCP NIC 3.0 Large Form Factor (LFF)|OCP NIC Prior to 3.0',
  ),
  ...codes(0x30, 'CXL FLexbus 1.0'),
  ...codes(
    0xa0,
    'PC-98/C20|PC-98/C24|PC-98/E|PC-98/Local Bus|PC-98/Card|PCI Express|PCI Express x1|PCI Express x2|PCI Express x4|PCI Express x8|PCI Express x16|PCI Express 2|PCI Express 2 x1|PCI Express 2 x2|PCI Express 2 x4|PCI Express 2 x8|PCI Express 2 x16|PCI Express 3|PCI Express 3 x1|PCI Express 3 x2|PCI Express 3 x4|PCI Express 3 x8|PCI Express 3 x16',
  ),
  ...codes(
    0xb8,
    'PCI Express 4|PCI Express 4 x1|PCI Express 4 x2|PCI Express 4 x4|PCI Express 4 x8|PCI Express 4 x16|PCI Express 5|PCI Express 5 x1|PCI Express 5 x2|PCI Express 5 x4|PCI Express 5 x8|PCI Express 5 x16|PCI Express 6+|EDSFF E1|EDSFF E3',
  ),
])
const widths = codes(1, 'Other|Unknown|8 bit|16 bit|32 bit|64 bit|128 bit|x1|x2|x4|x8|x12|x16|x32')
const usages = codes(1, 'Other|Unknown|Available|In Use|Unavailable')
const lengths = codes(1, 'Other|Unknown|Short|Long|2.5" drive form factor|3.5" drive form factor')
const heights = codes(0, 'Not applicable|Other|Unknown|Full height|Low-profile')
/** §7.10.6 and §7.10.7: bits of two bytes. */
const slotCharacteristics = codes(
  1,
  '5.0 V is provided|3.3 V is provided|Opening is shared|PC Card-16 is supported|Cardbus is supported|Zoom Video is supported|Modem ring resume is supported|PME signal is supported|Hot-plug devices are supported|SMBus signal is supported|PCIe slot bifurcation is supported|Async/surprise removal is supported|Flexbus slot, CXL 1.0 capable|Flexbus slot, CXL 2.0 capable|Flexbus slot, CXL 3.0 capable',
)
/** §7.11.1 and §7.42.2. */
const deviceTypes = codes(
  1,
  'Other|Unknown|Video|SCSI Controller|Ethernet|Token Ring|Sound|PATA Controller|SATA Controller|SAS Controller|Wireless LAN|Bluetooth|WWAN|eMMC|NVMe Controller|UFS Controller',
)
/** §7.22.1, §7.22.2, §7.23.1. */
const pointers = codes(
  1,
  'Other|Unknown|Mouse|Track Ball|Track Point|Glide Point|Touch Pad|Touch Screen|Optical Sensor',
)
const pointerInterfaces = new Map([
  ...codes(1, 'Other|Unknown|Serial|PS/2|Infrared|HIP-HIL|Bus Mouse|ADB (Apple Desktop Bus)'),
  ...codes(0xa0, 'Bus Mouse DB-9|Bus Mouse Micro DIN|USB|I2C|SPI'),
])
const chemistries = codes(
  1,
  'Other|Unknown|Lead Acid|Nickel Cadmium|Nickel Metal Hydride|Lithium Ion|Zinc Air|Lithium Polymer',
)

/** Slots, connectors and devices on the board: DSP0134 §7.9 to §7.11, §7.22, §7.23, §7.42. */
export const slotTypes: ReadonlyMap<number, StructureType> = new Map<number, StructureType>([
  [
    8,
    {
      name: 'Port Connector Information',
      fields: {
        internalDesignator: text(0x04),
        internalConnector: named(connectors, 0x05),
        externalDesignator: text(0x06),
        externalConnector: named(connectors, 0x07),
        portType: named(ports, 0x08),
      },
    },
  ],
  [
    9,
    {
      name: 'System Slots',
      fields: {
        designation: text(0x04),
        type: named(slotTypeNames, 0x05),
        /** The code behind `type`: what the ID means depends on it. */
        typeCode: byte(0x05),
        dataBusWidth: named(widths, 0x06),
        currentUsage: named(usages, 0x07),
        length: named(lengths, 0x08),
        id: word(0x09),
        characteristics: slotCharacteristicNames,
        pciAddress: (s) => pciAddressAt(s, 0x0d),
        baseDataBusWidth: byte(0x11),
        /** As the structure says it, though it may end before them. */
        peerCount: byte(0x12),
        peers: (s) => peersOf(s),
        pcieGeneration: (s) => afterPeers(s, 0, (value) => (value === 0 ? null : value)),
        physicalWidth: (s) =>
          afterPeers(s, 1, (value) => (value === 0 ? null : nameIn(widths, value))),
        pitchMillimetres: (s) => {
          const at = 0x15 + (byteAt(s, 0x12) ?? 0) * 5
          const pitch = wordAt(s, at)
          return pitch === null ? undefined : pitch === 0 ? null : pitch / 100
        },
        height: (s) => afterPeers(s, 4, (value) => nameIn(heights, value)),
      },
    },
  ],
  [10, { name: 'On Board Devices Information', fields: { devices: onBoardDevices } }],
  [
    21,
    {
      name: 'Built-in Pointing Device',
      fields: {
        type: named(pointers, 0x04),
        interface: named(pointerInterfaces, 0x05),
        buttonCount: byte(0x06),
      },
    },
  ],
  [
    22,
    {
      name: 'Portable Battery',
      fields: {
        location: text(0x04),
        manufacturer: text(0x05),
        manufactureDate: text(0x06),
        serial: text(0x07),
        deviceName: text(0x08),
        chemistry: named(chemistries, 0x09),
        designCapacityMilliwattHours: (s) => {
          const capacity = wordAt(s, 0x0a)
          if (capacity === null) return undefined
          return capacity === 0 ? null : capacity * (byteAt(s, 0x15) ?? 1)
        },
        designVoltageVolts: word(0x0c, 0.001, 0),
        sbdsVersion: text(0x0e),
        maximumErrorPercent: byte(0x0f, 0xff),
        sbdsSerial: (s) => {
          const serial = wordAt(s, 0x10)
          return serial === null ? undefined : toHex(serial, 4)
        },
        sbdsManufactureDate: (s) => {
          const date = wordAt(s, 0x12)
          if (date === null) return undefined
          const month = String((date >> 5) & 0xf).padStart(2, '0')
          return `${1980 + (date >> 9)}-${month}-${String(date & 0x1f).padStart(2, '0')}`
        },
        sbdsChemistry: text(0x14),
        oemDefined: hexDoubleWord(0x16),
      },
    },
  ],
  [
    41,
    {
      name: 'Onboard Devices Extended Information',
      fields: {
        designation: text(0x04),
        type: named(deviceTypes, 0x05, 0x7f),
        enabled: bit(0x05, 7),
        instance: byte(0x06),
        pciAddress: (s) => pciAddressAt(s, 0x07),
      },
    },
  ],
])

/** Null where bit 0 of the first byte says that they are not known. */
function slotCharacteristicNames(structure: SmbiosStructure): SmbiosValue | undefined {
  const first = byteAt(structure, 0x0b)
  if (first === null) return undefined
  if ((first & 1) === 1) return null
  const bits = first | ((byteAt(structure, 0x0c) ?? 0) << 8)
  return namesOfBits(slotCharacteristics, (number) => ((bits >> number) & 1) === 1)
}

function peersOf(structure: SmbiosStructure): readonly SmbiosValue[] | undefined {
  const count = byteAt(structure, 0x12)
  if (count === null || 0x13 + count * 5 > structure.bytes.length) return undefined
  return Array.from({ length: count }, (_, index) => ({
    pciAddress: pciAddressAt(structure, 0x13 + index * 5) ?? null,
    dataBusWidth: byteAt(structure, 0x17 + index * 5) ?? 0,
  }))
}

/** A byte of the part after the peer groups (§7.10.9). */
function afterPeers(
  structure: SmbiosStructure,
  offset: number,
  map: (value: number) => SmbiosValue,
): SmbiosValue | undefined {
  const peers = byteAt(structure, 0x12)
  if (peers === null) return undefined
  const value = byteAt(structure, 0x13 + peers * 5 + offset)
  return value === null ? undefined : map(value)
}

function onBoardDevices(structure: SmbiosStructure): readonly SmbiosValue[] {
  const count = Math.floor((structure.bytes.length - 4) / 2)
  return Array.from({ length: count }, (_, index) => {
    const type = byteAt(structure, 4 + index * 2) ?? 0
    return {
      type: nameIn(deviceTypes, type & 0x7f),
      enabled: type >= 0x80,
      description: paddedStringAt(structure, 5 + index * 2),
    }
  })
}
