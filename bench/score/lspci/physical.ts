import { at, type Fields, hex, isRecord, linesOf, list, sign, text } from './template.ts'

const equalization =
  'EquComplete{+complete} EquPhase1{+phase1} EquPhase2{+phase2} EquPhase3{+phase3} LinkEquRequest{+request}'

export function lines16(fields: Fields): readonly string[] {
  return linesOf(fields, [['status', `Phy16Sta: ${equalization}`]])
}

export function lines32(fields: Fields): readonly string[] {
  const words = {
    training: {
      'pci-express': 'PCI Express',
      'training-set-messages': 'Training Set Messages',
      'alternate-protocol-negotiation': 'Alternate Protocol Negotiation',
    },
    behavior: {
      'full-equalization': 'Full Equalization required',
      'equalization-bypass': 'Equalization bypass to highest rate support',
      'no-equalization': 'No Equalization Needed',
      'modified-training-sets': 'Modified TS1/TS2 Ordered Sets supported',
    },
  }
  return linesOf(
    fields,
    [
      [
        'capabilities',
        'Phy32Cap: EqualizationBypass{+equalizationBypass} NoEqualizationNeeded{+noEqualizationNeeded}',
      ],
      [
        'capabilities',
        'ModTsMode0{+modifiedTraining0} ModTsMode1{+modifiedTraining1} ModTsMode2{+modifiedTraining2}',
      ],
      [
        'control',
        'Phy32Ctl: EqualizationBypassDis{+equalizationBypassDisabled} NoEqualizationNeededDis{+noEqualizationNeededDisabled}',
      ],
      ['control', 'Modified TS Usage Mode: {modifiedTraining|training}'],
      ['status', `Phy32Sta: ${equalization}`],
      ['status', 'Received Enhanced Link Behavior Control: {receivedLinkBehavior|behavior}'],
      [
        'status',
        'ModTsRecv{+modifiedTrainingReceived} TxPrecodeOn{+precoding} TxPrecodeReq{+precodingRequest} NoEqualizationNeededRecv{+noEqualizationReceived}',
      ],
    ],
    words,
  ).map((line) => line.replace('code-', '??'))
}

export function lines64(fields: Fields): readonly string[] {
  return linesOf(fields, [
    ['status', `Phy64Sta: ${equalization}`],
    [
      'status',
      'TxPrecodeOn{+precoding} TxPrecodeReq{+precodingRequest} NoEqualizationNeededRecv{+noEqualizationReceived}',
    ],
  ])
}

export function marginingLines(fields: Fields): readonly string[] {
  return linesOf(fields, [
    ['capabilities', 'PortCap: Uses Driver{+needsDriver}'],
    ['status', 'PortSta: MargReady{+ready} MargSoftReady{+softwareReady}'],
  ])
}

const exits = [
  'Less than 1us',
  '1us to less than 2us',
  '2us to less than 4us',
  '4us to less than 8us',
  '8us to less than 16us',
  '16us to less than 32us',
  '32us-64us',
  'More than 64us',
] as const

/** `x4`, `Dynamic`, `Unknown (5)`. */
export function widthText(value: unknown): string {
  const width = text(value)
  if (width === 'dynamic') return 'Dynamic'
  return width.startsWith('code-') ? `Unknown (${width.slice(5)})` : width
}

export function device3Lines(fields: Fields): readonly string[] {
  const get = (path: string) => at(fields, path)
  const exit = (path: string) => exits[Number(get(path))] ?? ''
  const latencies =
    get('capabilities.l0p') === true
      ? `, Port L0p Exit Latency: ${exit('capabilities.portL0pExitCode')}, Retimer L0p Exit Latency: ${exit('capabilities.retimerL0pExitCode')}`
      : ''
  const boundary = sign(get('control.boundary256Disabled') === false)
  return linesOf(fields, [
    [
      'capabilities',
      'DevCap3: DMWr Request Routing{+deferrableWriteRouting}, 14-Bit Tag Completer{+tag14Completer}, 14-Bit Tag Requester{+tag14Requester}',
    ],
    ['capabilities', `L0p{+l0p}${latencies}`],
    [
      'capabilities',
      'UIO Mem RdWr Completer{+unorderedIoCompleter}, UIO Mem RdWr Requester{+unorderedIoRequester}',
    ],
    [
      'control',
      'DevCtl3: DMWr Requester{+deferrableWriteRequester}, DMWr Egress Blocking{+deferrableWriteEgressBlocking}, 14-Bit Tag Requester{+tag14Requester}',
    ],
    ['control', `L0p{+l0p}, Target Link Width: ${widthText(get('control.targetLinkWidth'))}`],
    [
      'control',
      `UIO Mem RdWr Requester{+unorderedIoRequester}, UIO Request 256B Boundary${boundary}`,
    ],
    [
      'status',
      `DevSta3: Initial Link Width: ${widthText(get('status.initialLinkWidth'))}, Segment Captured{+segmentCaptured}, Remote L0p{+remoteL0p}`,
    ],
  ])
}

const aggregations = ['-', '=2', '=4', '=8'] as const
const partial = ['no', '17:2', '25:2', '33:2', '41:2'] as const

function algorithm(code: unknown): string {
  return code === 0 ? 'AES-GCM-256-96b' : 'reserved'
}

/**
 * lspci -vvv puts the offset before each line of the streams; those follow from the lengths of the
 * blocks, so they are compared without them.
 */
export function encryptionLines(fields: Fields): readonly string[] {
  return [
    ...linesOf(fields, [
      `IDECap: Lnk={linkStreamCount} Sel={selectiveStreamCount} FlowThru{+flowThrough} PartHdr{+partialHeader} Aggr{+aggregation} PCPC{+plaintextCrc} IDE_KM{+keyManagement} SelCfg{+selectiveConfiguration} Alg='${algorithm(fields['algorithmCode'])}' TCs={trafficClassCount} TeeLim{+teeLimited} XT{+extended}`,
      'IDECtl: FTEn{+flowThroughEnabled}',
    ]),
    ...list(fields['linkStreams']).filter(isRecord).flatMap(linkStream),
    ...list(fields['selectiveStreams']).filter(isRecord).flatMap(selectiveStream),
  ]
}

function aggregation(stream: Fields): string {
  const mode = (name: string) => aggregations[Number(stream[name])] ?? ''
  return `NPR${mode('aggregationNonPostedCode')} PR${mode('aggregationPostedCode')} CPL${mode('aggregationCompletionCode')}`
}

function header(stream: Fields): string {
  const code = Number(stream['partialHeaderCode'])
  return `HdrEnc=${partial[code] ?? `??${code}`} Alg='${algorithm(stream['algorithmCode'])}' TC{trafficClass}`
}

function stateText(stream: Fields): string {
  const state = text(stream['state'])
  if (state === 'code-1') return 'reserved'
  return state.replace('code-', '??')
}

function linkStream(stream: Fields, index: number): readonly string[] {
  const head = `LinkIDE#${index}`
  return linesOf(stream, [
    `${head} Ctl: En{+enabled} XT{+extended} ${aggregation(stream)} PCRC{+plaintextCrc} ${header(stream)} ID{id}`,
    `${head} Sta: Status=${stateText(stream)} RecvChkFail{+integrityCheckFailed}`,
  ])
}

function selectiveStream(stream: Fields, index: number): readonly string[] {
  const head = `SelectiveIDE#${index}`
  const addresses = list(stream['addresses']).filter(isRecord)
  const rest = stream['default'] === true ? ' Default' : ''
  const number = (value: unknown) => hex(value, 1)
  const ids = stream['requesterIds']
  const bare = (value: unknown) => text(value).replace(/^0+(?=.)/, '')
  return [
    `${head} Cap: RID#=${addresses.length}`,
    ...linesOf(stream, [
      `${head} Ctl: En{+enabled} XT{+extended} ${aggregation(stream)} PCRC{+plaintextCrc} CFG{+configuration} ${header(stream)} TeeLim{+teeLimited} ID{id}${rest}`,
      `${head} Sta: ${stateText(stream)} RecvChkFail{+integrityCheckFailed}`,
    ]),
    `${head} RID: Valid${sign(at(ids, 'valid'))} Base=${number(at(ids, 'base'))} Limit=${number(at(ids, 'limit'))} SegBase=${number(at(ids, 'segment'))}`,
    ...addresses.map(
      (one, place) =>
        `${head} RID#${place}: Valid${sign(one['valid'])} Base=${bare(one['base'])} Limit=${bare(one['limit'])}`,
    ),
  ]
}
