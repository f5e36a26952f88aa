import {
  amount,
  counted,
  type Fields,
  list,
  memorySize,
  objects,
  plain,
  type PrintedFields,
  str,
  word,
  yes,
} from './spelling.ts'

/** Types 0 to 3 and 11 to 15, 31, 32, 45. */
export function printBoard(type: number, f: Fields): PrintedFields | null {
  switch (type) {
    case 0:
      return {
        Vendor: str(f['vendor']),
        Version: str(f['version']),
        'Release Date': str(f['releaseDate']),
        Address: typeof f['address'] === 'string' ? f['address'] : undefined,
        'Runtime Size': amount(f['runtimeSizeBytes'], memorySize),
        'ROM Size': amount(f['romSizeBytes'], romSize),
        Characteristics: [
          ...texts(f['characteristics']),
          ...texts(f['extendedCharacteristics']),
        ].map((one) => one.replace(/^Firmware /, 'BIOS ')),
        'BIOS Revision': str(f['revision']),
        'Firmware Revision': str(f['embeddedControllerRevision']),
      }
    case 1:
      return {
        Manufacturer: str(f['manufacturer']),
        'Product Name': str(f['product']),
        Version: str(f['version']),
        'Serial Number': str(f['serial']),
        // All zeros are 'Not Settable', all ones 'Not Present': no UUID both.
        UUID: f['uuid'] === null ? 'none' : str(f['uuid']),
        'Wake-up Type': word(f['wakeUpType']),
        'SKU Number': str(f['sku']),
        Family: str(f['family']),
      }
    case 2:
      return {
        Manufacturer: str(f['manufacturer']),
        'Product Name': str(f['product']),
        Version: str(f['version']),
        'Serial Number': str(f['serial']),
        'Asset Tag': str(f['assetTag']),
        Features: list(f['features']),
        'Location In Chassis': str(f['location']),
        'Chassis Handle': str(f['chassisHandle']),
        Type: word(f['type']),
        'Contained Object Handles': counted(f['containedHandles']),
      }
    case 3:
      return printChassis(f)
    case 11:
      return numbered('String', f['strings'])
    case 12:
      return numbered('Option', f['options'])
    case 13:
      return {
        'Language Description Format': word(f['descriptionFormat']),
        'Installable Languages': counted(strings(f['installableLanguages'])),
        'Currently Installed Language': str(f['currentLanguage']),
      }
    case 14:
      return {
        Name: str(f['groupName']),
        Items: counted(
          objects(f['items']).map(({ type: item, handle }) => `${str(handle)} (${typeName(item)})`),
        ),
      }
    case 15:
      return printEventLog(f)
    case 31:
      return {
        Checksum: yes(f['checksumValid'], ['OK', 'Invalid']),
        '16-bit Entry Point Address': str(f['entryPoint16'])
          ?.toUpperCase()
          .replace(/^0X(....)/, '$1:'),
        '32-bit Entry Point Address': str(f['entryPoint32']),
      }
    case 32:
      return { Status: word(f['status']) }
    case 45:
      return {
        'Firmware Component Name': str(f['componentName']),
        'Firmware Version': str(f['version']),
        'Firmware ID': str(f['firmwareId']),
        'Release Date': str(f['releaseDate']),
        Manufacturer: str(f['manufacturer']),
        'Lowest Supported Firmware Version': str(f['lowestSupportedVersion']),
        'Image Size': amount(f['imageSizeBytes'], (bytes) =>
          bytes === 0 ? 'None' : memorySize(bytes),
        ),
        Characteristics: ['Updatable', 'Write-Protect'].map(
          (one) => `${one}: ${texts(f['characteristics']).includes(one) ? 'Yes' : 'No'}`,
        ),
        State: word(f['state']),
        'Associated Components': counted(f['associatedComponentHandles']),
      }
    default:
      return null
  }
}

function printChassis(f: Fields): PrintedFields {
  const contained = f['containedElements']
  const count = Array.isArray(contained) ? String(contained.length) : undefined
  const elements = objects(contained).map((one) => {
    const { board, structureType, minimumCount: least, maximumCount: most } = one
    const name = structureType === null ? word(board) : typeName(structureType)
    const range = least === most ? [least] : [least, most]
    return `${name} (${range.join('-')})`
  })
  return {
    Manufacturer: str(f['manufacturer']),
    Type: word(f['type'])?.replace('Enclosure', 'Enclosing'),
    Lock: yes(f['lockPresent'], ['Present', 'Not Present']),
    Version: str(f['version']),
    'Serial Number': str(f['serial']),
    'Asset Tag': str(f['assetTag']),
    'Boot-up State': word(f['bootUpState']),
    'Power Supply State': word(f['powerSupplyState']),
    'Thermal State': word(f['thermalState']),
    'Security Status': word(f['securityStatus']),
    'OEM Information': str(f['oemDefined']),
    Height: amount(f['heightRackUnits'], (units) => `${units} U`, 'Unspecified'),
    'Number Of Power Cords': plain(f['powerCordCount'], 'Unspecified'),
    'Contained Elements': count === undefined ? undefined : [count, ...elements],
    'SKU Number': str(f['sku']),
  }
}

function printEventLog(f: Fields): PrintedFields {
  const header = f['headerStartOffset']
  const data = f['dataStartOffset']
  const length = typeof header === 'number' && typeof data === 'number' ? data - header : 0
  const address = f['accessAddress']
  const [indexed] = objects([address])
  const hexadecimal = (value: unknown) =>
    amount(value, (offset) => `0x${offset.toString(16).padStart(4, '0')}`)
  return {
    'Area Length': amount(f['areaSizeBytes'], (bytes) => `${bytes} bytes`),
    'Header Start Offset': hexadecimal(header),
    'Header Length': length === 0 ? undefined : `${length >>> 0} byte${length > 1 ? 's' : ''}`,
    'Data Start Offset': hexadecimal(data),
    'Access Method': word(f['accessMethod']),
    'Access Address':
      indexed === undefined
        ? (str(address)?.replace('Not Specified', 'Unknown') ?? undefined)
        : `Index ${str(indexed['index'])}, Data ${str(indexed['data'])}`,
    Status: `${f['valid'] === true ? 'Valid' : 'Invalid'}, ${f['full'] === true ? 'Full' : 'Not Full'}`,
    'Change Token': str(f['changeToken']),
    'Header Format': word(f['headerFormat']),
    'Supported Log Type Descriptors': plain(f['descriptorCount']),
    ...Object.fromEntries(
      objects(f['descriptors']).flatMap(({ type, dataFormat }, index) => [
        [`Descriptor ${index + 1}`, word(type, '<OUT OF SPEC>')],
        [`Data Format ${index + 1}`, word(dataFormat, '<OUT OF SPEC>')],
      ]),
    ),
  }
}

function numbered(name: string, items: unknown): PrintedFields {
  return Object.fromEntries(strings(items).map((one, index) => [`${name} ${index + 1}`, one]))
}

function strings(items: unknown): readonly string[] {
  return Array.isArray(items) ? items.map((one) => str(one) ?? '') : []
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** The extended field of 3.1 is in whole MiB or GiB, also where it is 0. */
function romSize(bytes: number): string {
  return bytes === 0 ? '0 MB' : memorySize(bytes)
}

const typeNames = [
  'BIOS|System|Base Board|Chassis|Processor|Memory Controller|Memory Module|Cache|Port Connector',
  'System Slots|On Board Devices|OEM Strings|System Configuration Options|BIOS Language',
  'Group Associations|System Event Log|Physical Memory Array|Memory Device|32-bit Memory Error',
  'Memory Array Mapped Address|Memory Device Mapped Address|Built-in Pointing Device',
  'Portable Battery|System Reset|Hardware Security|System Power Controls|Voltage Probe',
  'Cooling Device|Temperature Probe|Electrical Current Probe|Out-of-band Remote Access',
  'Boot Integrity Services|System Boot|64-bit Memory Error|Management Device',
  'Management Device Component|Management Device Threshold Data|Memory Channel|IPMI Device',
  'Power Supply|Additional Information|Onboard Device|Management Controller Host Interface',
  'TPM Device|Processor|Firmware|String Property',
]
  .join('|')
  .split('|')

function typeName(type: unknown): string {
  if (typeof type !== 'number') return '<OUT OF SPEC>'
  return type >= 128 ? 'OEM-specific' : (typeNames[type] ?? '<OUT OF SPEC>')
}
