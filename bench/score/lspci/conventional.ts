import { expressLines, expressTitle } from './express.ts'
import { hyperTransportLines, hyperTransportTitle } from './hyper-transport.ts'
import { intelLines } from './intel.ts'
import { at, type Fields, hex, isRecord, type Line, linesOf, list, sign, text } from './template.ts'
import type { PciConfigSpace } from '../../../protocol/facts/pci-config.ts'

type Capability = PciConfigSpace['capabilities'][number]

/** A capability of the first list as lspci prints it: its head, and the lines below. */
export function capabilityText(one: Capability, space: PciConfigSpace): readonly string[] {
  const fields: Fields = one.fields ?? {}
  const write = writers[one.id]
  if (write === undefined) return [plainTitles[one.id] ?? `#${one.id} [${text(fields['word'])}]`]
  return write(fields, space)
}

/** Heads that say nothing of the capability. */
const plainTitles: Readonly<Record<string, string>> = {
  '00': 'Null',
  '06': 'CompactPCI hot-swap <?>',
  '0b': 'CompactPCI central resource control <?>',
  '0c': 'Hot-plug capable',
  '0e': 'AGP3 <?>',
  '0f': 'Secure device <?>',
}

const writers: Readonly<
  Record<string, (fields: Fields, space: PciConfigSpace) => readonly string[]>
> = {
  '01': powerManagement,
  '02': agp,
  // The data is behind registers that a recording of config space does not hold.
  '03': () => ['Vital Product Data', 'Not readable'],
  '04': (fields) =>
    linesOf(fields, [
      'Slot ID: {slots.slotCount} slots, First{+slots.firstInChassis}, chassis {chassisNumber:2x}',
    ]),
  '05': (fields) =>
    linesOf(fields, [
      [
        'control',
        'MSI: Enable{+enabled} Count={enabledCount}/{count} Maskable{+maskable} 64bit{+address64}',
      ],
      'Address: {address}  Data: {data}',
      'Masking: {masked}  Pending: {pending}',
    ]),
  '07': pciX,
  '08': (fields) => [hyperTransportTitle(fields), ...hyperTransportLines(fields)],
  '09': vendorSpecific,
  '0a': (fields) =>
    linesOf(fields, [['port', 'Debug port: BAR={baseAddressIndex} offset={offset:4x}']]),
  '0d': (fields) => linesOf(fields, ['Subsystem: {vendorId}:{deviceId}']),
  '10': (fields, space) => [expressTitle(fields), ...expressLines(fields, space)],
  '11': (fields) =>
    linesOf(fields, [
      ['control', 'MSI-X: Enable{+enabled} Count={count} Masked{+masked}'],
      ['table', 'Vector table: BAR={baseAddressIndex} offset={offset:8x}'],
      ['pending', 'PBA: BAR={baseAddressIndex} offset={offset:8x}'],
    ]),
  '12': (fields) => [sata(fields)],
  '13': (fields) => [
    'PCI Advanced Features',
    ...linesOf(fields, [
      ['capabilities', 'AFCap: TP{+transactionsPending} FLR{+functionLevelReset}'],
      ['control', 'AFCtrl: FLR{+functionLevelReset}'],
      ['status', 'AFStatus: TP{+transactionsPending}'],
    ]),
  ],
  '14': enhancedAllocation,
}

function powerManagement(fields: Fields): readonly string[] {
  const extensions = at(fields, 'bridgeExtensions')
  return linesOf(fields, [
    ['capabilities', 'Power Management version {version}'],
    [
      'capabilities',
      'Flags: PMEClk{+pmeClock} DSI{+deviceSpecificInitialization} D1{+d1} D2{+d2} AuxCurrent={auxiliaryCurrentMilliamperes}mA PME(D0{+pmeFromD0},D1{+pmeFromD1},D2{+pmeFromD2},D3hot{+pmeFromD3hot},D3cold{+pmeFromD3cold})',
    ],
    [
      'control',
      'Status: D{state} NoSoftRst{+noSoftReset} PME-Enable{+pmeEnabled} DSel={dataSelect} DScale={dataScale} PME{+pme}',
    ],
    typeof extensions === 'string' && extensions !== '00' ? bridgePower(fields) : null,
  ])
}

function bridgePower(fields: Fields): string {
  const bits = Number.parseInt(text(at(fields, 'bridgeExtensions')), 16)
  return `Bridge: PM${sign((bits & 0x80) !== 0)} B3${sign((bits & 0x40) === 0)}`
}

function agp(fields: Fields): readonly string[] {
  const fast = Number(at(fields, 'capabilities.majorVersion')) >= 3 && at(fields, 'status.agp3Mode')
  const rate = (register: string) => {
    const bits = Number(at(fields, `${register}.rateBits`))
    const names = [0, 1, 2]
      .filter((bit) => ((bits >> bit) & 1) === 1)
      .map((bit) => `x${1 << (bit + (fast === true ? 2 : 0))}`)
    return names.length === 0 ? '<none>' : names.join(',')
  }
  return linesOf(fields, [
    ['capabilities', 'AGP version {majorVersion:1x}.{minorVersion:1x}'],
    [
      'status',
      `Status: RQ={requestCount} Iso{+isochronous} ArqSz={asynchronousRequestCode} Cal={calibrationCode} SBA{+sidebandAddressing} ITACoh{+coherentTranslation} GART64{+gart64} HTrans{+noHostTranslation} 64bit{+over4GiB} FW{+fastWrite} AGP3{+agp3Mode} Rate=${rate('status')}`,
    ],
    [
      'command',
      `Command: RQ={requestCount} ArqSz={asynchronousRequestCode} Cal={calibrationCode} SBA{+sidebandAddressing} AGP{+enabled} GART64{+gart64} 64bit{+over4GiB} FW{+fastWrite} Rate=${rate('command')}`,
    ],
  ])
}

const place = 'Dev={bus:2x}:{device:2x}.{function}'

function pciX(fields: Fields, space: PciConfigSpace): readonly string[] {
  const clocks = {
    clock: {
      conventional: 'conv',
      '66-mhz': '66MHz',
      '100-mhz': '100MHz',
      '133-mhz': '133MHz',
      'code-4': '?4',
      'code-5': '?5',
      'code-6': '?6',
      'code-7': '?7',
    },
  }
  const lines: readonly Line[] = [
    [
      'command',
      'Command: DPERE{+parityErrorRecovery} ERO{+relaxedOrdering} RBC={maximumReadBytes} OST={maximumSplitCount}',
    ],
    [
      'status',
      `Status: ${place} 64bit{+bus64} 133MHz{+clock133} SCD{+splitDiscarded} USC{+unexpectedSplit} DC=${
        at(fields, 'status.bridge') === true ? 'bridge' : 'simple'
      } DMMRBC={designedMaximumReadBytes} DMOST={designedMaximumSplitCount} DMCRS={cumulative} RSCEM{+splitErrorMessage} 266MHz{+clock266} 533MHz{+clock533}`.replace(
        '{cumulative}',
        // lspci counts in units of 128 bytes, as the register does.
        text(Number(at(fields, 'status.designedMaximumCumulativeReadKibibytes')) * 8),
      ),
    ],
    [
      'secondaryStatus',
      'Secondary Status: 64bit{+bus64} 133MHz{+clock133} SCD{+splitDiscarded} USC{+unexpectedSplit} SCO{+splitOverrun} SRD{+splitDelayed} Freq={clock|clock}',
    ],
    [
      'bridgeStatus',
      `Status: ${place} 64bit{+bus64} 133MHz{+clock133} SCD{+splitDiscarded} USC{+unexpectedSplit} SCO{+splitOverrun} SRD{+splitDelayed}`,
    ],
    ['upstream', 'Upstream: Capacity={capacity} CommitmentLimit={commitmentLimit}'],
    ['downstream', 'Downstream: Capacity={capacity} CommitmentLimit={commitmentLimit}'],
  ]
  const title = space.headerType === 1 ? 'PCI-X bridge device' : 'PCI-X non-bridge device'
  return [title, ...linesOf(fields, lines, clocks)]
}

function vendorSpecific(fields: Fields): readonly string[] {
  const head = 'Vendor Specific Information: '
  const virtio = at(fields, 'virtio')
  if (isRecord(virtio)) {
    const names = {
      type: {
        common: 'CommonCfg',
        notification: 'Notify',
        isr: 'ISR',
        device: 'DeviceCfg',
        'shared-memory': 'SharedMemory',
        '*': '<unknown>',
      },
    }
    const wide = virtio['type'] === 'shared-memory' ? ' id={id}' : ''
    const factor = virtio['notifyMultiplier'] === undefined ? '' : ' multiplier={notifyMultiplier}'
    return linesOf(
      virtio,
      [
        `${head}VirtIO: {type|type}`,
        `BAR={baseAddressIndex} offset={offset} size={length}${wide}${factor}`,
      ],
      names,
    )
  }
  const intel = at(fields, 'intel')
  if (isRecord(intel)) {
    if (intel['type'] === 1) return [`${head}Intel Feature Detection`]
    if (intel['type'] !== 0) return [`${head}Intel <unknown>`]
    const version = Number(intel['version'])
    const lines = version === 1 ? intelLines(list(intel['registers'])) : []
    return [`${head}Intel Capabilities v${version}`, ...lines]
  }
  return linesOf(fields, [`${head}Len={lengthBytes:2x} <?>`])
}

function sata(fields: Fields): string {
  const head = linesOf(fields, [['revision', 'SATA HBA v{major}.{minor}']])[0] ?? ''
  const code = Number(at(fields, 'registers.locationCode'))
  if (Number.isNaN(code)) return head
  if (code >= 4 && code <= 9) {
    return `${head} BAR${code - 4} Offset=${hex(at(fields, 'registers.offsetDwords'), 8)}`
  }
  return code === 15 ? `${head} InCfgSpace` : `${head} BAR??${code}`
}

const properties: Readonly<Record<string, string>> = {
  memory: 'memory space, non-prefetchable',
  'prefetchable-memory': 'memory space, prefetchable',
  io: 'I/O space',
  'virtual-function-prefetchable-memory': 'VF memory space, prefetchable',
  'virtual-function-memory': 'VF memory space, non-prefetchable',
  'memory-behind-bridge': 'allocation behind bridge, non-prefetchable memory',
  'prefetchable-memory-behind-bridge': 'allocation behind bridge, prefetchable memory',
  'io-behind-bridge': 'allocation behind bridge, I/O space',
  'memory-unavailable': 'memory space resource unavailable for use',
  'io-unavailable': 'I/O space resource unavailable for use',
  unavailable: 'entry unavailable for use',
}

function enhancedAllocation(fields: Fields, space: PciConfigSpace): readonly string[] {
  const buses =
    space.headerType === 1
      ? ', secondary={fixedSecondaryBus}, subordinate={fixedSubordinateBus}'
      : ''
  const head = linesOf(fields, [`Enhanced Allocation (EA): NumEntries={entryCount}${buses}`])
  const entries = list(at(fields, 'entries')).filter(isRecord)
  return [...head, ...entries.flatMap((entry, index) => allocationLines(entry, index))]
}

function allocationLines(entry: Fields, index: number): readonly string[] {
  const named = (name: string, second: boolean) => {
    const code = text(entry[name])
    if (second && code === 'unavailable') {
      return 'entry unavailable for use, PrimaryProperties should be used'
    }
    return properties[code] ?? `[${code.replace('code-', '')}]`
  }
  return linesOf(entry, [
    `Entry ${index}: Enable{+enabled} Writable{+writable} EntrySize={sizeDwords}`,
    `BAR Equivalent Indicator: ${equivalent(Number(entry['equivalent']))}`,
    `PrimaryProperties: ${named('primaryProperties', false)}`,
    `SecondaryProperties: ${named('secondaryProperties', true)}`,
    'Base: {base}',
    'MaxOffset: {maximumOffset}',
  ])
}

function equivalent(code: number): string {
  if (code <= 5) return `BAR ${code}`
  if (code >= 9 && code <= 14) return `VF-BAR ${code - 9}`
  const names: Readonly<Record<number, string>> = {
    6: 'resource behind function',
    7: 'not indicated',
    8: 'expansion ROM',
  }
  return names[code] ?? 'reserved'
}
