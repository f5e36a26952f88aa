import {
  choice,
  flag,
  flags,
  type FunctionContext,
  number,
  type Register,
  register,
} from './registers.ts'

/** PCI Express base specification 6.2 §7.5.3.2: device/port types by their code. */
export const portTypes = [
  'endpoint',
  'legacy-endpoint',
  null,
  null,
  'root-port',
  'upstream-port',
  'downstream-port',
  'pcie-to-pci-bridge',
  'pci-to-pcie-bridge',
  'root-complex-integrated-endpoint',
  'root-complex-event-collector',
] as const

const bytesFrom128 = (code: number) => 128 << code

/** §7.5.3.3: upper bound; null: no limit. */
const latencyL0s = [64, 128, 256, 512, 1_000, 2_000, 4_000, null] as const
const latencyL1 = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, null] as const

/** Speeds by their code; null: not defined. */
const speeds = [null, 2.5, 5, 8, 16, 32, 64, 128] as const

const hasLink = ({ portType }: FunctionContext) => portType !== 9 && portType !== 10
const isPort = ({ portType }: FunctionContext) => portType === 4 || portType === 6 || portType === 8
const isRoot = ({ portType }: FunctionContext) => portType === 4 || portType === 10

/**
 * Slot power: 8 bits of value, then 2 of scale. Above 239 at scale 1 the steps are 25 W from 250 W on;
 * FFh is more than 600 W, given as null (§7.5.3.3, §7.5.3.9).
 */
function slotPowerWatts(bits: number): number | null {
  const value = bits & 0xff
  const scale = bits >> 8
  if (scale === 0 && value === 0xff) return null
  if (scale === 0 && value >= 0xf0) return 250 + 25 * (value - 0xf0)
  return value / 10 ** scale
}

const errorKinds = ['correctable', 'nonFatal', 'fatal', 'unsupportedRequest'] as const

/** §7.5.3, the registers of every version. */
const registersOfVersion1: readonly Register[] = [
  register('capabilities', 2, 2, [
    number('version', 0, 4),
    choice('portType', 4, 4, portTypes),
    flag('slotImplemented', 8),
    number('interruptMessage', 9, 5),
    flag('flitModeSupported', 15),
  ]),
  register('deviceCapabilities', 4, 4, [
    number('maximumPayloadBytes', 0, 3, bytesFrom128),
    number('phantomFunctionCount', 3, 2, (code) => (1 << code) - 1),
    flag('extendedTag', 5),
    number('acceptableL0sNanoseconds', 6, 3, (code) => latencyL0s[code] ?? null),
    number('acceptableL1Nanoseconds', 9, 3, (code) => latencyL1[code] ?? null),
    ...flags(12, ['attentionButton', 'attentionIndicator', 'powerIndicator', 'roleBasedErrors']),
    number('slotPowerLimitWatts', 18, 10, slotPowerWatts),
    flag('functionLevelReset', 28),
    flag('teeIo', 30),
  ]),
  register('deviceControl', 8, 2, [
    ...flags(0, errorKinds),
    flag('relaxedOrdering', 4),
    number('payloadBytes', 5, 3, bytesFrom128),
    ...flags(8, ['extendedTag', 'phantomFunctions', 'auxiliaryPower', 'noSnoop']),
    number('readRequestBytes', 12, 3, bytesFrom128),
    flag('retryOrReset', 15),
  ]),
  register('deviceStatus', 0x0a, 2, [
    ...flags(0, [...errorKinds, 'auxiliaryPower', 'transactionsPending']),
  ]),
  register(
    'linkCapabilities',
    0x0c,
    4,
    [
      number('maximumSpeedGtPerS', 0, 4, (code) => speeds[code] ?? null),
      number('maximumLaneWidth', 4, 6),
      flag('l0s', 10),
      flag('l1', 11),
      number('l0sExitNanoseconds', 12, 3, (code) => latencyL0s[code] ?? null),
      number('l1ExitNanoseconds', 15, 3, (code) => latencyL1[code] ?? null),
      ...flags(18, [
        'clockPowerManagement',
        'surpriseDownReporting',
        'linkActiveReporting',
        'bandwidthNotification',
        'aspmOptionalityCompliance',
      ]),
      number('portNumber', 24, 8),
    ],
    hasLink,
  ),
  register(
    'linkControl',
    0x10,
    2,
    [
      flag('l0s', 0),
      flag('l1', 1),
      number('readCompletionBoundaryBytes', 3, 1, (code) => (code === 1 ? 128 : 64)),
      ...flags(4, ['disabled', 'retrain', 'commonClock', 'extendedSynch']),
      ...flags(8, [
        'clockPowerManagement',
        'autonomousWidthDisabled',
        'bandwidthInterrupt',
        'autonomousBandwidthInterrupt',
      ]),
      flag('flitModeDisabled', 13),
    ],
    hasLink,
  ),
  register(
    'linkStatus',
    0x12,
    2,
    [
      number('speedGtPerS', 0, 4, (code) => speeds[code] ?? null),
      number('laneWidth', 4, 6),
      ...flags(10, [
        'trainingError',
        'training',
        'slotClock',
        'dataLinkActive',
        'bandwidthManaged',
        'autonomousBandwidth',
      ]),
    ],
    hasLink,
  ),
  ...slotRegisters(),
  register(
    'rootControl',
    0x1c,
    2,
    [...flags(0, [...rootErrors(), 'pmeInterrupt', 'retryVisible'])],
    isRoot,
  ),
  register('rootCapabilities', 0x1e, 2, [flag('retryVisible', 0)], isRoot),
  register(
    'rootStatus',
    0x20,
    4,
    [number('pmeRequester', 0, 16), flag('pme', 16), flag('pmePending', 17)],
    isRoot,
  ),
]

function rootErrors() {
  return ['systemErrorOnCorrectable', 'systemErrorOnNonFatal', 'systemErrorOnFatal'] as const
}

function slotRegisters(): readonly Register[] {
  const hasSlot: Register['when'] = (context, { capabilities }) =>
    isPort(context) &&
    typeof capabilities === 'object' &&
    capabilities !== null &&
    'slotImplemented' in capabilities &&
    capabilities['slotImplemented'] === true
  const indicators = ['reserved', 'on', 'blink', 'off'] as const
  return [
    register(
      'slotCapabilities',
      0x14,
      4,
      [
        ...flags(0, [
          'attentionButton',
          'powerController',
          'retentionLatchSensor',
          'attentionIndicator',
          'powerIndicator',
          'hotPlugSurprise',
          'hotPlug',
        ]),
        number('powerLimitWatts', 7, 10, slotPowerWatts),
        flag('interlock', 17),
        flag('noCommandCompleted', 18),
        number('slotNumber', 19, 13),
      ],
      hasSlot,
    ),
    register(
      'slotControl',
      0x18,
      2,
      [
        ...flags(0, [
          'attentionButton',
          'powerFault',
          'retentionLatch',
          'presence',
          'commandCompleted',
          'hotPlugInterrupt',
        ]),
        choice('attentionIndicator', 6, 2, indicators),
        choice('powerIndicator', 8, 2, indicators),
        flag('powerOff', 10),
        flag('interlock', 11),
        flag('linkStateChanged', 12),
      ],
      hasSlot,
    ),
    register(
      'slotStatus',
      0x1a,
      2,
      [
        ...flags(0, [
          'attentionButton',
          'powerFault',
          'retentionLatchChanged',
          'presenceChanged',
          'commandCompleted',
          'retentionLatchOpen',
          'present',
          'interlock',
          'linkStateChanged',
        ]),
      ],
      hasSlot,
    ),
  ]
}

/** §7.5.3.16 on: ranges of completion timeouts, letters of the four ranges. */
const timeoutRanges = [
  'none',
  'A',
  'B',
  'AB',
  null,
  null,
  'BC',
  'ABC',
  null,
  null,
  null,
  null,
  null,
  null,
  'BCD',
  'ABCD',
] as const
const timeouts = [
  '50us-50ms',
  '50us-100us',
  '1ms-10ms',
  null,
  null,
  '16ms-55ms',
  '65ms-210ms',
  null,
  null,
  '260ms-900ms',
  '1s-3.5s',
  null,
  null,
  '4s-13s',
  '17s-64s',
] as const

/** §7.5.3.15 to §7.5.3.21, there from version 2 on. */
const registersOfVersion2: readonly Register[] = [
  register('deviceCapabilities2', 0x24, 4, [
    choice('completionTimeoutRanges', 0, 4, timeoutRanges),
    ...flags(4, [
      'completionTimeoutDisable',
      'ariForwarding',
      'atomicRouting',
      'atomic32',
      'atomic64',
      'compareAndSwap128',
      'noRelaxedOrderingPassing',
      'latencyToleranceReporting',
    ]),
    choice('hintsCompleter', 12, 2, ['none', 'hints', null, 'extended-hints']),
    choice('lightweightNotification', 14, 2, ['none', '64-byte', '128-byte']),
    flag('tag10Completer', 16),
    flag('tag10Requester', 17),
    choice('bufferFlush', 18, 2, ['none', 'message', 'wake', 'message-and-wake']),
    flag('extendedFormat', 20),
    flag('endToEndPrefix', 21),
    number('maximumEndToEndPrefixes', 22, 2, (code) => (code === 0 ? 4 : code)),
    choice('emergencyPowerReduction', 24, 2, ['none', 'device', 'form-factor-or-device']),
    flag('emergencyPowerReductionInitialization', 26),
    flag('functionReadinessStatus', 31),
  ]),
  register('deviceControl2', 0x28, 2, [
    choice('completionTimeout', 0, 4, timeouts),
    ...flags(4, [
      'completionTimeoutDisabled',
      'ariForwarding',
      'atomicRequester',
      'atomicEgressBlocking',
      'idOrderingRequests',
      'idOrderingCompletions',
      'latencyToleranceReporting',
      'emergencyPowerReductionRequest',
      'tag10Requester',
    ]),
    choice('bufferFlush', 13, 2, ['disabled', 'message-a', 'message-b', 'wake']),
    flag('endToEndPrefixBlocking', 15),
  ]),
  register(
    'linkCapabilities2',
    0x2c,
    4,
    [
      number('speedsGtPerS', 1, 7, speedVector),
      flag('crosslink', 8),
      number('lowerSkipGenerationGtPerS', 9, 7, speedVector),
      number('lowerSkipReceptionGtPerS', 16, 7, speedVector),
      flag('retimer', 23),
      flag('twoRetimers', 24),
      flag('deviceReadinessStatus', 31),
    ],
    hasLink,
  ),
  register(
    'linkControl2',
    0x30,
    2,
    [
      // Where only 2.5 GT/s is supported the field may be zero (§7.5.3.19).
      number('targetSpeedGtPerS', 0, 4, (code) => (code === 0 ? 2.5 : (speeds[code] ?? null))),
      flag('enterCompliance', 4),
      flag('autonomousSpeedDisabled', 5),
      number('selectableDeemphasisDecibels', 6, 1, (code) => (code === 1 ? -3.5 : -6)),
      number('transmitMargin', 7, 3),
      flag('enterModifiedCompliance', 10),
      flag('complianceSkip', 11),
      number('compliancePreset', 12, 4),
    ],
    hasLink,
  ),
  register(
    'linkStatus2',
    0x32,
    2,
    [
      number('deemphasisDecibels', 0, 1, (code) => (code === 1 ? -3.5 : -6)),
      ...flags(1, [
        'equalizationComplete',
        'equalizationPhase1',
        'equalizationPhase2',
        'equalizationPhase3',
        'equalizationRequest',
        'retimer',
        'twoRetimers',
      ]),
      choice('crosslink', 8, 2, ['unsupported', 'upstream', 'downstream', 'incomplete']),
      flag('flitMode', 10),
      choice('downstreamComponent', 12, 3, [
        'link-down-unknown',
        'link-down-not-present',
        'link-down-present',
        null,
        'link-up-present',
        'link-up-present-ready',
      ]),
      flag('deviceReadinessMessage', 15),
    ],
    hasLink,
  ),
]

function speedVector(bits: number): readonly number[] {
  return [2.5, 5, 8, 16, 32, 64, 128].filter((_, index) => ((bits >> index) & 1) === 1)
}

/** PCI Express capability. */
export const expressRegisters: readonly Register[] = [
  ...registersOfVersion1,
  ...registersOfVersion2.map((one): Register => ({
    ...one,
    when: (context, before) =>
      version(before['capabilities']) >= 2 && (one.when?.(context, before) ?? true),
  })),
]

function version(capabilities: unknown): number {
  return typeof capabilities === 'object' && capabilities !== null && 'version' in capabilities
    ? Number(capabilities.version)
    : 0
}
