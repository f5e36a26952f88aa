import {
  amount,
  counted,
  type Fields,
  flat,
  list,
  memorySize,
  objects,
  plain,
  type PrintedFields,
  str,
  word,
} from './spelling.ts'
import { volts } from './print-processor.ts'

/** Types 5, 6, 16 to 20, 33, 37. */
export function printMemory(type: number, f: Fields): PrintedFields | null {
  switch (type) {
    case 5:
      return {
        'Error Detecting Method': word(f['errorDetectingMethod']),
        'Error Correcting Capabilities': list(f['errorCorrectingCapabilities']),
        'Supported Interleave': word(f['supportedInterleave']),
        'Current Interleave': word(f['currentInterleave']),
        'Maximum Memory Module Size': amount(f['maximumModuleSizeBytes'], mebibytes),
        'Maximum Total Memory Size': amount(f['maximumTotalSizeBytes'], mebibytes),
        'Supported Speeds': list(f['supportedSpeeds']),
        'Supported Memory Types': list(f['supportedTypes']),
        'Memory Module Voltage': volts(f['moduleVoltages']),
        'Associated Memory Slots': counted(f['moduleHandles']),
        'Enabled Error Correcting Capabilities': list(f['enabledErrorCorrectingCapabilities']),
      }
    case 6:
      return {
        'Socket Designation': str(f['designation']),
        'Bank Connections': flat(f['bankConnections']),
        'Current Speed': amount(f['speedNanoseconds'], (speed) => `${speed} ns`),
        Type: flat(f['types']),
        'Installed Size': legacySize(f['installedSize']),
        'Enabled Size': legacySize(f['enabledSize']),
        'Error Status': errorStatus(f),
      }
    case 16:
      return {
        Location: word(f['location'])?.replace(/^CXL .*/, 'CXL Flexbus 1.0'),
        Use: word(f['use']),
        'Error Correction Type': word(f['errorCorrection']),
        'Maximum Capacity': amount(f['maximumCapacityBytes'], (bytes) =>
          bytes === 0 ? '0 kB' : memorySize(bytes),
        ),
        'Error Information Handle': errorHandle(f['errorInformationHandle']),
        'Number Of Devices': plain(f['slotCount']),
      }
    case 17:
      return printDevice(f)
    case 18:
    case 33:
      return {
        Type: word(f['type']),
        Granularity: word(f['granularity']),
        Operation: word(f['operation']),
        'Vendor Syndrome': word(f['vendorSyndrome']),
        'Memory Array Address': word(f['arrayAddress']),
        'Device Address': word(f['deviceAddress']),
        Resolution: word(f['resolution']),
      }
    case 19:
      return {
        ...range(f),
        'Physical Array Handle': str(f['arrayHandle']),
        'Partition Width': plain(f['partitionWidth']),
      }
    case 20:
      return {
        ...range(f),
        'Physical Device Handle': str(f['deviceHandle']),
        'Memory Array Mapped Address Handle': str(f['arrayMappedAddressHandle']),
        'Partition Row Position':
          f['partitionRowPosition'] === 0 ? '<OUT OF SPEC>' : plain(f['partitionRowPosition']),
        'Interleave Position': plain(f['interleavePosition']),
        'Interleaved Data Depth': plain(f['interleavedDataDepth']),
      }
    case 37:
      return {
        Type: word(f['type']),
        'Maximal Load': plain(f['maximumLoad']),
        Devices: plain(f['deviceCount']),
        ...Object.fromEntries(
          objects(f['devices']).flatMap(({ load, handle }, index) => [
            [`Device ${index + 1} Load`, String(load)],
            [`Device ${index + 1} Handle`, String(handle)],
          ]),
        ),
      }
    default:
      return null
  }
}

function printDevice(f: Fields): PrintedFields {
  const bits = (value: unknown) => amount(value, (width) => `${width} bits`)
  const speed = (value: unknown) => amount(value, (rate) => `${rate} MT/s`)
  const voltage = (value: unknown) =>
    amount(value, (volt) => {
      const hundredths = Math.round(volt * 1000) % 100 === 0
      return `${hundredths ? volt.toFixed(1) : Number(volt.toPrecision(6))} V`
    })
  const maker = (value: unknown) => {
    const [id] = objects([value])
    if (value === undefined) return undefined
    if (id === undefined) return 'Unknown'
    return `Bank ${String(id['jep106Bank'])}, Hex ${String(id['jep106Code'])}`
  }
  const exact = (value: unknown) => (value === 0 ? 'None' : amount(value, memorySize))
  return {
    'Array Handle': str(f['arrayHandle']),
    'Error Information Handle': errorHandle(f['errorInformationHandle']),
    'Total Width': bits(f['totalWidthBits']),
    'Data Width': bits(f['dataWidthBits']),
    Size: f['populated'] === false ? 'No Module Installed' : amount(f['sizeBytes'], moduleSize),
    'Form Factor': word(f['formFactor']),
    Set: f['deviceSet'] === 0 ? 'None' : plain(f['deviceSet']),
    Locator: str(f['locator']),
    'Bank Locator': str(f['bankLocator']),
    Type: word(f['type']),
    'Type Detail': flat(f['typeDetail']),
    Speed: speed(f['speedMtPerS']),
    Manufacturer: str(f['manufacturer']),
    'Serial Number': str(f['serial']),
    'Asset Tag': str(f['assetTag']),
    'Part Number': str(f['partNumber']),
    Rank: plain(f['rankCount']),
    'Configured Memory Speed': speed(f['configuredSpeedMtPerS']),
    'Minimum Voltage': voltage(f['minimumVoltageVolts']),
    'Maximum Voltage': voltage(f['maximumVoltageVolts']),
    'Configured Voltage': voltage(f['configuredVoltageVolts']),
    'Memory Technology': word(f['technology']),
    'Memory Operating Mode Capability': flat(f['operatingModes']),
    'Firmware Version': str(f['firmwareVersion']),
    'Module Manufacturer ID': maker(f['moduleManufacturerId']),
    'Module Product ID': word(f['moduleProductId']),
    'Memory Subsystem Controller Manufacturer ID': maker(f['controllerManufacturerId']),
    'Memory Subsystem Controller Product ID': word(f['controllerProductId']),
    'Non-Volatile Size': exact(f['nonVolatileSizeBytes']),
    'Volatile Size': exact(f['volatileSizeBytes']),
    'Cache Size': exact(f['cacheSizeBytes']),
    'Logical Size': exact(f['logicalSizeBytes']),
  }
}

/** From 32767 MiB on the size is in the extended field, which dmidecode shows by other rules. */
function moduleSize(bytes: number): string {
  const mebibyteCount = bytes / 2 ** 20
  if (bytes !== 0 && mebibyteCount < 0x7fff) return memorySize(bytes)
  if (mebibyteCount % 1024 !== 0) return `${mebibyteCount} MB`
  const gibibyteCount = mebibyteCount / 1024
  return gibibyteCount % 1024 === 0 ? `${gibibyteCount / 1024} TB` : `${gibibyteCount} GB`
}

function errorHandle(value: unknown): string | undefined {
  if (value === 'not provided') return 'Not Provided'
  return value === 'no error' ? 'No Error' : str(value)
}

function mebibytes(bytes: number): string {
  return `${bytes / 2 ** 20} MB`
}

function legacySize(value: unknown): string | undefined {
  const [size] = objects([value])
  if (size === undefined) return undefined
  const bank =
    size['doubleBank'] === true ? ' (Double-bank Connection)' : ' (Single-bank Connection)'
  switch (size['state']) {
    case 'not installed':
      return 'Not Installed'
    case 'not determinable':
      return `Not Determinable${bank}`
    case 'not enabled':
      return `Disabled${bank}`
    default:
      return `${mebibytes(Number(size['sizeBytes']))}${bank}`
  }
}

function errorStatus(f: Fields): string {
  if (f['errorsInEventLog'] === true) return 'See Event Log'
  const [uncorrectable, correctable] = [f['uncorrectableErrors'], f['correctableErrors']]
  if (uncorrectable === true && correctable === true) return 'Correctable and Uncorrectable Errors'
  if (uncorrectable === true) return 'Uncorrectable Errors'
  return correctable === true ? 'Correctable Errors' : 'OK'
}

function range(f: Fields): PrintedFields {
  const [start, end] = [f['startAddress'], f['endAddress']]
  if (typeof start !== 'string' || typeof end !== 'string') return {}
  const length = BigInt(end) - BigInt(start) + 1n
  // In units of 1 KiB dmidecode counts with 32 bits, in bytes with 64.
  const inBytes = length % 1024n !== 0n || BigInt(start) % 1024n !== 0n
  const size = inBytes ? BigInt.asUintN(64, length) : BigInt.asUintN(42, length)
  const isNone = inBytes ? start === end : size === 0n
  return {
    'Starting Address': start,
    'Ending Address': end,
    'Range Size': isNone ? 'Invalid' : memorySize(Number(size)),
  }
}
