import { at, type Fields, linesOf, list, signs } from './template.ts'

const uncorrectable = [
  {
    DLP: 'data-link-protocol',
    SDES: 'surprise-down',
    TLP: 'poisoned-tlp',
    FCP: 'flow-control-protocol',
    CmpltTO: 'completion-timeout',
    CmpltAbrt: 'completer-abort',
    UnxCmplt: 'unexpected-completion',
    RxOF: 'receiver-overflow',
    MalfTLP: 'malformed-tlp',
  },
  {
    ECRC: 'ecrc',
    UnsupReq: 'unsupported-request',
    ACSViol: 'acs-violation',
    UncorrIntErr: 'uncorrectable-internal',
    BlockedTLP: 'mc-blocked-tlp',
    AtomicOpBlocked: 'atomic-op-blocked',
    TLPBlockedErr: 'tlp-prefix-blocked',
  },
  {
    PoisonTLPBlocked: 'poisoned-tlp-blocked',
    DMWrReqBlocked: 'dmwr-blocked',
    IDECheck: 'ide-check-failed',
    MisIDETLP: 'misrouted-ide-tlp',
    PCRC_CHECK: 'pcrc-check-failed',
    TLPXlatBlocked: 'translation-egress-blocked',
  },
] as const

const correctable = {
  RxErr: 'receiver',
  BadTLP: 'bad-tlp',
  BadDLLP: 'bad-dllp',
  Rollover: 'replay-number-rollover',
  Timeout: 'replay-timer-timeout',
  AdvNonFatalErr: 'advisory-non-fatal',
  CorrIntErr: 'corrected-internal',
  HeaderOF: 'header-log-overflow',
}

export function errorLines(fields: Fields): readonly string[] {
  if (fields['headerLog3'] === undefined) return []
  const masks = (
    [
      'UESta:uncorrectableStatus',
      'UEMsk:uncorrectableMask',
      'UESvrt:uncorrectableSeverity',
    ] as const
  ).flatMap((pair) => {
    const [label, name = ''] = pair.split(':')
    return uncorrectable.map(
      (row, index) => `${index === 0 ? `${label}:\t` : ''}${signs(fields[name], row)}`,
    )
  })
  return [
    ...masks,
    `CESta:\t${signs(fields['correctableStatus'], correctable)}`,
    `CEMsk:\t${signs(fields['correctableMask'], correctable)}`,
    ...linesOf(fields, [
      [
        'control',
        'AERCap:\tFirst Error Pointer: {firstErrorPointer:2x}, ECRCGenCap{+ecrcGenerationCapable} ECRCGenEn{+ecrcGeneration} ECRCChkCap{+ecrcCheckCapable} ECRCChkEn{+ecrcCheck}',
      ],
      [
        'control',
        'MultHdrRecCap{+multipleHeaderCapable} MultHdrRecEn{+multipleHeader} TLPPfxPres{+prefixLogPresent} HdrLogCap{+completionTimeoutLogCapable}',
      ],
      'HeaderLog: {headerLog0} {headerLog1} {headerLog2} {headerLog3}',
      ['rootCommand', 'RootCmd: CERptEn{+correctable} NFERptEn{+nonFatal} FERptEn{+fatal}'],
      [
        'rootStatus',
        'RootSta: CERcvd{+correctable} MultCERcvd{+multipleCorrectable} UERcvd{+uncorrectable} MultUERcvd{+multipleUncorrectable}',
      ],
      [
        'rootStatus',
        'FirstFatal{+firstFatal} NonFatalMsg{+nonFatalMessages} FatalMsg{+fatalMessages} IntMsgNum {interruptMessage}',
      ],
      'ErrorSrc: ERR_COR: {correctableSource} ERR_FATAL/NONFATAL: {uncorrectableSource}',
    ]),
  ]
}

export function containmentLines(fields: Fields): readonly string[] {
  return linesOf(fields, [
    [
      'capabilities',
      'DpcCap:\tIntMsgNum {interruptMessage}, RPExt{+rootPortExtensions} PoisonedTLP{+poisonedEgressBlocking} SwTrigger{+softwareTrigger} RP PIO Log {programmedIoLogDwords}, DL_ActiveErr{+activeErrorSignaling}',
    ],
    [
      'control',
      'DpcCtl:\tTrigger:{triggerCode:1x} Cmpl{+completionUnsupportedRequest} INT{+interrupt} ErrCor{+errorSignaling} PoisonedTLP{+poisonedEgressBlocking} SwTrigger{+softwareTrigger} DL_ActiveErr{+activeErrorSignaling}',
    ],
    [
      'status',
      'DpcSta:\tTrigger{+triggered} Reason:{reasonCode:2x} INT{+interrupt} RPBusy{+rootPortBusy} TriggerExt:{reasonExtensionCode:2x} RP PIO ErrPtr:{firstErrorPointer:2x}',
    ],
    'Source:\t{source}',
  ])
}

export function collectorLines(fields: Fields): readonly string[] {
  const devices = list(fields['devices']).map(Number)
  const runs: string[] = []
  for (const device of devices) {
    if (devices.includes(device - 1)) continue
    let last = device
    while (devices.includes(last + 1)) last++
    // lspci ends a run where it finds a gap; behind device 31 there is none.
    runs.push(last === device || last === 31 ? `${device}` : `${device}-${last}`)
  }
  const map = runs.length === 0 ? '00000000 [none]' : `RCiEP at Device(s): ${runs.join(', ')}`
  const none = at(fields, 'buses.first') === 255 && at(fields, 'buses.last') === 0
  return linesOf(fields, [
    `RCiEPBitmap: ${map}`,
    ['buses', `AssociatedBusNumbers: ${none ? 'ff-00 [none]' : '{first:2x}-{last:2x}'}`],
  ])
}
