/** Lists of DSP0134 3.8 by value, the first at 0; null is the standard's "Unknown". */

/** Table 17, §7.4.1. */
export const chassisTypes: readonly (string | null)[] = [
  '0x00',
  'Other',
  null,
  'Desktop',
  'Low Profile Desktop',
  'Pizza Box',
  'Mini Tower',
  'Tower',
  'Portable',
  'Laptop',
  'Notebook',
  'Hand Held',
  'Docking Station',
  'All In One',
  'Sub Notebook',
  'Space-saving',
  'Lunch Box',
  'Main Server Chassis',
  'Expansion Chassis',
  'Sub Chassis',
  'Bus Expansion Chassis',
  'Peripheral Chassis',
  'RAID Chassis',
  'Rack Mount Chassis',
  'Sealed-case PC',
  'Multi-system',
  'CompactPCI',
  'AdvancedTCA',
  'Blade',
  'Blade Enclosure',
  'Tablet',
  'Convertible',
  'Detachable',
  'IoT Gateway',
  'Embedded PC',
  'Mini PC',
  'Stick PC',
]

/** §7.5.1. */
export const processorTypes: readonly (string | null)[] = [
  '0x00',
  'Other',
  null,
  'Central Processor',
  'Math Processor',
  'DSP Processor',
  'Video Processor',
]

/** §7.5 offset 18h, bits 2:0. */
export const processorStatuses: readonly (string | null)[] = [
  null,
  'Enabled',
  'Disabled By User',
  'Disabled By BIOS',
  'Idle',
  '0x05',
  '0x06',
  'Other',
]

/** §7.8.3. */
export const cacheErrorCorrections: readonly (string | null)[] = [
  '0x00',
  'Other',
  null,
  'None',
  'Parity',
  'Single-bit ECC',
  'Multi-bit ECC',
]

/** §7.8.4. */
export const cacheTypes: readonly (string | null)[] = [
  '0x00',
  'Other',
  null,
  'Instruction',
  'Data',
  'Unified',
]

/** §7.8.5. */
export const associativities: readonly (string | null)[] = [
  '0x00',
  'Other',
  null,
  'Direct Mapped',
  '2-way Set-associative',
  '4-way Set-associative',
  'Fully Associative',
  '8-way Set-associative',
  '16-way Set-associative',
  '12-way Set-associative',
  '24-way Set-associative',
  '32-way Set-associative',
  '48-way Set-associative',
  '64-way Set-associative',
  '20-way Set-associative',
]

/** §7.17.1; the values from A0h on are PC-98 cards that no server carries. */
export const arrayLocations: readonly (string | null)[] = [
  '0x00',
  'Other',
  null,
  'System Board Or Motherboard',
  'ISA Add-on Card',
  'EISA Add-on Card',
  'PCI Add-on Card',
  'MCA Add-on Card',
  'PCMCIA Add-on Card',
  'Proprietary Add-on Card',
  'NuBus',
]

/** §7.17.2. */
export const arrayUses: readonly (string | null)[] = [
  '0x00',
  'Other',
  null,
  'System Memory',
  'Video Memory',
  'Flash Memory',
  'Non-volatile RAM',
  'Cache Memory',
]

/** §7.17.3. */
export const arrayErrorCorrections: readonly (string | null)[] = [
  '0x00',
  'Other',
  null,
  'None',
  'Parity',
  'Single-bit ECC',
  'Multi-bit ECC',
  'CRC',
]

/** §7.18.1. */
export const memoryFormFactors: readonly (string | null)[] = [
  '0x00',
  'Other',
  null,
  'SIMM',
  'SIP',
  'Chip',
  'DIP',
  'ZIP',
  'Proprietary Card',
  'DIMM',
  'TSOP',
  'Row Of Chips',
  'RIMM',
  'SODIMM',
  'SRIMM',
  'FB-DIMM',
  'Die',
  'CAMM',
  'CUDIMM',
  'CSODIMM',
]

/** §7.18.2. */
export const memoryTypes: readonly (string | null)[] = [
  '0x00',
  'Other',
  null,
  'DRAM',
  'EDRAM',
  'VRAM',
  'SRAM',
  'RAM',
  'ROM',
  'Flash',
  'EEPROM',
  'FEPROM',
  'EPROM',
  'CDRAM',
  '3DRAM',
  'SDRAM',
  'SGRAM',
  'RDRAM',
  'DDR',
  'DDR2',
  'DDR2 FB-DIMM',
  '0x15',
  '0x16',
  '0x17',
  'DDR3',
  'FBD2',
  'DDR4',
  'LPDDR',
  'LPDDR2',
  'LPDDR3',
  'LPDDR4',
  'Logical non-volatile device',
  'HBM',
  'HBM2',
  'DDR5',
  'LPDDR5',
  'HBM3',
  'MRDIMM',
]

/** §7.18.3, by bit; bit 2 is "Unknown". */
export const memoryDetails: readonly (string | null)[] = [
  null,
  'Other',
  null,
  'Fast-paged',
  'Static Column',
  'Pseudo-static',
  'RAMBus',
  'Synchronous',
  'CMOS',
  'EDO',
  'Window DRAM',
  'Cache DRAM',
  'Non-Volatile',
  'Registered (Buffered)',
  'Unbuffered (Unregistered)',
  'LRDIMM',
]
