import { DecodeError } from './errors.ts'

/**
 * Quantities as Kubernetes writes them (`1.5Ti`, `400G`, `1500m`), with an explicit unit where the
 * writer wants one (`300GB/s`, `400Gbit/s`, `3.2GHz`, `85ns`). Held as whole steps of the unit in a
 * `bigint`, so that comparisons are exact.
 */
export const units = {
  /** Bytes. */
  B: { stepsPerUnit: 1n, noun: 'bytes', example: '1.5TiB' },
  'B/s': { stepsPerUnit: 1n, noun: 'bytes per second', example: '300GB/s' },
  'bit/s': { stepsPerUnit: 1n, noun: 'bits per second', example: '400Gbit/s' },
  Hz: { stepsPerUnit: 1n, noun: 'hertz', example: '3.2GHz' },
  'FLOP/s': { stepsPerUnit: 1n, noun: 'floating-point operations per second', example: '2TFLOP/s' },
  'op/s': { stepsPerUnit: 1_000n, noun: 'operations per second', example: '500kop/s' },
  'T/s': { stepsPerUnit: 1n, noun: 'transfers per second', example: '16GT/s' },
  W: { stepsPerUnit: 1_000n, noun: 'watts', example: '350W' },
  s: { stepsPerUnit: 1_000_000_000_000n, noun: 'seconds', example: '85ns' },
} as const satisfies Record<string, UnitDefinition>

/** What a quantity counts. A prefix may stand before it: `G` + `B/s`. */
export type Unit = keyof typeof units

interface UnitDefinition {
  /** Values are whole multiples of 1/stepsPerUnit of the unit. */
  readonly stepsPerUnit: bigint
  readonly noun: string
  /** A well-formed quantity, for error texts. */
  readonly example: string
}

/** What to do with a quantity that is no whole number of steps, such as `1.4TiB` in bytes. */
export type Rounding = 'up' | 'down' | 'refuse'

type Prefix = readonly [text: string, numerator: bigint, denominator: bigint]

/** Prefixes with their factor as a fraction of whole numbers, largest first. */
const prefixes: readonly Prefix[] = [
  ['Ei', 1n << 60n, 1n],
  ['E', 10n ** 18n, 1n],
  ['Pi', 1n << 50n, 1n],
  ['P', 10n ** 15n, 1n],
  ['Ti', 1n << 40n, 1n],
  ['T', 10n ** 12n, 1n],
  ['Gi', 1n << 30n, 1n],
  ['G', 10n ** 9n, 1n],
  ['Mi', 1n << 20n, 1n],
  ['M', 10n ** 6n, 1n],
  ['Ki', 1n << 10n, 1n],
  ['k', 10n ** 3n, 1n],
  ['', 1n, 1n],
  ['m', 1n, 10n ** 3n],
  ['u', 1n, 10n ** 6n],
  ['n', 1n, 10n ** 9n],
  ['p', 1n, 10n ** 12n],
]

/** Prefixes of whole numbers, with the least step that has no more than three decimals. */
const wholePrefixes = prefixes.flatMap(([text, factor, divisor]) => {
  if (divisor !== 1n) return []
  const decimals = text.endsWith('i') ? 8n : 1_000n
  return [[text, Number(factor), factor < decimals ? 1 : Number(factor / decimals)] as const]
})

const prefixByText = new Map(prefixes.map((prefix) => [prefix[0], prefix]))

/** Long enough for every sensible quantity, short enough that its digits cost nothing. */
const maxTextLength = 48
const maxExponent = 30

/** More than there is of anything, and short enough that its text is read again. */
export const maxSteps = 10n ** 36n

/**
 * Steps of `unit` in a quantity: `1.5TiB` is 1649267441664n for `B`. The unit may be left out. A
 * number stands for itself in the unit; one that a double may not hold exactly is refused.
 * @throws {DecodeError} when it is no quantity of this unit, quoting it and saying a wanted form
 */
export function parseQuantity(
  value: string | number,
  unit: Unit,
  rounding: Rounding = 'refuse',
): bigint {
  if (typeof value === 'number' && value > Number.MAX_SAFE_INTEGER) {
    throw refusal(value, unit, 'is too large for a number to hold exactly, put it in quotes')
  }
  const text = typeof value === 'number' ? numberText(value) : value.trim()
  const parts = /^(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?\s*([A-Za-z/]*)$/.exec(text)
  if (parts === null || text.length > maxTextLength) throw refusal(value, unit, 'is no quantity')
  const [, whole = '', decimals = '', exponentText = '0', suffix = ''] = parts
  const exponent = Number(exponentText) - decimals.length
  if (Math.abs(exponent) > maxExponent) throw refusal(value, unit, 'is out of range')
  const [, factor, divisor] = prefixOf(suffix, unit, value)
  const numerator = BigInt(whole + decimals) * power10(exponent) * factor * units[unit].stepsPerUnit
  const denominator = power10(-exponent) * divisor
  const floor = numerator / denominator
  if (floor >= maxSteps) throw refusal(value, unit, 'is out of range')
  if (floor * denominator === numerator) return floor
  if (rounding === 'refuse') throw refusal(value, unit, `is no whole number of ${stepNoun(unit)}`)
  return rounding === 'up' ? floor + 1n : floor
}

/**
 * The shortest exact text with its unit: `1.5TiB`, `400Gbit/s`, `16777216001B`. Parses back to the
 * same steps.
 */
export function formatQuantity(steps: bigint, unit: Unit): string {
  const { stepsPerUnit } = units[unit]
  return stepsPerUnit === 1n && steps <= maxWhole && steps >= 0n
    ? formatWhole(Number(steps), unit)
    : formatExactly(steps, unit)
}

const maxWhole = BigInt(Number.MAX_SAFE_INTEGER)

/** The same for a whole number of units, without big numbers: there are many of them. */
function formatWhole(steps: number, unit: Unit): string {
  let shortest: string | null = null
  for (const [prefix, factor, thousandth] of wholePrefixes) {
    if ((steps > 0 && steps < factor) || steps % thousandth !== 0) continue
    const text = `${steps / factor}${prefix}${unit}`
    if (shortest === null || text.length < shortest.length) shortest = text
  }
  return shortest === null || shortest.length > unit.length + 9 ? `${steps}${unit}` : shortest
}

function formatExactly(steps: bigint, unit: Unit): string {
  let shortest: string | null = null
  for (const [prefix, factor, divisor] of prefixes) {
    if (divisor > units[unit].stepsPerUnit) continue
    // At most three decimals, so that the text stays readable.
    const thousandths = steps * divisor * 1_000n
    const size = factor * units[unit].stepsPerUnit
    if (thousandths % size !== 0n || (steps > 0n && thousandths < size * 1_000n)) continue
    const text = `${decimalText(thousandths / size)}${prefix}${unit}`
    if (shortest === null || text.length < shortest.length) shortest = text
  }
  // An odd size says more as it is: 16003126444032B, not 15628053168KiB.
  const odd = shortest === null || shortest.length > unit.length + 9
  return odd && units[unit].stepsPerUnit === 1n
    ? `${steps}${unit}`
    : (shortest ?? exact(steps, unit))
}

/**
 * Three significant digits for people: `1.36 TiB`, `400 Gbit/s`. `binary` picks the IEC prefixes
 * (memory), otherwise SI (disks, rates). Rounds down; never parsed again.
 */
export function humanQuantity(steps: bigint, unit: Unit, binary = false): string {
  const per = units[unit].stepsPerUnit
  const usable = prefixes.filter(([text]) => text === '' || text.endsWith('i') === binary)
  const best = usable.find(([, factor, divisor]) => steps * divisor >= factor * per) ?? prefixes[12]
  if (best === undefined || steps === 0n) return `0 ${unit}`
  const [text, factor, divisor] = best
  const thousandths = Number((steps * divisor * 1_000n) / (factor * per))
  const digits = thousandths >= 100_000 ? 0 : thousandths >= 10_000 ? 1 : 2
  const scale = 10 ** digits
  const rounded = Math.floor((thousandths / 1_000) * scale + 1e-9) / scale
  return `${rounded} ${text}${unit}`
}

/** Whether a number of units, as somebody reports it, is an amount that there may be. */
export function isAmount(value: number, unit: Unit): boolean {
  return value >= 0 && value * Number(units[unit].stepsPerUnit) < Number(maxSteps)
}

/** Steps nearest to a measured or read number of units. Facts hold whole base units or floats. */
export function quantityFromNumber(value: number, unit: Unit): bigint {
  const scaled = value * Number(units[unit].stepsPerUnit)
  if (!Number.isFinite(scaled) || scaled < 0) {
    throw new DecodeError(`quantity ${value} is not a finite number of ${units[unit].noun}`)
  }
  return BigInt(Math.round(scaled))
}

/** Units in a number of steps, as a float. For scores and charts, not for comparisons. */
export function quantityToNumber(steps: bigint, unit: Unit): number {
  return Number(steps) / Number(units[unit].stepsPerUnit)
}

/** The form of a quantity of a unit, as a regular expression; {@link parseQuantity} asks for more. */
export function quantityPattern(unit: Unit): string {
  const own = prefixes.map(([text]) => text).filter((text) => text !== '')
  return String.raw`^\s*\d+(\.\d+)?([eE][+-]?\d{1,3})?\s*(${own.join('|')})?(${unit})?\s*$`
}

/** Whether a text names one of {@link units}. */
export function isUnit(text: string): text is Unit {
  return Object.hasOwn(units, text)
}

function prefixOf(suffix: string, unit: Unit, value: string | number): Prefix {
  const own = suffix.endsWith(unit) ? suffix.slice(0, -unit.length) : suffix
  const prefix = prefixByText.get(own) ?? prefixByText.get(suffix)
  if (prefix !== undefined) return prefix
  const other = Object.keys(units).find(
    (text) => suffix.endsWith(text) && prefixByText.has(suffix.slice(0, -text.length)),
  )
  if (other !== undefined) throw refusal(value, unit, `is in ${other}, not in ${unit}`)
  if (suffix.startsWith('K'))
    throw refusal(value, unit, `has the prefix 'K'; 1000 is 'k' and 1024 is 'Ki'`)
  throw refusal(value, unit, `has an unknown suffix '${suffix}'`)
}

function refusal(value: string | number, unit: Unit, problem: string): DecodeError {
  const quoted = String(value).slice(0, maxTextLength)
  const { noun, example } = units[unit]
  return new DecodeError(`'${quoted}' ${problem}; write a number of ${noun} such as ${example}`)
}

function numberText(value: number): string {
  if (!Number.isFinite(value) || value < 0) return 'not a number'
  return String(value)
}

function stepNoun(unit: Unit): string {
  const { stepsPerUnit, noun } = units[unit]
  return stepsPerUnit === 1n ? noun : `1/${stepsPerUnit} of ${noun}`
}

function power10(exponent: number): bigint {
  return exponent > 0 ? 10n ** BigInt(exponent) : 1n
}

function decimalText(thousandths: bigint): string {
  const decimals = (thousandths % 1_000n).toString().padStart(3, '0').replace(/0+$/, '')
  const whole = (thousandths / 1_000n).toString()
  return decimals === '' ? whole : `${whole}.${decimals}`
}

/** A text with as many decimals as the unit's step needs. */
function exact(steps: bigint, unit: Unit): string {
  const per = units[unit].stepsPerUnit
  const places = per.toString().length - 1
  const decimals = (steps % per).toString().padStart(places, '0').replace(/0+$/, '')
  return `${steps / per}${decimals === '' ? '' : `.${decimals}`}${unit}`
}
