import {
  bit,
  byte,
  codes,
  handle,
  hexDoubleWord,
  named,
  namedInWord,
  signedWord,
  type StructureType,
  text,
  word,
} from '../field.ts'
import { toHex } from '../../integers.ts'
import { byteAt, type SmbiosStructure } from '../table.ts'

/** §7.27.1 and §7.29.1: the temperature probe has a few more places. */
const locations = codes(
  1,
  'Other|Unknown|Processor|Disk|Peripheral Bay|System Management Module|Motherboard|Memory Module|Processor Module|Power Unit|Add-in Card|Front Panel Board|Back Panel Board|Power System Board|Drive Back Plane',
)
const electricLocations = new Map([...locations].slice(0, 11))
const statuses = codes(1, 'Other|Unknown|OK|Non-critical|Critical|Non-recoverable')
/** §7.28.1. */
const coolingTypes = new Map([
  ...codes(
    1,
    'Other|Unknown|Fan|Centrifugal Blower|Chip Fan|Cabinet Fan|Power Supply Fan|Heat Pipe|Integrated Refrigeration',
  ),
  ...codes(0x10, 'Active Cooling|Passive Cooling'),
])
/** §7.40.1. */
const supplyTypes = codes(1, 'Other|Unknown|Linear|Switching|Battery|UPS|Converter|Regulator')
const supplyStatuses = codes(1, 'Other|Unknown|OK|Non-critical|Critical')
const rangeSwitching = codes(1, 'Other|Unknown|Manual|Auto-switch|Wide Range|N/A')
/** §7.24.1. */
const bootOptions = codes(1, 'Operating System|System Utilities|Do Not Reboot')

/** Power, cooling and their probes: DSP0134 §7.24, §7.26 to §7.30, §7.40. */
export const powerTypes: ReadonlyMap<number, StructureType> = new Map<number, StructureType>([
  [
    23,
    {
      name: 'System Reset',
      fields: {
        enabled: bit(0x04, 0),
        watchdogPresent: bit(0x04, 5),
        bootOption: named(bootOptions, 0x04, 3, 1),
        bootOptionOnLimit: named(bootOptions, 0x04, 3, 3),
        resetCount: word(0x05, 1, 0xffff),
        resetLimit: word(0x07, 1, 0xffff),
        timerIntervalMinutes: word(0x09, 1, 0xffff),
        timeoutMinutes: word(0x0b, 1, 0xffff),
      },
    },
  ],
  [25, { name: 'System Power Controls', fields: { nextScheduledPowerOn: scheduledPowerOn } }],
  [26, { name: 'Voltage Probe', fields: probe(electricLocations, 'Volts', 0.001, 0.0001) }],
  [
    27,
    {
      name: 'Cooling Device',
      fields: {
        temperatureProbeHandle: handle(0x04, 0xffff),
        type: named(coolingTypes, 0x06, 0x1f),
        status: named(statuses, 0x06, 7, 5),
        unitGroup: byte(0x07, 0),
        oemDefined: hexDoubleWord(0x08),
        /** Null: not known, or it does not rotate. */
        nominalSpeedRpm: word(0x0c, 1, 0x8000),
        description: text(0x0e),
      },
    },
  ],
  [28, { name: 'Temperature Probe', fields: probe(locations, 'Celsius', 0.1, 0.001) }],
  [
    29,
    {
      name: 'Electrical Current Probe',
      fields: probe(electricLocations, 'Amperes', 0.001, 0.0001),
    },
  ],
  [
    39,
    {
      name: 'System Power Supply',
      fields: {
        unitGroup: byte(0x04, 0),
        location: text(0x05),
        deviceName: text(0x06),
        manufacturer: text(0x07),
        serial: text(0x08),
        assetTag: text(0x09),
        modelPartNumber: text(0x0a),
        revision: text(0x0b),
        maximumPowerWatts: word(0x0c, 1, 0x8000),
        present: bit(0x0e, 1),
        status: namedInWord(supplyStatuses, 0x0e, 7, 7),
        type: namedInWord(supplyTypes, 0x0e, 0xf, 10),
        inputVoltageRangeSwitching: namedInWord(rangeSwitching, 0x0e, 0xf, 3),
        unplugged: bit(0x0e, 2),
        hotReplaceable: bit(0x0e, 0),
        inputVoltageProbeHandle: handle(0x10, 0xffff),
        coolingDeviceHandle: handle(0x12, 0xffff),
        inputCurrentProbeHandle: handle(0x14, 0xffff),
      },
    },
  ],
])

/** A probe of volts, degrees or amperes: values in `step`, resolution in `fineStep` of the unit. */
function probe(
  places: typeof locations,
  unit: 'Volts' | 'Celsius' | 'Amperes',
  step: number,
  fineStep: number,
): StructureType['fields'] {
  return {
    description: text(0x04),
    location: named(places, 0x05, 0x1f),
    status: named(statuses, 0x05, 7, 5),
    [`maximum${unit}`]: signedWord(0x06, step),
    [`minimum${unit}`]: signedWord(0x08, step),
    [`resolution${unit}`]: word(0x0a, fineStep, 0x8000),
    [`tolerance${unit}`]: signedWord(0x0c, step),
    accuracyPercent: word(0x0e, 0.01, 0x8000),
    oemDefined: hexDoubleWord(0x10),
    [`nominal${unit}`]: signedWord(0x14, step),
  }
}

/** §7.26.1: BCD month, day, hour, minute, second; `*` for what is not set. */
function scheduledPowerOn(structure: SmbiosStructure): string | undefined {
  if (structure.bytes.length < 9) return undefined
  const part = (at: number, least: number, most: number) => {
    const value = byteAt(structure, at) ?? 0xff
    const decimal = (value & 0xf) <= 9 && value >> 4 <= 9
    return decimal && value >= least && value <= most ? toHex(value, 2) : '*'
  }
  const date = `${part(4, 0x01, 0x12)}-${part(5, 0x01, 0x31)}`
  return `${date} ${part(6, 0, 0x23)}:${part(7, 0, 0x59)}:${part(8, 0, 0x59)}`
}
