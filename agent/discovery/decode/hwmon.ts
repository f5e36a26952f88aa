import { DecodeError } from '../../../protocol/errors.ts'
import type { Sensor, SensorKind } from '../../../protocol/facts/sensors.ts'

/** A file of a hwmon chip, `temp1_crit_alarm`, taken apart. */
export interface HwmonFile {
  readonly sensor: string
  readonly kind: SensorKind
  /** `crit_alarm`; `duty` of the file that is a fan's drive itself, `pwm1`. */
  readonly attribute: string
}

/** Null for a file that belongs to no sensor (kernel document hwmon/sysfs-interface). */
export function hwmonFile(name: string): HwmonFile | null {
  const found =
    /^((temp|in|fan|curr|power|energy|humidity|freq|intrusion|pwm)\d{1,4})(?:_([a-z0-9_]{1,48}))?$/.exec(
      name,
    )
  const [, sensor, kind, attribute] = found ?? []
  if (sensor === undefined || !isKind(kind)) return null
  if (attribute !== undefined) return { sensor, kind, attribute }
  return kind === 'pwm' ? { sensor, kind, attribute: 'duty' } : null
}

/** What the files of one sensor hold, by attribute. */
export function decodeSensor(
  sensor: string,
  kind: SensorKind,
  files: ReadonlyMap<string, string>,
): Sensor {
  const values: Record<string, number> = {}
  const states: Record<string, boolean | number> = {}
  for (const [attribute, text] of files) {
    if (attribute === 'label') continue
    // Some drivers show words or lists beside the numbers; these are none of the interface.
    if (!/^-?\d{1,20}$/.test(text)) continue
    const number = Number(text)
    if (!Number.isSafeInteger(number)) {
      throw new DecodeError(`Cannot read ${sensor}_${attribute}: ${text} is too large`)
    }
    if (isFlag(kind, attribute) && (number === 0 || number === 1)) states[attribute] = number === 1
    else if (isValue(kind, attribute)) values[attribute] = number / (divisors[kind] ?? 1)
    else states[attribute] = number
  }
  return { name: sensor, label: null, values, states }
}

/** The kernel counts in thousandths, of power and energy in millionths. */
const divisors: Readonly<Partial<Record<SensorKind, number>>> = {
  temp: 1000,
  in: 1000,
  curr: 1000,
  humidity: 1000,
  power: 1_000_000,
  energy: 1_000_000,
}

const kinds: ReadonlySet<string> = new Set<SensorKind>([
  'temp',
  'in',
  'fan',
  'curr',
  'power',
  'energy',
  'humidity',
  'freq',
  'pwm',
  'intrusion',
])

function isKind(kind: string | undefined): kind is SensorKind {
  return kind !== undefined && kinds.has(kind)
}

function isFlag(kind: SensorKind, attribute: string): boolean {
  if (attribute === 'enable') return kind !== 'pwm'
  return /(^|_)(alarm|fault|beep)$/.test(attribute)
}

const limits = /^(?:rated_)?(?:min|max)$|^l?crit$|^(?:min|max|l?crit|emergency)_hyst$/
const powerValues =
  /^(?:average|average_(?:highest|lowest|min|max)|input_(?:highest|lowest)|cap|cap_(?:min|max|hyst))$/

function isValue(kind: SensorKind, attribute: string): boolean {
  if (kind === 'pwm' || kind === 'intrusion') return false
  if (attribute === 'input') return true
  if (kind === 'fan') return /^(min|max|target)$/.test(attribute)
  if (kind === 'energy' || kind === 'freq') return false
  if (limits.test(attribute)) return true
  if (kind === 'power') return powerValues.test(attribute)
  if (kind === 'temp') return /^(emergency|offset|lowest|highest)$/.test(attribute)
  return /^(average|lowest|highest)$/.test(attribute)
}
