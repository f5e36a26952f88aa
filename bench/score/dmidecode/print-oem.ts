import {
  amount,
  type Fields,
  memorySize,
  objects,
  plain,
  type PrintedFields,
  str,
  word,
  yes,
} from './spelling.ts'

/** OEM types: of HPE servers, and 131, 135 and 140 of ThinkPads. */
export function printOem(type: number, f: Fields): PrintedFields {
  switch (type) {
    case 131:
      return {
        Version: plain(f['version']),
        Diagnostics: yes(f['diagnosticsAvailable'], ['Available', 'No']),
      }
    case 135:
      return { 'Fingerprint Reader': yes(f['fingerprintReaderPresent'], ['Present', 'No']) }
    case 140:
      return { 'Version ID': str(f['version']), 'Release Date': str(f['releaseDate']) }
    case 194:
      return Object.fromEntries(
        ['Serial Port A', 'Serial Port B', 'Parallel Port', 'Floppy Disk Port']
          .concat('Virtual Serial Port')
          .map((port) => [port, texts(f['enabledPorts']).includes(port) ? 'Enabled' : 'Disabled']),
      )
    case 203:
      return printCorrelation(f)
    case 204:
      return {
        'Rack Name': str(f['rackName']),
        'Enclosure Name': str(f['enclosureName']),
        'Enclosure Model': str(f['enclosureModel']),
        'Enclosure Serial': str(f['enclosureSerial']),
        'Enclosure Bays': plain(f['enclosureBayCount']),
        'Server Bay': str(f['serverBay']),
        'Bays Filled': plain(f['filledBayCount']),
      }
    case 209:
    case 221:
    case 233:
      return Object.fromEntries(objects(f['nics']).map(nic))
    case 219:
      return {
        'Power Features': str(f['powerFeatures']),
        'Omega Features': str(f['omegaFeatures']),
        'Misc. Features': otherFeatures(f['otherFeatures']),
      }
    case 236:
      return {
        'FRU I2C Address': busAddress(f['i2cAddress']),
        'Box Number': plain(f['boxNumber']),
        'NVRAM ID': str(f['nvramId']),
        'SAS Expander WWID': str(f['expanderWwid']),
        'Total SAS Bays': plain(f['bayCount']),
        'A0 Bay Count': plain(f['portA0BayCount']),
        'A2 Bay Count': plain(f['portA2BayCount']),
        'Backplane Name': str(f['backplaneName']),
      }
    case 237:
      return {
        'Associated Handle': str(f['memoryDeviceHandle']),
        'DIMM Manufacturer': str(f['manufacturer']),
        'DIMM Manufacturer Part Number': str(f['partNumber']),
        'DIMM Vendor Serial Number': str(f['serial']),
      }
    case 238:
      return {
        'Associated Handle': str(f['connectorHandle']),
        'PCI Device': place(f['pciAddress']),
        Location: listed(f['location'])?.replace(
          'USB Hub for NAND Controller',
          'HP NAND Controller (USX 2065 or other)',
        ),
        'Management Port': listed(f['managementPort']),
        'Port Instance': plain(f['portInstance']),
        'Parent Hub Port Instance': plain(f['parentHubPortInstance'], 'N/A'),
        'Port Speed Capability': listed(f['speed']),
        'Device Path': str(f['devicePath']),
      }
    case 240:
      return {
        'Associated Handle': str(f['associatedHandle']),
        'Package Version': str(f['packageVersion']),
        'Version String': str(f['version']),
        'Image Size': amount(f['imageSizeBytes'], memorySize),
        'Attributes Defined/Set': attributes(f),
        'Lowest Supported Version': str(f['lowestSupportedVersion'])?.replace(
          /^0x0+$/,
          'Not Available',
        ),
      }
    default:
      return {}
  }
}

function printCorrelation(f: Fields): PrintedFields {
  const known = (value: unknown) => (value === null ? 'N/A' : str(value))
  const bay = (value: unknown) =>
    amount(value, (one) => (one === 0 ? 'Unknown' : one === 255 ? 'Do Not Display' : `${one}`))
  const [pci] = objects([f['pci']])
  const present = (digits: string, none: string) =>
    digits === none ? 'Device Not Present' : `0x${digits}`
  const id = (name: string) => (pci === undefined ? undefined : present(String(pci[name]), 'ffff'))
  // A byte from 80h on is printed as a negative number of two.
  const part = (start: number) => {
    if (pci === undefined) return undefined
    const digits = String(pci['classCode']).slice(start, start + 2)
    return present(digits, 'ff').replace(/^0x(?=[89a-f])/, '0xff')
  }
  return {
    'Associated Device Record': known(f['deviceHandle']),
    'Associated SMBus Record': known(f['smbusHandle']),
    'PCI Device Info': f['pci'] === null ? 'Device Not Present' : undefined,
    'PCI Vendor ID': id('vendorId'),
    'PCI Device ID': id('deviceId'),
    'PCI Sub Vendor ID': id('subsystemVendorId'),
    'PCI Sub Device ID': id('subsystemDeviceId'),
    'PCI Class Code': part(0),
    'PCI Sub Class Code': part(2),
    'Parent Handle': known(f['parentHandle']),
    Flags: str(f['flags']),
    'Device Type': listed(f['type']),
    'Device Location': listed(f['location'])?.replace('Virtual USB', 'Virutal USB'),
    'Device Instance': plain(f['instance']),
    'Device Sub-Instance': plain(f['subInstance']),
    Bay: bay(f['bay']),
    Enclosure: bay(f['enclosure']),
    'Device Path': str(f['devicePath']),
    'Structured Name': str(f['structuredName']),
    'Device Name': str(f['deviceName']),
    'UEFI Location': str(f['uefiLocation']),
    'Associated Real/Phys Handle': known(f['physicalHandle']),
    'PCI Part Number': str(f['partNumber']),
    'Serial Number': str(f['serial']),
    'Segment Group Number': str(f['pciAddress'])?.replace(/^(....).*$/, '0x$1'),
    'PCI Device': place(f['pciAddress']),
  }
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function listed(value: unknown): string | undefined {
  return word(value)?.replace(/^(<OUT OF SPEC>|0x[0-9a-f]+)$/, 'Reserved')
}

/** Without the segment. */
function place(address: unknown): string | undefined {
  return typeof address === 'string' ? address.slice(5) : undefined
}

function nic({
  number,
  state,
  pciAddress,
  mac,
}: Readonly<Record<string, unknown>>): readonly [string, string] {
  const name = `NIC ${String(number)}`
  if (state !== 'enabled') return [name, state === 'disabled' ? 'Disabled' : 'Not Installed']
  const address = String(mac).toUpperCase()
  return [name, `PCI device ${place(pciAddress)}, MAC address ${address}`]
}

function otherFeatures(value: unknown): PrintedFields[string] {
  if (typeof value !== 'string') return undefined
  const bits = Number(value)
  return [
    value,
    `iCRU: ${(bits & 1) === 0 ? 'No' : 'Yes'}`,
    `UEFI: ${(bits & 0x1400) === 0 ? 'No' : 'Yes'}`,
  ]
}

function busAddress(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const byte = Number(value)
  return `0x${(byte >> 1).toString(16)} raw(0x${byte.toString(16)})`
}

function attributes(f: Fields): readonly string[] {
  const set = texts(f['attributes'])
  return texts(f['definedAttributes']).map(
    (name) => `${name}: ${set.includes(name) ? 'Yes' : 'No'}`,
  )
}
