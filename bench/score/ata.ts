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
    else {
      const isFault = field === 'Abort Self-Test Available' && value !== theirs.trim()
      const reason = isFault ? { peerIsWrong: abortFault } : {}
      comparisons.push({ machine, field, ours: value, theirs: theirs.trim(), ...reason })
    }
  }
}

const abortFault =
  'it asks for bits 0, 3 and 5: abort is a subcommand of bit 0 alone (ACS-2 §7.48.6.6)'

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
    'failed: unknown element',
    'The previous self-test completed having a test element that failed and the test element that failed.',
  ],
  [
    'failed: electrical element',
    'The previous self-test completed having the electrical element of the test failed.',
  ],
  [
    'failed: servo element',
    'The previous self-test completed having the servo (and/or seek) test element of the test failed.',
  ],
  [
    'failed: read element',
    'The previous self-test completed having the read element of the test failed.',
  ],
  [
    'failed: handling damage',
    'The previous self-test completed having a test element that failed and the device is suspected of having handling damage.',
  ],
  ['in progress', 'Self-test routine in progress'],
])

function headOf({ identify, smart }: AtaSmartFile): ReadonlyMap<string, string> {
  const yes = (value: boolean | null | undefined) => (value === true ? 'yes' : 'no')
  const lines = new Map([
    ['Model', `[${spaced(identify?.model)}]`],
    ['Serial', `[${spaced(identify?.serial)}]`],
    ['Firmware', `[${spaced(identify?.firmware)}]`],
    ['SMART Available', yes(identify?.features.smart.supported)],
  ])
  if (smart === null) return lines
  const told: readonly (readonly [string, string])[] = [
    [
      'SMART Disk Health Good',
      smart.healthy === null ? 'No such device or address' : yes(smart.healthy),
    ],
    [
      'Off-line Data Collection Status',
      `[${offline.get(smart.offlineCollection) ?? 'Unknown status'}]`,
    ],
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

/** skdump shows what is not ASCII as blanks and several blanks as one. */
function spaced(text: string | null | undefined): string {
  return (text ?? '')
    .replaceAll(/[^\x20-\x7e]/g, ' ')
    .replaceAll(/ +/g, ' ')
    .trim()
}

function missing(value: number | null, print: (value: number) => string): string {
  return value === null ? 'No such file or directory' : print(value)
}

function overall({ healthy, badSectorCount, attributes }: AtaSmart): string {
  if (healthy === null) return 'No such device or address'
  if (!healthy) return 'BAD_STATUS'
  const failing = attributes.filter(({ good }) => good === false)
  if (failing.some(({ name }) => name === 'reallocated-sector-count')) return 'BAD_SECTOR_MANY'
  if (failing.some(({ prefailure }) => prefailure)) return 'BAD_ATTRIBUTE_NOW'
  if ((badSectorCount ?? 0) > 0) return 'BAD_SECTOR'
  return attributes.some(hasFailed) ? 'BAD_ATTRIBUTE_IN_THE_PAST' : 'GOOD'
}

function hasFailed({ prefailure, worst, threshold }: AtaSmart['attributes'][number]): boolean {
  if (!prefailure || worst === null || threshold === null) return false
  return threshold >= 1 && threshold <= 0xfd && worst <= threshold
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
  if (unit === undefined) return `${Math.floor(milliseconds)} ms`
  return `${oneDecimal(milliseconds / unit[0])} ${unit[1]}`
}

/** As C prints `%.1f`: a tie goes to the even digit. */
function oneDecimal(value: number): string {
  const tenths = Math.floor(value * 10)
  const isTie = value * 20 === tenths * 2 + 1 && (value * 8) % 1 === 0
  return isTie ? ((tenths + (tenths % 2)) / 10).toFixed(1) : value.toFixed(1)
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
      const fault = own === theirs ? undefined : skdumpFault(name, field, theirs)
      const reason = fault === undefined ? {} : { peerIsWrong: fault }
      comparisons.push({ machine: place, field, ours: own, theirs, ...reason })
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
      return attribute?.name === 'timed-workload-media-wear'
        ? `${Math.floor(reading.amount).toFixed(3)}%`
        : `${reading.amount}%`
    case 'bytes':
      return megabytes(Math.floor(reading.amount / 1e6))
    case undefined:
      return 'n/a'
  }
}

function megabytes(amount: number): string {
  if (amount >= 1e6) return `${(amount / 1e6).toFixed(3)} TB`
  return amount >= 1000 ? `${(amount / 1000).toFixed(3)} GB` : `${amount} MB`
}

/** Why skdump 0.19 is wrong in the reading of an attribute; undefined: it is not known to be. */
function skdumpFault(name: string, field: string, theirs: string): string | undefined {
  if (field !== 'reading') return undefined
  if (/^total-lbas-(written|read)$/.test(name)) {
    return 'it counts units of 32 MiB, which is what Intel means by the number and others do not'
  }
  if (name === 'media-wearout-indicator') {
    return 'it shows the raw bytes, which are always 0: the normalized value tells (Intel SSD 320)'
  }
  if (name === 'timed-workload-host-reads' || /^(63\.000%|1\.5 months)$/.test(theirs)) {
    return 'FFFFh says that no workload was timed, and reads are whole percents (Intel SSD 320)'
  }
  return theirs === '0 sectors' ? 'all ones are no number of sectors' : undefined
}
