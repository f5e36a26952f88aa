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
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return clipped(JSON.stringify(value))
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
