import {
  amount,
  type Fields,
  list,
  objects,
  plain,
  type PrintedFields,
  str,
  word,
  yes,
} from './spelling.ts'
import { printHostInterface } from './print-host-interface.ts'

/** Types 8 to 10, 21 to 30, 34 to 36, 38 to 43. */
export function printDevices(type: number, f: Fields): PrintedFields | null {
  switch (type) {
    case 8:
      return {
        'Internal Reference Designator': str(f['internalDesignator']),
        'Internal Connector Type': word(f['internalConnector']),
        'External Reference Designator': str(f['externalDesignator']),
        'External Connector Type': word(f['externalConnector']),
        'Port Type': word(f['portType']),
      }
    case 9:
      return printSlot(f)
    case 10:
      // One entry for each device; where they are one entry, the last stands.
      return Object.assign({}, ...objects(f['devices']).map(onBoardDevice))
    case 21:
      return {
        Type: word(f['type']),
        Interface: word(f['interface']),
        Buttons: plain(f['buttonCount']),
      }
    case 22:
      return printBattery(f)
    case 23:
      return {
        Status: yes(f['enabled'], ['Enabled', 'Disabled']),
        'Watchdog Timer': yes(f['watchdogPresent'], ['Present', 'Not Present']),
        'Boot Option': word(f['bootOption']),
        'Boot Option On Limit': word(f['bootOptionOnLimit']),
        'Reset Count': plain(f['resetCount']),
        'Reset Limit': plain(f['resetLimit']),
        'Timer Interval': amount(f['timerIntervalMinutes'], (minutes) => `${minutes} min`),
        Timeout: amount(f['timeoutMinutes'], (minutes) => `${minutes} min`),
      }
    case 24:
      return {
        'Power-On Password Status': word(f['powerOnPassword']),
        'Keyboard Password Status': word(f['keyboardPassword']),
        'Administrator Password Status': word(f['administratorPassword']),
        'Front Panel Reset Status': word(f['frontPanelReset']),
      }
    case 25:
      return { 'Next Scheduled Power-on': str(f['nextScheduledPowerOn']) }
    case 26:
      return probe(
        f,
        'Volts',
        (v) => `${v.toFixed(3)} V`,
        (v) => `${(v * 1000).toFixed(1)} mV`,
      )
    case 28:
      return probe(
        f,
        'Celsius',
        (v) => `${v.toFixed(1)} deg C`,
        (v) => `${v.toFixed(3)} deg C`,
      )
    case 29:
      return probe(
        f,
        'Amperes',
        (v) => `${v.toFixed(3)} A`,
        (v) => `${(v * 1000).toFixed(1)} mA`,
      )
    case 27:
      return {
        'Temperature Probe Handle': str(f['temperatureProbeHandle']),
        Type: word(f['type']),
        Status: word(f['status']),
        'Cooling Unit Group': plain(f['unitGroup']),
        'OEM-specific Information': str(f['oemDefined']),
        'Nominal Speed': amount(
          f['nominalSpeedRpm'],
          (speed) => `${speed} rpm`,
          'Unknown Or Non-rotating',
        ),
        Description: str(f['description']),
      }
    case 30:
      return {
        'Manufacturer Name': str(f['manufacturer']),
        'Inbound Connection': yes(f['inboundEnabled'], ['Enabled', 'Disabled']),
        'Outbound Connection': yes(f['outboundEnabled'], ['Enabled', 'Disabled']),
      }
    case 34:
      return {
        Description: str(f['description']),
        Type: word(f['type']),
        Address: str(f['address']),
        'Address Type': word(f['addressType']),
      }
    case 35:
      return {
        Description: str(f['description']),
        'Management Device Handle': str(f['managementDeviceHandle']),
        'Component Handle': str(f['componentHandle']),
        'Threshold Handle': str(f['thresholdHandle']),
      }
    case 36:
      return {
        'Lower Non-critical Threshold': plain(f['lowerNonCritical']),
        'Upper Non-critical Threshold': plain(f['upperNonCritical']),
        'Lower Critical Threshold': plain(f['lowerCritical']),
        'Upper Critical Threshold': plain(f['upperCritical']),
        'Lower Non-recoverable Threshold': plain(f['lowerNonRecoverable']),
        'Upper Non-recoverable Threshold': plain(f['upperNonRecoverable']),
      }
    case 38:
      return printIpmi(f)
    case 39:
      return printSupply(f)
    case 40:
      return Object.assign({}, ...objects(f['entries']).map(additionalEntry))
    case 41:
      return {
        'Reference Designation': str(f['designation']),
        Type: word(f['type']),
        Status: yes(f['enabled'], ['Enabled', 'Disabled']),
        'Type Instance': plain(f['instance']),
        'Bus Address': str(f['pciAddress']),
      }
    case 42:
      return printHostInterface(f)
    case 43:
      return {
        'Vendor ID': str(f['vendorId']),
        'Specification Version': str(f['specificationVersion']),
        'Firmware Revision': str(f['firmwareVersion']),
        Description: str(f['description']),
        Characteristics: list(f['characteristics'], ''),
        'OEM-specific Information': str(f['oemDefined']),
      }
    default:
      return null
  }
}

function additionalEntry(entry: Readonly<Record<string, unknown>>): PrintedFields {
  const bytes = String(entry['value']).match(/../g) ?? []
  return {
    'Referenced Handle': str(entry['referencedHandle']),
    'Referenced Offset': str(entry['referencedOffset']),
    String: str(entry['text']),
    Value: [1, 2, 4].includes(bytes.length)
      ? `0x${bytes.toReversed().join('')}`
      : 'Unexpected size',
  }
}

function onBoardDevice(device: Readonly<Record<string, unknown>>): PrintedFields {
  return {
    Type: word(device['type']),
    Status: yes(device['enabled'], ['Enabled', 'Disabled']),
    Description: str(device['description']),
  }
}

function printSlot(f: Fields): PrintedFields {
  const width = word(f['dataBusWidth']) ?? ''
  const prefix = /^(Other|Unknown)$/.test(width) ? '' : `${width.replace(' bit', '-bit')} `
  const id = Number(f['id'])
  const code = Number(f['typeCode'])
  const characteristics = f['characteristics']
  const peers = objects(f['peers'])
  return {
    Designation: str(f['designation']),
    Type: `${prefix}${word(f['type'])}`,
    'Current Usage': word(f['currentUsage']),
    Length: word(f['length']),
    ID: code === 7 ? `Adapter ${id & 0xff}, Socket ${id >> 8}` : String(id & 0xff),
    Characteristics: characteristics === null ? 'Unknown' : list(characteristics),
    'Bus Address': str(f['pciAddress']),
    'Data Bus Width': plain(f['baseDataBusWidth']),
    'Peer Devices': plain(f['peerCount']),
    ...Object.fromEntries(
      peers.map(({ pciAddress, dataBusWidth }, index) => [
        `Peer Device ${index + 1}`,
        `${typeof pciAddress === 'string' ? pciAddress : 'ffff:ff:1f.7'} (Width ${String(dataBusWidth)})`,
      ]),
    ),
    'PCI Express Generation': plain(f['pcieGeneration']),
    'Slot Physical Width': word(f['physicalWidth'])?.replace(' bit', '-bit'),
    Pitch: amount(f['pitchMillimetres'], (pitch) => `${pitch.toFixed(2)} mm`),
    Height: word(f['height']),
  }
}

function printBattery(f: Fields): PrintedFields {
  return {
    Location: str(f['location']),
    Manufacturer: str(f['manufacturer']),
    'Manufacture Date': str(f['manufactureDate']),
    'Serial Number': str(f['serial']),
    Name: str(f['deviceName']),
    Chemistry: word(f['chemistry']),
    'Design Capacity': amount(f['designCapacityMilliwattHours'], (energy) => `${energy} mWh`),
    'Design Voltage': amount(f['designVoltageVolts'], (volt) => `${Math.round(volt * 1000)} mV`),
    'SBDS Version': str(f['sbdsVersion']),
    'Maximum Error': amount(f['maximumErrorPercent'], (error) => `${error}%`),
    'SBDS Serial Number': str(f['sbdsSerial'])?.toUpperCase(),
    'SBDS Manufacture Date': str(f['sbdsManufactureDate']),
    'SBDS Chemistry': str(f['sbdsChemistry']),
    'OEM-specific Information': str(f['oemDefined']),
  }
}

function probe(
  f: Fields,
  unit: string,
  value: (value: number) => string,
  resolution: (value: number) => string,
): PrintedFields {
  return {
    Description: str(f['description']),
    Location: word(f['location']),
    Status: word(f['status']),
    'Maximum Value': amount(f[`maximum${unit}`], value),
    'Minimum Value': amount(f[`minimum${unit}`], value),
    Resolution: amount(f[`resolution${unit}`], resolution),
    Tolerance: amount(f[`tolerance${unit}`], value),
    Accuracy: amount(f['accuracyPercent'], (percent) => `${percent.toFixed(2)}%`),
    'OEM-specific Information': str(f['oemDefined']),
    'Nominal Value': amount(f[`nominal${unit}`], value),
  }
}

function printIpmi(f: Fields): PrintedFields {
  return {
    'Interface Type': word(f['interfaceType']),
    'Specification Version': str(f['specificationVersion']),
    'I2C Slave Address': str(f['i2cAddress']),
    'NV Storage Device': 'Not Present',
    'NV Storage Device Address': plain(f['nvStorageAddress']),
    'Base Address': `${str(f['baseAddress'])} (${str(f['addressSpace'])})`,
    'Register Spacing': word(f['registerSpacing']),
    'Interrupt Polarity': yes(f['interruptActiveHigh'], ['Active High', 'Active Low']),
    'Interrupt Trigger Mode': yes(f['interruptLevelTriggered'], ['Level', 'Edge']),
    'Interrupt Number': plain(f['interruptNumber']),
  }
}

function printSupply(f: Fields): PrintedFields {
  return {
    'Power Unit Group': plain(f['unitGroup']),
    Location: str(f['location']),
    Name: str(f['deviceName']),
    Manufacturer: str(f['manufacturer']),
    'Serial Number': str(f['serial']),
    'Asset Tag': str(f['assetTag']),
    'Model Part Number': str(f['modelPartNumber']),
    Revision: str(f['revision']),
    'Max Power Capacity': amount(f['maximumPowerWatts'], (power) => `${power} W`),
    Status: f['present'] === true ? `Present, ${word(f['status'])}` : 'Not Present',
    Type: word(f['type']),
    'Input Voltage Range Switching': word(f['inputVoltageRangeSwitching']),
    Plugged: yes(f['unplugged'], ['No', 'Yes']),
    'Hot Replaceable': yes(f['hotReplaceable'], ['Yes', 'No']),
    'Input Voltage Probe Handle': str(f['inputVoltageProbeHandle']),
    'Cooling Device Handle': str(f['coolingDeviceHandle']),
    'Input Current Probe Handle': str(f['inputCurrentProbeHandle']),
  }
}
