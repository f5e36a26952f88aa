import { readFile } from 'node:fs/promises'
import { decodeAtaSmartFile } from '../../agent/discovery/decode/ata/file.ts'
import type { AtaSmart, AtaSmartFile } from '../../protocol/facts/ata.ts'
import { corpusNames, corpusPath } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'

const folder = 'libatasmart'
const suffix = '.skdump-0.19.txt'

/** Every line skdump prints: identity, tests, and each attribute. */
export const ataScorer: Scorer = {
  source: 'ata',
  peer: 'skdump 0.19',
  corpus: folder,
  targetRatio: 0.99,
  async measure() {
    const names = await corpusNames(`${folder}/oracle`, suffix)
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const name of names) {
      const found = decodeAtaSmartFile(
        new Uint8Array(await readFile(corpusPath(folder, 'blobs', name))),
      )
      const oracle = await readFile(corpusPath(`${folder}/oracle`, `${name}${suffix}`), 'utf8')
      const [head = '', table = ''] = withoutColors(oracle).split(/^ID# .*$/m)
      compareHead(name, head, headOf(found), comparisons, uncovered)
      compareTable(name, table, found.smart, comparisons)
    }
    return { machineCount: names.length, comparisons, uncovered }
  },
}

function withoutColors(text: string): string {
  return text.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d*m`, 'g'), '')
}

/** What skdump says of its own access to the disk, not of the disk. */
const aboutItself = /^(Device|Type|Size|Awake|Quirks|Attribute Parsing Verification)$/

function compareHead(
  machine: string,
  text: string,
  ours: ReadonlyMap<string, string>,
  comparisons: Comparison[],
  uncovered: string[],
): void {
  for (const line of text.split('\n')) {
    const [, field, theirs] = /^([^:]+): (.*)$/.exec(line) ?? []
    if (field === undefined || theirs === undefined || aboutItself.test(field)) continue
    const value = ours.get(field)
    if (value === undefined) uncovered.push(`${machine}: ${field}`)
    else comparisons.push({ machine, field, ours: value, theirs: theirs.trim() })
  }
}

const offline: ReadonlyMap<string, string> = new Map([
  ['never started', 'Off-line data collection activity was never started.'],
  ['completed', 'Off-line data collection activity was completed without error.'],
  ['in progress', 'Off-line activity in progress.'],
  [
    'suspended',
    'Off-line data collection activity was suspended by an interrupting command from host.',
  ],
  [
    'aborted by the host',
    'Off-line data collection activity was aborted by an interrupting command from host.',
  ],
  [
    'aborted by the device',
    'Off-line data collection activity was aborted by the device with a fatal error.',
  ],
])
const selfTests: ReadonlyMap<string, string> = new Map([
  [
    'passed or never run',
    'The previous self-test routine completed without error or no self-test has ever been run.',
  ],
  ['aborted by the host', 'The self-test routine was aborted by the host.'],
  [
    'interrupted by a reset',
    'The self-test routine was interrupted by the host with a hardware or software reset.',
  ],
  [
    'fatal error',
    'A fatal error or unknown test error occurred while the device was executing its self-test routine and the device was unable to complete the self-test routine.',
  ],
  [
    'failed: read element',
    'The previous self-test completed having the read element of the test failed.',
  ],
  ['in progress', 'Self-test routine in progress'],
])

function headOf({ identify, smart }: AtaSmartFile): ReadonlyMap<string, string> {
  const yes = (value: boolean | null | undefined) => (value === true ? 'yes' : 'no')
  const lines = new Map([
    ['Model', `[${identify?.model ?? ''}]`],
    ['Serial', `[${identify?.serial ?? ''}]`],
    ['Firmware', `[${identify?.firmware ?? ''}]`],
    ['SMART Available', yes(identify?.features.smart.supported)],
  ])
  if (smart === null) return lines
  const told: readonly (readonly [string, string])[] = [
    [
      'SMART Disk Health Good',
      smart.healthy === null ? 'No such device or address' : yes(smart.healthy),
    ],
    ['Off-line Data Collection Status', `[${offline.get(smart.offlineCollection) ?? ''}]`],
    ['Total Time To Complete Off-Line Data Collection', `${smart.offlineCollectionSeconds} s`],
    ['Self-Test Execution Status', `[${selfTests.get(smart.selfTest) ?? ''}]`],
    ['Percent Self-Test Remaining', `${smart.selfTestRemainingPercent}%`],
    ['Conveyance Self-Test Available', yes(smart.conveyanceTestAvailable)],
    ['Short/Extended Self-Test Available', yes(smart.selfTestAvailable)],
    ['Start Self-Test Available', yes(smart.startAvailable)],
    ['Abort Self-Test Available', yes(smart.abortAvailable)],
    ['Short Self-Test Polling Time', `${smart.shortTestMinutes} min`],
    ['Extended Self-Test Polling Time', `${smart.extendedTestMinutes} min`],
    ['Conveyance Self-Test Polling Time', `${smart.conveyanceTestMinutes} min`],
    ['Bad Sectors', missing(smart.badSectorCount, (count) => `${count} sectors`)],
    ['Powered On', missing(smart.powerOnHours, (hours) => duration(hours * 3_600_000))],
    ['Power Cycles', missing(smart.powerCycleCount, String)],
    [
      'Average Powered On Per Power Cycle',
      smart.powerOnHours === null || smart.powerCycleCount === null || smart.powerCycleCount === 0
        ? missing(null, String)
        : duration((smart.powerOnHours * 3_600_000) / smart.powerCycleCount),
    ],
    ['Temperature', missing(smart.temperatureCelsius, (celsius) => `${celsius.toFixed(1)} C`)],
    ['Overall Status', overall(smart)],
  ]
  return new Map([...lines, ...told])
}

function missing(value: number | null, print: (value: number) => string): string {
  return value === null ? 'No such file or directory' : print(value)
}

function overall({ healthy, badSectorCount, attributes }: AtaSmart): string {
  if (healthy === null) return 'No such device or address'
  if (!healthy) return 'BAD_STATUS'
  if ((badSectorCount ?? 0) > 0) return 'BAD_SECTOR'
  return attributes.some(({ good, prefailure }) => good === false && prefailure)
    ? 'BAD_ATTRIBUTE_NOW'
    : 'GOOD'
}

const durations: readonly (readonly [number, string])[] = [
  [365 * 86_400_000, 'years'],
  [30 * 86_400_000, 'months'],
  [86_400_000, 'days'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]

function duration(milliseconds: number): string {
  const unit = durations.find(([length]) => milliseconds >= length)
  if (unit === undefined) return `${Math.round(milliseconds)} ms`
  return `${(milliseconds / unit[0]).toFixed(1)} ${unit[1]}`
}

const row =
  /^ *(\d+) (\S+) +(\S+) +(\S+) +(\S+) +(.*?) +0x([0-9a-f]{12}) (prefail|old-age) +(online|offline) +(\S+) +(\S+)/

function compareTable(
  machine: string,
  table: string,
  smart: AtaSmart | null,
  comparisons: Comparison[],
): void {
  for (const line of table.split('\n')) {
    const found = row.exec(line)
    if (found === null) continue
    const [
      ,
      id = '',
      name = '',
      value = '',
      worst = '',
      threshold = '',
      pretty = '',
      raw = '',
      type = '',
      updates = '',
      good = '',
    ] = found
    const ours = smart?.attributes.find((one) => one.id === Number(id))
    const place = `${machine} attribute ${id}`
    const number = (one: number | null | undefined) =>
      one === null || one === undefined ? 'n/a' : String(one)
    const fields: readonly (readonly [string, string, string])[] = [
      ['name', ours?.name ?? '', name],
      ['value', number(ours?.value), value],
      ['worst', number(ours?.worst), worst],
      ['threshold', number(ours?.threshold), threshold],
      ['raw', ours?.raw ?? '', raw],
      ['type', ours?.prefailure === true ? 'prefail' : 'old-age', type],
      ['updates', ours?.online === true ? 'online' : 'offline', updates],
      ['good', ours?.good === null || ours === undefined ? 'n/a' : ours.good ? 'yes' : 'no', good],
      ['reading', prettyOf(ours), pretty],
    ]
    for (const [field, own, theirs] of fields) {
      comparisons.push({ machine: place, field, ours: own, theirs })
    }
  }
}

function prettyOf(attribute: AtaSmart['attributes'][number] | undefined): string {
  const reading = attribute?.reading
  switch (reading?.unit) {
    case 'count':
      return String(reading.amount)
    case 'sectors':
      return `${reading.amount} sectors`
    case 'milliseconds':
      return duration(reading.amount)
    case 'celsius':
      return `${reading.amount.toFixed(1)} C`
    case 'percent':
      return `${reading.amount}%`
    case undefined:
      return 'n/a'
  }
}
