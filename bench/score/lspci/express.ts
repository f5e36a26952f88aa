import type { PciConfigSpace } from '../../../protocol/facts/pci-config.ts'
import { expressSpellings } from './express-words.ts'
import { at, type Fields, type Line, linesOf, list, text } from './template.ts'

const portTypes: Readonly<Record<string, string>> = {
  endpoint: 'Endpoint',
  'legacy-endpoint': 'Legacy Endpoint',
  'root-port': 'Root Port',
  'upstream-port': 'Upstream Port',
  'downstream-port': 'Downstream Port',
  'pcie-to-pci-bridge': 'PCI-Express to PCI/PCI-X Bridge',
  'pci-to-pcie-bridge': 'PCI/PCI-X to PCI-Express Bridge',
  'root-complex-integrated-endpoint': 'Root Complex Integrated Endpoint',
  'root-complex-event-collector': 'Root Complex Event Collector',
}
const withSlot = /^(root-port|downstream-port|pci-to-pcie-bridge)$/

/** The head of the PCI Express capability. */
export function expressTitle(fields: Fields): string {
  const type = text(at(fields, 'capabilities.portType'))
  const name = portTypes[type] ?? `Unknown type ${type.replace('code-', '')}`
  const slot = withSlot.test(type) ? ' (Slot{+slotImplemented})' : ''
  const flit = at(fields, 'capabilities.flitModeSupported') === true ? ', FLIT Mode Supported' : ''
  const template = `Express (v{version}) ${name}${slot}, IntMsgNum {interruptMessage}${flit}`
  return linesOf(fields, [['capabilities', template]])[0] ?? ''
}

/** The lines under the head. */
export function expressLines(fields: Fields, space: PciConfigSpace): readonly string[] {
  const type = text(at(fields, 'capabilities.portType'))
  const is = (...types: readonly string[]) => types.includes(type)
  return linesOf(
    fields,
    [
      ...deviceLines(fields, is),
      ...linkLines(fields, is),
      ...slotLines(),
      ['rootCapabilities', 'RootCap: CRSVisible{+retryVisible}'],
      [
        'rootControl',
        'RootCtl: ErrCorrectable{+systemErrorOnCorrectable} ErrNon-Fatal{+systemErrorOnNonFatal} ErrFatal{+systemErrorOnFatal} PMEIntEna{+pmeInterrupt} CRSVisible{+retryVisible}',
      ],
      [
        'rootStatus',
        'RootSta: PME ReqID {pmeRequester:4x}, PMEStatus{+pme} PMEPending{+pmePending}',
      ],
      ...deviceLines2(fields, is, hasMemory(space)),
      ...linkLines2(fields, is, space),
    ],
    expressSpellings,
  )
}

type Is = (...types: readonly string[]) => boolean

function deviceLines(fields: Fields, is: Is): readonly Line[] {
  const end = is('endpoint', 'legacy-endpoint')
  const integrated = is('root-complex-integrated-endpoint')
  const buttons = end || is('upstream-port', 'pcie-to-pci-bridge')
  const powered = is('endpoint', 'upstream-port', 'pcie-to-pci-bridge')
  const reset = at(fields, 'deviceCapabilities.functionLevelReset') === true
  return [
    [
      'deviceCapabilities',
      `DevCap:\tMaxPayload {maximumPayloadBytes} bytes, PhantFunc {phantomFunctionCount}${
        end
          ? ', Latency L0s {acceptableL0sNanoseconds|latency}, L1 {acceptableL1Nanoseconds|latency}'
          : ''
      }`,
    ],
    [
      'deviceCapabilities',
      `ExtTag{+extendedTag}${
        buttons
          ? ' AttnBtn{+attentionButton} AttnInd{+attentionIndicator} PwrInd{+powerIndicator}'
          : ''
      } RBE{+roleBasedErrors}${end || integrated ? ' FLReset{+functionLevelReset}' : ''}${
        powered ? ' SlotPowerLimit {slotPowerLimitWatts|watts}W' : ''
      } TEE-IO{+teeIo}`,
    ],
    [
      'deviceControl',
      'DevCtl:\tCorrErr{+correctable} NonFatalErr{+nonFatal} FatalErr{+fatal} UnsupReq{+unsupportedRequest}',
    ],
    [
      'deviceControl',
      `RlxdOrd{+relaxedOrdering} ExtTag{+extendedTag} PhantFunc{+phantomFunctions} AuxPwr{+auxiliaryPower} NoSnoop{+noSnoop}${
        is('pcie-to-pci-bridge') ? ' BrConfRtry{+retryOrReset}' : ''
      }${(end || integrated) && reset ? ' FLReset{+retryOrReset}' : ''}`,
    ],
    ['deviceControl', 'MaxPayload {payloadBytes} bytes, MaxReadReq {readRequestBytes} bytes'],
    [
      'deviceStatus',
      'DevSta:\tCorrErr{+correctable} NonFatalErr{+nonFatal} FatalErr{+fatal} UnsupReq{+unsupportedRequest} AuxPwr{+auxiliaryPower} TransPend{+transactionsPending}',
    ],
  ]
}

function linkLines(fields: Fields, is: Is): readonly Line[] {
  const get = (path: string) => at(fields, path)
  const support = states(get('linkCapabilities.l0s'), get('linkCapabilities.l1'))
  const enabled = states(get('linkControl.l0s'), get('linkControl.l1'))
  const exits = [
    ...(get('linkCapabilities.l0s') === true ? ['L0s {l0sExitNanoseconds|latency}'] : []),
    ...(get('linkCapabilities.l1') === true ? ['L1 {l1ExitNanoseconds|latency}'] : []),
  ]
  const boundary = is('root-port', 'endpoint', 'legacy-endpoint', 'pcie-to-pci-bridge')
  const downstream = is('root-port', 'downstream-port', 'pci-to-pcie-bridge')
  const judged = (now: unknown, most: unknown) => {
    const [a, b] = [Number(now ?? 0), Number(most ?? 0)]
    if (a > b) return ' (overdriven)'
    return a === b || downstream ? '' : ' (downgraded)'
  }
  const speed = judged(get('linkStatus.speedGtPerS'), get('linkCapabilities.maximumSpeedGtPerS'))
  const width = judged(get('linkStatus.laneWidth'), get('linkCapabilities.maximumLaneWidth'))
  return [
    [
      'linkCapabilities',
      `LnkCap:\tPort #{portNumber}, Speed ${rate('maximumSpeedGtPerS', get('linkCapabilities.maximumSpeedGtPerS'))}, Width x{maximumLaneWidth}, ASPM ${support ?? 'not supported'}${
        exits.length === 0 ? '' : `, Exit Latency ${exits.join(', ')}`
      }`,
    ],
    [
      'linkCapabilities',
      'ClockPM{+clockPowerManagement} Surprise{+surpriseDownReporting} LLActRep{+linkActiveReporting} BwNot{+bandwidthNotification} ASPMOptComp{+aspmOptionalityCompliance}',
    ],
    [
      'linkControl',
      `LnkCtl:\tASPM ${enabled === null ? 'Disabled' : `${enabled} Enabled`};${
        boundary ? ' RCB {readCompletionBoundaryBytes} bytes,' : ''
      } LnkDisable{+disabled} CommClk{+commonClock}`,
    ],
    [
      'linkControl',
      'ExtSynch{+extendedSynch} ClockPM{+clockPowerManagement} AutWidDis{+autonomousWidthDisabled} BWInt{+bandwidthInterrupt} AutBWInt{+autonomousBandwidthInterrupt} FltModeDis{+flitModeDisabled}',
    ],
    [
      'linkStatus',
      `LnkSta:\tSpeed ${rate('speedGtPerS', get('linkStatus.speedGtPerS'))}${speed}, Width x{laneWidth}${width}`,
    ],
    [
      'linkStatus',
      'TrErr{+trainingError} Train{+training} SlotClk{+slotClock} DLActive{+dataLinkActive} BWMgmt{+bandwidthManaged} ABWMgmt{+autonomousBandwidth}',
    ],
  ]
}

/** lspci 3.14 names speeds up to 64 GT/s. */
function rate(path: string, value: unknown): string {
  return value === null || Number(value) > 64 ? 'unknown' : `{${path}}GT/s`
}

function states(l0s: unknown, l1: unknown): string | null {
  const names = [...(l0s === true ? ['L0s'] : []), ...(l1 === true ? ['L1'] : [])]
  return names.length === 0 ? null : names.join(' ')
}

function slotLines(): readonly Line[] {
  return [
    [
      'slotCapabilities',
      'SltCap:\tAttnBtn{+attentionButton} PwrCtrl{+powerController} MRL{+retentionLatchSensor} AttnInd{+attentionIndicator} PwrInd{+powerIndicator} HotPlug{+hotPlug} Surprise{+hotPlugSurprise}',
    ],
    [
      'slotCapabilities',
      'Slot #{slotNumber}, PowerLimit {powerLimitWatts|watts}W; Interlock{+interlock} NoCompl{+noCommandCompleted}',
    ],
    [
      'slotControl',
      'SltCtl:\tEnable: AttnBtn{+attentionButton} PwrFlt{+powerFault} MRL{+retentionLatch} PresDet{+presence} CmdCplt{+commandCompleted} HPIrq{+hotPlugInterrupt} LinkChg{+linkStateChanged}',
    ],
    [
      'slotControl',
      'Control: AttnInd {attentionIndicator|indicator}, PwrInd {powerIndicator|indicator}, Power{+powerOff} Interlock{+interlock}',
    ],
    [
      'slotStatus',
      'SltSta:\tStatus: AttnBtn{+attentionButton} PowerFlt{+powerFault} MRL{+retentionLatchOpen} CmdCplt{+commandCompleted} PresDet{+present} Interlock{+interlock}',
    ],
    [
      'slotStatus',
      'Changed: MRL{+retentionLatchChanged} PresDet{+presenceChanged} LinkState{+linkStateChanged}',
    ],
  ]
}

function deviceLines2(fields: Fields, is: Is, memory: boolean): readonly Line[] {
  const root = is('root-port')
  const port = is('root-port', 'upstream-port', 'downstream-port')
  const forwards = is('root-port', 'downstream-port')
  const asks = is('root-port', 'endpoint', 'root-complex-integrated-endpoint', 'legacy-endpoint')
  const prefixes =
    at(fields, 'deviceCapabilities2.endToEndPrefix') === true
      ? ', MaxEETLPPrefixes {maximumEndToEndPrefixes}'
      : ''
  return [
    [
      'deviceCapabilities2',
      'DevCap2: Completion Timeout: {completionTimeoutRanges|timeoutRanges}, TimeoutDis{+completionTimeoutDisable} NROPrPrP{+noRelaxedOrderingPassing} LTR{+latencyToleranceReporting}',
    ],
    [
      'deviceCapabilities2',
      `10BitTagComp{+tag10Completer} 10BitTagReq{+tag10Requester} OBFF {bufferFlush|flush}, ExtFmt{+extendedFormat} EETLPPrefix{+endToEndPrefix}${prefixes}`,
    ],
    [
      'deviceCapabilities2',
      'EmergencyPowerReduction {emergencyPowerReduction|emergency}, EmergencyPowerReductionInit{+emergencyPowerReductionInitialization}',
    ],
    [
      'deviceCapabilities2',
      `FRS{+functionReadinessStatus}${root ? ' LN System CLS {lightweightNotification|lightweight},' : ''}${
        root || is('endpoint') ? ' {hintsCompleter|hints}' : ''
      }${forwards ? ' ARIFwd{+ariForwarding}' : ''}`,
    ],
    port || memory
      ? [
          'deviceCapabilities2',
          `AtomicOpsCap:${port ? ' Routing{+atomicRouting}' : ''}${
            root || memory ? ' 32bit{+atomic32} 64bit{+atomic64} 128bitCAS{+compareAndSwap128}' : ''
          }`,
        ]
      : null,
    [
      'deviceControl2',
      `DevCtl2: Completion Timeout: {completionTimeout|timeouts}, TimeoutDis{+completionTimeoutDisabled}${
        forwards ? ' ARIFwd{+ariForwarding}' : ''
      }`,
    ],
    asks || port
      ? [
          'deviceControl2',
          `AtomicOpsCtl:${asks ? ' ReqEn{+atomicRequester}' : ''}${
            port ? ' EgressBlck{+atomicEgressBlocking}' : ''
          }`,
        ]
      : null,
    [
      'deviceControl2',
      'IDOReq{+idOrderingRequests} IDOCompl{+idOrderingCompletions} LTR{+latencyToleranceReporting} EmergencyPowerReductionReq{+emergencyPowerReductionRequest}',
    ],
    [
      'deviceControl2',
      '10BitTagReq{+tag10Requester} OBFF {bufferFlush|flushControl}, EETLPPrefixBlk{+endToEndPrefixBlocking}',
    ],
  ]
}

function linkLines2(fields: Fields, is: Is, space: PciConfigSpace): readonly Line[] {
  const supported = speedRange(list(at(fields, 'linkCapabilities2.speedsGtPerS')))
  const silent = Object.values(linkCapabilities2(fields)).every(
    (value) => value === false || list(value).length === 0,
  )
  // Functions behind the first one have no registers of their own here.
  const shared = is('endpoint', 'legacy-endpoint') && !(space.address ?? ':00.0').endsWith(':00.0')
  const downstream = is('root-port', 'downstream-port', 'pci-to-pcie-bridge')
  const ready =
    downstream && !shared && at(fields, 'linkCapabilities2.deviceReadinessStatus') === true
  return [
    !shared &&
      !silent && [
        'linkCapabilities2',
        `LnkCap2: Supported Link Speeds: ${supported}, Crosslink{+crosslink} Retimer{+retimer} 2Retimers{+twoRetimers} DRS{+deviceReadinessStatus}`,
      ],
    !shared && [
      'linkControl2',
      `LnkCtl2: Target Link Speed: ${rate('targetSpeedGtPerS', at(fields, 'linkControl2.targetSpeedGtPerS')).replace('unknown', 'Unknown')}, EnterCompliance{+enterCompliance} SpeedDis{+autonomousSpeedDisabled}${
        is('downstream-port') ? ', Selectable De-emphasis: {selectableDeemphasisDecibels}dB' : ''
      }`,
    ],
    !shared && [
      'linkControl2',
      'Transmit Margin: {transmitMargin|margin}, EnterModifiedCompliance{+enterModifiedCompliance} ComplianceSOS{+complianceSkip}',
    ],
    !shared && ['linkControl2', 'Compliance Preset/De-emphasis: {compliancePreset|preset}'],
    [
      'linkStatus2',
      'LnkSta2: Current De-emphasis Level: {deemphasisDecibels}dB, EqualizationComplete{+equalizationComplete} EqualizationPhase1{+equalizationPhase1}',
    ],
    [
      'linkStatus2',
      'EqualizationPhase2{+equalizationPhase2} EqualizationPhase3{+equalizationPhase3} LinkEqualizationRequest{+equalizationRequest}',
    ],
    [
      'linkStatus2',
      `Retimer{+retimer} 2Retimers{+twoRetimers} CrosslinkRes: {crosslink|crosslink}, FltMode{+flitMode}${
        ready ? ', DRS{+deviceReadinessMessage}' : ''
      }`,
    ],
    ready && ['linkStatus2', 'DownstreamComp: {downstreamComponent|component}'],
  ]
}

function linkCapabilities2(fields: Fields): Fields {
  const found = at(fields, 'linkCapabilities2')
  return typeof found === 'object' && found !== null ? { ...found } : {}
}

/** A port that does one speed does all below it (§8.2.1). */
function speedRange(speeds: readonly unknown[]): string {
  const most = speeds.at(-1)
  if (most === undefined) return 'Unknown'
  if (Number(most) > 64) return 'RsvdP'
  return most === 2.5 ? '2.5GT/s' : `2.5-${text(most)}GT/s`
}

function hasMemory(space: PciConfigSpace): boolean {
  return space.baseAddresses.some(({ kind }) => kind === 'memory')
}
