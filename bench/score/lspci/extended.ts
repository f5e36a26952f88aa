import type { PciConfigSpace } from '../../../protocol/facts/pci-config.ts'
import { channelLines, rootComplexLines, tablePlace } from './channels.ts'
import { cxlLines } from './cxl.ts'
import { collectorLines, containmentLines, errorLines } from './errors.ts'
import { injectionLines, loggingLines } from './flit.ts'
import * as physical from './physical.ts'
import {
  at,
  type Fields,
  hex,
  isRecord,
  type Line,
  linesOf,
  list,
  signs,
  text,
} from './template.ts'

type Capability = PciConfigSpace['extendedCapabilities'][number]

/** An extended capability as lspci prints it: its head, and the lines below. */
export function extendedText(one: Capability, portType: string | null): readonly string[] {
  const fields: Fields = one.fields ?? {}
  const lines = writers[one.id]?.(fields, portType) ?? []
  const table = one.offset + Number(fields['arbitrationTableOffset'] ?? 0)
  return [extendedTitle(one.id, fields), ...lines].map((line) =>
    line.replace(tablePlace, hex(table, 1)),
  )
}

const titles: Readonly<Record<string, string>> = {
  '0000': 'Null',
  '0001': 'Advanced Error Reporting',
  '0002': 'Virtual Channel',
  '0004': 'Power Budgeting <?>',
  '0005': 'Root Complex Link',
  '0006': 'Root Complex Internal Link <?>',
  '0007': 'Root Complex Event Collector Endpoint Association',
  '0008': 'Multi-Function Virtual Channel <?>',
  '0009': 'Virtual Channel',
  '000a': 'Root Complex Register Block <?>',
  '000d': 'Access Control Services',
  '000e': 'Alternative Routing-ID Interpretation (ARI)',
  '000f': 'Address Translation Service (ATS)',
  '0010': 'Single Root I/O Virtualization (SR-IOV)',
  '0011': 'Multi-Root I/O Virtualization <?>',
  '0012': 'Multicast',
  '0013': 'Page Request Interface (PRI)',
  '0015': 'Physical Resizable BAR',
  '0016': 'Dynamic Power Allocation <?>',
  '0017': 'Transaction Processing Hints',
  '0018': 'Latency Tolerance Reporting',
  '0019': 'Secondary PCI Express',
  '001a': 'Protocol Multiplexing <?>',
  '001b': 'Process Address Space ID (PASID)',
  '001c': 'LN Requester <?>',
  '001d': 'Downstream Port Containment',
  '001e': 'L1 PM Substates',
  '001f': 'Precision Time Measurement',
  '0020': 'PCI Express over M_PHY <?>',
  '0021': 'FRS Queueing <?>',
  '0022': 'Readiness Time Reporting <?>',
  '0024': 'Virtual Resizable BAR',
  '0025': 'Data Link Feature <?>',
  '0026': 'Physical Layer 16.0 GT/s',
  '0027': 'Lane Margining at the Receiver',
  '0028': 'Hierarchy ID <?>',
  '0029': 'Native PCIe Enclosure Management <?>',
  '002a': 'Physical Layer 32.0 GT/s',
  '002e': 'Data Object Exchange',
  '002f': 'Device 3',
  '0030': 'Integrity & Data Encryption',
  '0031': 'Physical Layer 64.0 GT/s',
  '0032': 'Flit Logging',
  '0034': 'Flit Error Injection',
  '0036': 'MMIO Register Block Locator',
}

function extendedTitle(id: string, fields: Fields): string {
  if (id === '0003') {
    const serial = text(fields['serial'] ?? '').match(/../g) ?? []
    return `Device Serial Number ${serial.join('-')}`
  }
  if (id === '000b') {
    const header = 'Vendor Specific Information: ID={id} Rev={revision} Len={lengthBytes:3x} <?>'
    return linesOf(fields, [['header', header]])[0] ?? ''
  }
  if (id === '0023') {
    const cxl = isRecord(fields['cxl']) ? ': CXL' : ' <?>'
    return (
      linesOf(fields, [
        `Designated Vendor-Specific: Vendor={vendorId} ID={vendorCapabilityId} Rev={revision} Len={lengthBytes}${cxl}`,
      ])[0] ?? ''
    )
  }
  return titles[id] ?? `Extended Capability ID 0x${id.replace(/^0+(?=.)/, '')}`
}

const writers: Readonly<
  Record<string, (fields: Fields, portType: string | null) => readonly string[]>
> = {
  '0001': errorLines,
  '0002': channelLines,
  '0005': rootComplexLines,
  '0007': collectorLines,
  '0009': channelLines,
  '000d': (fields) => [
    `ACSCap:\t${signs(fields['supported'], accessControls)}`,
    `ACSCtl:\t${signs(fields['enabled'], accessControls)}`,
  ],
  '000e': (fields) =>
    linesOf(fields, [
      [
        'capabilities',
        'ARICap:\tMFVC{+virtualChannelGroups} ACS{+accessControlGroups}, Next Function: {nextFunction}',
      ],
      [
        'control',
        'ARICtl:\tMFVC{+virtualChannelGroups} ACS{+accessControlGroups}, Function Group: {functionGroup}',
      ],
    ]),
  '000f': (fields) =>
    linesOf(fields, [
      ['capabilities', 'ATSCap:\tInvalidate Queue Depth: {invalidateQueueDepthCode:2x}'],
      ['control', 'ATSCtl:\tEnable{+enabled}, Smallest Translation Unit: {smallestUnitCode:2x}'],
    ]),
  '0010': virtualization,
  '0012': multicast,
  '0013': (fields) =>
    linesOf(fields, [
      ['control', 'PRICtl: Enable{+enabled} Reset{+reset}'],
      [
        'status',
        'PRISta: RF{+responseFailure} UPRGI{+unexpectedGroupIndex} Stopped{+stopped} PASID{+processIdRequired}',
      ],
      'Page Request Capacity: {capacity}, Page Request Allocation: {allocation}',
    ]),
  '0015': resizableBars,
  '0017': processingHints,
  '0018': (fields) =>
    linesOf(fields, [
      'Max snoop latency: {maximumSnoopNanoseconds}ns',
      'Max no snoop latency: {maximumNoSnoopNanoseconds}ns',
    ]),
  '0019': (fields) => {
    const lanes = list(fields['laneErrors'])
    return linesOf(fields, [
      [
        'linkControl3',
        'LnkCtl3: LnkEquIntrruptEn{+equalizationRequestInterrupt} PerformEqu{+performEqualization}',
      ],
      `LaneErrStat: ${lanes.length === 0 ? '0' : `LaneErr at lane: ${lanes.join(' ')}`}`,
    ])
  },
  '001b': (fields) =>
    linesOf(fields, [
      [
        'capabilities',
        'PASIDCap: Exec{+execute} Priv{+privileged}, Max PASID Width: {maximumWidthBits:2x}',
      ],
      ['control', 'PASIDCtl: Enable{+enabled} Exec{+execute} Priv{+privileged}'],
    ]),
  '001d': containmentLines,
  '001e': powerSubstates,
  '001f': precisionTime,
  '0023': (fields) => (isRecord(fields['cxl']) ? cxlLines(fields['cxl'], fields) : []),
  '0024': resizableBars,
  '0026': physical.lines16,
  '0027': physical.marginingLines,
  '002a': physical.lines32,
  '002e': (fields) =>
    linesOf(fields, [
      ['capabilities', 'DOECap: IntSup{+interrupt}'],
      at(fields, 'capabilities.interrupt') === true && [
        'capabilities',
        'IntMsgNum {interruptMessage}',
      ],
      ['control', 'DOECtl: IntEn{+interrupt}'],
      ['status', 'DOESta: Busy{+busy} IntSta{+interrupt} Error{+error} ObjectReady{+objectReady}'],
    ]),
  '002f': physical.device3Lines,
  '0030': physical.encryptionLines,
  '0031': physical.lines64,
  '0032': loggingLines,
  '0034': injectionLines,
  '0036': registerBlocks,
}

const accessControls = {
  SrcValid: 'source-validation',
  TransBlk: 'translation-blocking',
  ReqRedir: 'p2p-request-redirect',
  CmpltRedir: 'p2p-completion-redirect',
  UpstreamFwd: 'upstream-forwarding',
  EgressCtrl: 'p2p-egress-control',
  DirectTrans: 'direct-translated-p2p',
}

function virtualization(fields: Fields): readonly string[] {
  const regions: string[] = []
  for (let index = 0; index < 6; index++) {
    const digits = text(fields[`baseAddress${index}`] ?? '')
    const value = Number.parseInt(digits, 16)
    if (digits === '' || digits === 'ffffffff' || value === 0) continue
    const wide = (value & 6) === 4
    const high = wide ? text(fields[`baseAddress${index + 1}`] ?? '') : ''
    regions.push(
      `Region ${index}: Memory at ${high}${hex(value - (value & 0xf), 8)} (${(value & 6) === 0 ? '32' : '64'}-bit, ${(value & 8) === 0 ? 'non-' : ''}prefetchable)`,
    )
    if (wide) index++
  }
  return [
    ...linesOf(fields, [
      [
        'capabilities',
        'IOVCap:\tMigration{+migration} 10BitTagReq{+tag10Requester} IntMsgNum {interruptMessage}',
      ],
      [
        'control',
        'IOVCtl:\tEnable{+enabled} Migration{+migration} Interrupt{+migrationInterrupt} MSE{+memorySpace} ARIHierarchy{+ariHierarchy} 10BitTagReq{+tag10Requester}',
      ],
      ['status', 'IOVSta:\tMigration{+migration}'],
      'Initial VFs: {initialCount}, Total VFs: {totalCount}, Number of VFs: {count}, Function Dependency Link: {dependencyLink:2x}',
      'VF offset: {firstOffset}, stride: {stride}, Device ID: {deviceId}',
      'Supported Page Size: {supportedPageSizes}, System Page Size: {systemPageSize}',
    ]),
    ...regions,
    ...linesOf(fields, [
      ['migrationArray', 'VF Migration: offset: {offset}, BIR: {baseAddressIndex:1x}'],
    ]),
  ]
}

function multicast(fields: Fields, portType: string | null): readonly string[] {
  const end = portType === 'endpoint' || portType === 'root-complex-integrated-endpoint'
  const port = ['root-port', 'upstream-port', 'downstream-port'].includes(portType ?? '')
  const split = (name: string) => {
    const value = BigInt(`0x${text(fields[name] ?? '0')}`)
    return { bits: Number(value & 0x3fn), value }
  }
  const base = split('baseAddress')
  const overlay = split('overlay')
  const address = (value: bigint) => value.toString(16).padStart(16, '0')
  const window = Number(at(fields, 'capabilities.windowSizeBits'))
  const overlaySize = overlay.bits >= 6 ? `(${2 ** overlay.bits} bytes)` : '(disabled)'
  const groups = linesOf(fields, [
    [
      'capabilities',
      `McastCap: MaxGroups {groupCount}${end ? `, WindowSz {windowSizeBits} (${2 ** window} bytes)` : ''}${port ? ', ECRCRegen{+ecrcRegeneration}' : ''}`,
    ],
    ['control', 'McastCtl: NumGroups {groupCount}, Enable{+enabled}'],
  ])
  // Only for ports does lspci end the first line.
  const head = port ? groups : [groups.join(' ')]
  const rest = linesOf(fields, [
    `McastBAR: IndexPos ${base.bits}, BaseAddr ${address((base.value >> 12n) << 12n)}`,
    'McastReceiveVec:      {receive}',
    'McastBlockAllVec:     {blockAll}',
    'McastBlockUntransVec: {blockUntranslated}',
    fields['overlay'] !== undefined &&
      `McastOverlayBAR: OverlaySize ${overlay.bits} ${overlaySize}, BaseAddr ${address((overlay.value >> 6n) << 6n)}`,
  ])
  return [...head, ...rest]
}

const units = ['MB', 'GB', 'TB', 'PB', 'EB'] as const

function sizeText(bytes: unknown): string {
  const power = Math.log2(Number(bytes)) - 20
  const unit = units[Math.floor(power / 10)]
  return unit === undefined || power >= 44 ? '<unknown>' : `${2 ** (power % 10)}${unit}`
}

function resizableBars(fields: Fields): readonly string[] {
  const count = Number(fields['barCount'])
  if (fields['barCount'] !== undefined && (count < 1 || count > 6)) {
    return [`<error in resizable BAR: num_bars=${count} is out of specification>`]
  }
  return list(fields['bars'])
    .filter(isRecord)
    .map((bar) => {
      const sizes = list(bar['supportedSizesBytes']).map(sizeText)
      const supported = sizes.length === 0 ? '' : `, supported: ${sizes.join(' ')}`
      return `BAR ${text(bar['baseAddressIndex'])}: current size: ${sizeText(bar['sizeBytes'])}${supported}`
    })
}

function processingHints(fields: Fields): readonly string[] {
  const places: Readonly<Record<string, string>> = {
    none: 'No steering table available',
    capability: 'Steering table in TPH capability structure',
    'msi-x-table': 'Steering table in MSI-X table',
  }
  const has = (name: string) => at(fields, `capabilities.${name}`) === true
  const location = text(at(fields, 'capabilities.tableLocation'))
  const lines: readonly Line[] = [
    has('interruptVector') && 'Interrupt vector mode supported',
    has('deviceSpecific') && 'Device specific mode supported',
    has('extendedRequester') && 'Extended requester support',
    places[location] ?? 'Reserved steering table location',
  ]
  return linesOf(fields, lines)
}

function powerSubstates(fields: Fields): readonly string[] {
  const names =
    'PCI-PM_L1.2{+pciPmL12} PCI-PM_L1.1{+pciPmL11} ASPM_L1.2{+aspmL12} ASPM_L1.1{+aspmL11}'
  const get = (path: string) => at(fields, path)
  const aspm = get('capabilities.aspmL12') === true
  const deep = aspm || get('capabilities.pciPmL12') === true
  const time = (value: unknown) => (value === null ? '<error>' : `${text(value)}us`)
  const threshold = get('control1.thresholdNanoseconds')
  const limit = ` LTR1.2_Threshold=${threshold === null ? '<error>' : `${text(threshold)}ns`}`
  return linesOf(fields, [
    ['capabilities', `L1SubCap: ${names} L1_PM_Substates{+supported}`],
    deep && [
      'capabilities',
      `PortCommonModeRestoreTime={commonModeRestoreMicroseconds}us PortTPowerOnTime=${time(get('capabilities.powerOnMicroseconds'))}`,
    ],
    ['control1', `L1SubCtl1: ${names}`],
    deep && ['control1', `T_CommonMode={commonModeRestoreMicroseconds}us${aspm ? limit : ''}`],
    [
      'control2',
      `L1SubCtl2:${deep ? ` T_PwrOn=${time(get('control2.powerOnMicroseconds'))}` : ''}`,
    ],
  ])
}

function precisionTime(fields: Fields): readonly string[] {
  const time = (path: string, zero: string) => {
    const value = Number(at(fields, path))
    return value === 0 ? zero : value === 255 ? 'Greater than 254ns' : `${value}ns`
  }
  return linesOf(fields, [
    ['capabilities', 'PTMCap: Requester{+requester} Responder{+responder} Root{+root}'],
    `PTMClockGranularity: ${time('capabilities.clockGranularityCode', 'Unimplemented')}`,
    ['control', 'PTMControl: Enabled{+enabled} RootSelected{+rootSelected}'],
    `PTMEffectiveGranularity: ${time('control.effectiveGranularityCode', 'Unknown')}`,
  ])
}

function registerBlocks(fields: Fields): readonly string[] {
  const name = (id: number) => ({ 0: 'Empty', 1: 'MCAP', 255: 'MDVS' })[id] ?? `Reserved (${id})`
  return list(fields['blocks'])
    .filter(isRecord)
    .map(
      (block, index) =>
        `Locator${index}: BIR: BAR${text(block['baseAddressIndex'])}, ID: ${name(Number(block['blockId']))}, offset: ${text(block['offset'])}`,
    )
}
