import {
  decodeMappedAddressRange,
  decodeMemoryDevice,
  decodePhysicalMemoryArray,
} from '../../../../../agent/discovery/decode/smbios/memory.ts'
import {
  decodeBaseboardInformation,
  decodeChassisInformation,
  decodeFirmwareInformation,
  decodeSystemInformation,
} from '../../../../../agent/discovery/decode/smbios/platform.ts'
import {
  decodeCacheInformation,
  decodeProcessorInformation,
} from '../../../../../agent/discovery/decode/smbios/processor.ts'
import type {
  SmbiosEntryPoint,
  SmbiosStructure,
} from '../../../../../agent/discovery/decode/smbios/table.ts'

type Value = string | number | null
type Fields = Readonly<Record<string, Value>>

/** Our fields of a structure under dmidecode's names; none for types we do not decode. */
export function ourValues(structure: SmbiosStructure, version: SmbiosEntryPoint): Fields {
  switch (structure.type) {
    case 0: {
      const found = decodeFirmwareInformation(structure)
      return {
        Vendor: text(found.vendor),
        Version: text(found.version),
        'Release Date': text(found.releaseDate),
        'ROM Size': found.romSizeBytes,
        'BIOS Revision': found.revision,
        'Firmware Revision': found.embeddedControllerRevision,
      }
    }
    case 1: {
      const found = decodeSystemInformation(structure, version)
      return {
        ...maker(found),
        'Product Name': text(found.product),
        UUID: found.uuid,
        'SKU Number': text(found.sku),
        Family: text(found.family),
      }
    }
    case 2: {
      const found = decodeBaseboardInformation(structure)
      return {
        ...maker(found),
        'Product Name': text(found.product),
        'Asset Tag': text(found.assetTag),
      }
    }
    case 3: {
      const found = decodeChassisInformation(structure)
      return {
        ...maker(found),
        Type: found.type,
        'Asset Tag': text(found.assetTag),
        'SKU Number': text(found.sku),
      }
    }
    case 4:
      return processorValues(structure)
    case 7:
      return cacheValues(structure)
    case 16: {
      const found = decodePhysicalMemoryArray(structure)
      return {
        Location: found.location,
        Use: found.use,
        'Error Correction Type': found.errorCorrection,
        'Maximum Capacity': found.maximumCapacityBytes,
        'Number Of Devices': found.slotCount,
      }
    }
    case 17:
      return memoryValues(structure)
    case 19:
      return rangeValues(structure)
    default:
      return {}
  }
}

function maker(found: {
  readonly manufacturer: string | null
  readonly version: string | null
  readonly serial: string | null
}): Fields {
  return {
    Manufacturer: text(found.manufacturer),
    Version: text(found.version),
    'Serial Number': text(found.serial),
  }
}

function processorValues(structure: SmbiosStructure): Fields {
  const found = decodeProcessorInformation(structure)
  return {
    ...maker(found),
    'Socket Designation': text(found.socket),
    Type: found.type,
    'Max Speed': found.maxFrequencyHz,
    'Current Speed': found.currentFrequencyHz,
    Status: found.populated ? `Populated, ${found.status}` : 'Unpopulated',
    'Asset Tag': text(found.assetTag),
    'Part Number': text(found.partNumber),
    'Core Count': found.coreCount,
    'Core Enabled': found.enabledCoreCount,
    'Thread Count': found.threadCount,
  }
}

function cacheValues(structure: SmbiosStructure): Fields {
  const found = decodeCacheInformation(structure)
  return {
    'Socket Designation': text(found.designation),
    'Installed Size': found.installedSizeBytes,
    'Maximum Size': found.maximumSizeBytes,
    'Error Correction Type': found.errorCorrection,
    'System Type': found.type,
    Associativity: found.associativity,
    Configuration: `${found.enabled ? 'Enabled' : 'Disabled'}, Level ${found.level}`,
  }
}

function memoryValues(structure: SmbiosStructure): Fields {
  const found = decodeMemoryDevice(structure)
  return {
    'Array Handle': found.arrayHandle,
    'Total Width': found.totalWidthBits,
    'Data Width': found.dataWidthBits,
    Size: found.sizeBytes,
    'Form Factor': found.formFactor,
    Locator: text(found.locator),
    'Bank Locator': text(found.bankLocator),
    Type: found.type,
    'Type Detail': found.details.join(' '),
    Speed: found.speedMtPerS,
    'Configured Memory Speed': found.configuredSpeedMtPerS,
    Manufacturer: text(found.manufacturer),
    'Serial Number': text(found.serial),
    'Asset Tag': text(found.assetTag),
    'Part Number': text(found.partNumber),
    Rank: found.rankCount,
    'Minimum Voltage': found.minimumVoltageVolts,
    'Maximum Voltage': found.maximumVoltageVolts,
    'Configured Voltage': found.configuredVoltageVolts,
  }
}

function rangeValues(structure: SmbiosStructure): Fields {
  const found = decodeMappedAddressRange(structure)
  if (found === null) return {}
  return {
    'Starting Address': found.startByte,
    'Range Size': found.sizeBytes,
    'Physical Array Handle': found.arrayHandle,
  }
}

/** dmidecode shows strings as they are, but for what it takes from the report's layout. */
function text(value: string | null): string {
  return value === null ? 'Not Specified' : value.trim()
}

/** What dmidecode writes where there is no value; names of lists are null for us then. */
const nothing = new Set(['Unknown', 'No Module Installed', 'Not Present', 'Not Settable', 'None'])

const numbers: ReadonlySet<string> = new Set([
  'ROM Size',
  'Max Speed',
  'Current Speed',
  'Core Count',
  'Core Enabled',
  'Thread Count',
  'Installed Size',
  'Maximum Size',
  'Maximum Capacity',
  'Number Of Devices',
  'Array Handle',
  'Total Width',
  'Data Width',
  'Size',
  'Speed',
  'Configured Memory Speed',
  'Rank',
  'Minimum Voltage',
  'Maximum Voltage',
  'Configured Voltage',
  'Starting Address',
  'Range Size',
  'Physical Array Handle',
])

/** Fields whose text is a word of a list, where "Unknown" has a meaning of its own. */
const words: ReadonlySet<string> = new Set([
  'UUID',
  'Type',
  'Use',
  'Location',
  'Form Factor',
  'System Type',
  'Associativity',
])

/** dmidecode's fields with numbers as numbers in base units. */
export function oracleValues(
  type: number,
  fields: Readonly<Record<string, string | readonly string[]>>,
): Fields {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]): [string, Value][] => {
      if (typeof value !== 'string') return []
      return [[name, oracleValue(type, name, value.trim())]]
    }),
  )
}

function oracleValue(type: number, name: string, value: string): Value {
  if (name === 'Configuration') return value.replace(/, (Not )?Socketed/, '')
  if (name === 'Type Detail') return nothing.has(value) ? '' : value
  if (name === 'Error Correction Type') return value === 'Unknown' ? null : value
  // The speed of a cache is in nanoseconds, which we do not carry.
  if (type === 7 && name === 'Speed') return value
  if (numbers.has(name)) return nothing.has(value) ? null : quantity(value)
  return words.has(name) && value !== 'None' && nothing.has(value) ? null : value
}

const units: ReadonlyMap<string, number> = new Map([
  ['kB', 2 ** 10],
  ['MB', 2 ** 20],
  ['GB', 2 ** 30],
  ['TB', 2 ** 40],
  ['MHz', 1_000_000],
])

function quantity(value: string): number {
  const [number, unit] = value.split(' ')
  return Number(number) * (units.get(unit ?? '') ?? 1)
}
