import { amountText } from '../../../protocol/human-text.ts'
import type { Unit } from '../../../protocol/quantity.ts'

/** Units that names of facts end in, the longer before the shorter. */
const suffixes: readonly (readonly [string, (value: number) => string])[] = [
  ['BitsPerSecond', (value) => amountText(value, 'bit/s')],
  ['BytesPerSecond', (value) => amountText(value, 'B/s')],
  ['GtPerS', (value) => `${value} GT/s`],
  ['MtPerS', (value) => `${value} MT/s`],
  ['Celsius', (value) => `${value} °C`],
  ['Seconds', (value) => `${value} s`],
  ['Amperes', (value) => `${value} A`],
  ['Percent', (value) => `${value} %`],
  ['Watts', (value) => `${value} W`],
  ['Volts', (value) => `${value} V`],
  ['Bytes', (value) => amountText(value, 'B', isBinary(value))],
  ['Bits', (value) => `${value} bit`],
  ['Ratio', (value) => `${Math.round(value * 100)} %`],
  ['Hz', (value) => amountText(value, frequency)],
]

const frequency: Unit = 'Hz'

/** A value of a fact for people, in the unit its name ends in; null where there is none. */
export function valueText(name: string, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') {
    const unit = suffixes.find(([suffix]) => name.endsWith(suffix))
    if (unit !== undefined) return unit[1](value)
    return name === 'laneWidth' || name === 'maxLaneWidth' ? `x${value}` : String(value)
  }
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return booleanText(name, value)
  if (!Array.isArray(value)) return clipped(JSON.stringify(value))
  if (value.length === 0) return null
  if (value.every((each) => Number.isSafeInteger(each)))
    return clipped(rangesText(value.map(Number)))
  const texts = value.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
  return clipped(texts.join(', '))
}

/** What yes and no mean of a field, where another word says it better. */
const booleanWords: Readonly<Record<string, readonly [yes: string, no: string]>> = {
  active: ['up', 'down'],
  carrier: ['up', 'down'],
  enabled: ['on', 'off'],
  healthy: ['healthy', 'failing'],
  iommu: ['on', 'off'],
  linkUp: ['up', 'down'],
  secureBoot: ['on', 'off'],
  smtActive: ['on', 'off'],
  triggered: ['triggered', 'not triggered'],
}

function booleanText(name: string, value: boolean): string {
  const [yes, no] = booleanWords[name] ?? ['yes', 'no']
  return value ? yes : no
}

/** `0-3,8` for numbers that ascend. */
function rangesText(numbers: readonly number[]): string {
  const ranges: (readonly [number, number])[] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last !== undefined && number === last[1] + 1) ranges[ranges.length - 1] = [last[0], number]
    else ranges.push([number, number])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

/** `linkSpeedBitsPerSecond` -> `link speed`: the name without its unit, as words. */
export function nameText(name: string): string {
  const suffix = suffixes.find(([unit]) => name.endsWith(unit) && name.length > unit.length)?.[0]
  const bare = suffix === undefined ? name : name.slice(0, -suffix.length)
  return bare.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()
}

/** Memory comes in whole MiB, disks in powers of ten. */
function isBinary(value: number): boolean {
  return value > 0 && value % (1024 * 1024) === 0 && value % 1_000_000 !== 0
}

const shownCharacters = 120

function clipped(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}...`
}
