import { DecodeError } from '../../../../protocol/errors.ts'
import type { AtaIdentify, AtaSmart } from '../../../../protocol/facts/ata.ts'
import { hexOf, toHex, u16le } from '../integers.ts'
import { attributeName } from './smart-names.ts'

type Attribute = AtaSmart['attributes'][number]

const sectorBytes = 512
const attributeCount = 30
const attributeBytes = 12

/**
 * SMART READ DATA with its thresholds (ACS-2 §7.48.6 and annex A; the table itself is by
 * convention). `identify` tells whose conventions; `healthy` is what RETURN STATUS said.
 */
export function decodeAtaSmart(
  data: Uint8Array,
  thresholds: Uint8Array | null,
  identify: AtaIdentify | null,
  healthy: boolean | null,
): AtaSmart {
  for (const sector of [data, thresholds]) {
    if (sector !== null && sector.length !== sectorBytes) {
      throw new DecodeError(
        `Cannot read SMART data: want ${sectorBytes} bytes, found ${sector.length}`,
      )
    }
  }
  const attributes = attributesOf(data, thresholds, identify)
  const capability = data[367] ?? 0
  const reading = (...names: readonly string[]) => {
    const found = attributes.filter(({ name }) => names.includes(name))
    const amounts = found.flatMap(({ reading: one }) => (one === null ? [] : [one.amount]))
    return amounts.length === 0 ? null : Math.max(...amounts)
  }
  const milliseconds = reading(
    'power-on-hours',
    'power-on-minutes',
    'power-on-seconds',
    'power-on-half-minutes',
  )
  const bad = [reading('reallocated-sector-count'), reading('current-pending-sector')]
  const extended = data[373] ?? 0
  return {
    healthy,
    offlineCollection: offlineStatus(data[362] ?? 0),
    offlineCollectionSeconds: u16le(data, 364),
    selfTest: selfTestStatuses[(data[363] ?? 0) >> 4] ?? 'reserved',
    selfTestRemainingPercent: ((data[363] ?? 0) & 0xf) * 10,
    startAvailable: (capability & 1) !== 0,
    // Subcommand 7Fh of the command of bit 0.
    abortAvailable: (capability & 1) !== 0,
    selfTestAvailable: (capability & 0x10) !== 0,
    conveyanceTestAvailable: (capability & 0x20) !== 0,
    shortTestMinutes: data[372] ?? 0,
    extendedTestMinutes: extended === 0xff ? u16le(data, 375) : extended,
    conveyanceTestMinutes: data[374] ?? 0,
    attributes,
    dataChecksumValid: sumOf(data) === 0,
    thresholdsChecksumValid: thresholds === null ? null : sumOf(thresholds) === 0,
    powerOnHours: milliseconds === null ? null : milliseconds / 3_600_000,
    powerCycleCount: reading('power-cycle-count'),
    temperatureCelsius: reading(
      'temperature-celsius',
      'temperature-celsius-2',
      'temperature-centi-celsius',
      'airflow-temperature-celsius',
    ),
    badSectorCount: bad.every((one) => one === null)
      ? null
      : bad.reduce<number>((sum, one) => sum + (one ?? 0), 0),
  }
}

/** ACS-2 table 137, without the bit that says "automatic". */
const offlineStatuses: ReadonlyMap<number, string> = new Map([
  [0, 'never started'],
  [2, 'completed'],
  [3, 'in progress'],
  [4, 'suspended'],
  [5, 'aborted by the host'],
  [6, 'aborted by the device'],
])

function offlineStatus(code: number): string {
  // Only without the bit is it in progress; from 40h on, with it or not, it is the maker's.
  if (code === 0x83) return 'reserved'
  if ((code & 0x40) !== 0) return 'vendor-specific'
  return offlineStatuses.get(code & 0x7f) ?? 'reserved'
}

/** ACS-2 table 138. */
const selfTestStatuses: readonly (string | null)[] = [
  'passed or never run',
  'aborted by the host',
  'interrupted by a reset',
  'fatal error',
  'failed: unknown element',
  'failed: electrical element',
  'failed: servo element',
  'failed: read element',
  'failed: handling damage',
  null,
  null,
  null,
  null,
  null,
  null,
  'in progress',
]

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + byte, 0) % 256
}

function attributesOf(
  data: Uint8Array,
  thresholds: Uint8Array | null,
  identify: AtaIdentify | null,
): Attribute[] {
  const limits = new Map(
    rowsOf(thresholds ?? new Uint8Array(0)).map((row) => [row[0] ?? 0, row[1] ?? 0]),
  )
  return rowsOf(data).map((row) => {
    const id = row[0] ?? 0
    const value = inRange(row[3] ?? 0)
    const worst = inRange(row[4] ?? 0)
    const threshold = limits.get(id) ?? null
    const { name, unit } = attributeName(id, identify)
    return {
      id,
      name,
      value,
      worst,
      threshold: threshold === 0xfe ? null : threshold,
      prefailure: ((row[1] ?? 0) & 1) !== 0,
      online: ((row[1] ?? 0) & 2) !== 0,
      flags: toHex(u16le(row, 1), 4),
      raw: hexOf(row, 5, 11),
      reading: readingOf(unit, row.subarray(5, 11), value),
      good: goodOf(value, threshold),
    }
  })
}

/** The rows of a table from byte 2 on that are in use. */
function rowsOf(sector: Uint8Array): readonly Uint8Array[] {
  const rows: Uint8Array[] = []
  for (let index = 0; index < attributeCount; index++) {
    const at = 2 + index * attributeBytes
    const row = sector.subarray(at, at + attributeBytes)
    if (row.length === attributeBytes && (row[0] ?? 0) !== 0) rows.push(row)
  }
  return rows
}

/** 0, FEh and FFh are no values. */
function inRange(value: number): number | null {
  return value >= 1 && value <= 0xfd ? value : null
}

/** Thresholds 0 (always passing) and from FEh on (always failing, invalid) tell nothing. */
function goodOf(value: number | null, threshold: number | null): boolean | null {
  if (value === null || threshold === null || threshold < 1 || threshold > 0xfd) return null
  return value > threshold
}

/** A disk that is ready at once or after an hour counts something else. */
function shortTime(amount: number): Attribute['reading'] {
  return amount >= 1 && amount <= 3_600_000 ? { amount, unit: 'milliseconds' } : null
}

/** Nothing with SMART has run for no time or for longer: then the bytes count something else. */
function longTime(amount: number): Attribute['reading'] {
  const isTime = amount > 0 && amount <= 30 * 365 * 86_400_000
  return isTime ? { amount, unit: 'milliseconds' } : null
}

/** What no disk survives is no temperature. */
function temperature(amount: number): Attribute['reading'] {
  return amount > 100 ? null : { amount, unit: 'celsius' }
}

/** All ones are no number of sectors. */
function sectors(amount: number): Attribute['reading'] {
  return amount === 2 ** 32 - 1 || amount === 2 ** 48 - 1 ? null : { amount, unit: 'sectors' }
}

function readingOf(
  unit: ReturnType<typeof attributeName>['unit'],
  raw: Uint8Array,
  value: number | null,
): Attribute['reading'] {
  const low = (bytes: number) =>
    raw.subarray(0, bytes).reduce((sum, byte, index) => sum + byte * 256 ** index, 0)
  switch (unit) {
    case 'count':
      return { amount: low(6), unit: 'count' }
    case 'sectors':
      return sectors(low(6))
    case 'reallocated sectors':
      // Some disks keep other counts above them, as they keep least and most above temperatures.
      return sectors(low(4))
    case 'spin-up milliseconds':
      return shortTime(low(2))
    case 'milliseconds':
      return shortTime(low(6))
    case 'seconds':
      return longTime(low(6) * 1000)
    case 'half minutes':
      return longTime(low(6) * 30_000)
    case 'minutes':
      return longTime(low(6) * 60_000)
    case 'hours':
      return longTime(low(4) * 3_600_000)
    case 'celsius':
      return temperature(low(2))
    case 'tenths of celsius':
      return temperature(low(2) / 10)
    case 'percent':
      return value === null ? null : { amount: value, unit: 'percent' }
    case 'workload minutes':
      // All ones until a workload of an hour was timed.
      return low(2) === 0xffff ? null : { amount: low(6) * 60_000, unit: 'milliseconds' }
    case '1024ths of percent':
      return low(2) === 0xffff ? null : { amount: low(6) / 1024, unit: 'percent' }
    case 'units of 32 MiB':
      return low(6) > 2 ** 28 ? null : { amount: low(6) * 2 ** 25, unit: 'bytes' }
    case null:
      return null
  }
}
