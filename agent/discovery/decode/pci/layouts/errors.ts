import { toHex, u8 } from '../../integers.ts'
import { bitsOf, type Fields } from '../field-values.ts'
import {
  bare,
  choice,
  digits,
  flag,
  flags,
  type FunctionContext,
  number,
  readRegisters,
  type Register,
  register,
} from './registers.ts'

/** PCI Express 6.2 §7.8.4.2: bits of the uncorrectable error registers, from bit 4 on. */
const uncorrectable = [
  'data-link-protocol',
  'surprise-down',
  null,
  null,
  null,
  null,
  null,
  null,
  'poisoned-tlp',
  'flow-control-protocol',
  'completion-timeout',
  'completer-abort',
  'unexpected-completion',
  'receiver-overflow',
  'malformed-tlp',
  'ecrc',
  'unsupported-request',
  'acs-violation',
  'uncorrectable-internal',
  'mc-blocked-tlp',
  'atomic-op-blocked',
  'tlp-prefix-blocked',
  'poisoned-tlp-blocked',
  'dmwr-blocked',
  'ide-check-failed',
  'misrouted-ide-tlp',
  'pcrc-check-failed',
  'translation-egress-blocked',
] as const

/** §7.8.4.5. */
const correctable = [
  'receiver',
  null,
  null,
  null,
  null,
  null,
  'bad-tlp',
  'bad-dllp',
  'replay-number-rollover',
  null,
  null,
  null,
  'replay-timer-timeout',
  'advisory-non-fatal',
  'corrected-internal',
  'header-log-overflow',
] as const

const uncorrectableOf = (bits: number) => bitsOf(bits >>> 4, uncorrectable)
const correctableOf = (bits: number) => bitsOf(bits, correctable)
const collects = ({ portType }: FunctionContext) => portType === 4 || portType === 10

/** §7.8.4: advanced error reporting; root ports and event collectors have more. */
export const advancedErrors: readonly Register[] = [
  bare('uncorrectableStatus', 4, 4, uncorrectableOf),
  bare('uncorrectableMask', 8, 4, uncorrectableOf),
  bare('uncorrectableSeverity', 0x0c, 4, uncorrectableOf),
  bare('correctableStatus', 0x10, 4, correctableOf),
  bare('correctableMask', 0x14, 4, correctableOf),
  register('control', 0x18, 4, [
    number('firstErrorPointer', 0, 5),
    ...flags(5, [
      'ecrcGenerationCapable',
      'ecrcGeneration',
      'ecrcCheckCapable',
      'ecrcCheck',
      'multipleHeaderCapable',
      'multipleHeader',
      'prefixLogPresent',
      'completionTimeoutLogCapable',
    ]),
  ]),
  ...[0, 1, 2, 3].map((index) => digits(`headerLog${index}`, 0x1c + index * 4, 4)),
  register('rootCommand', 0x2c, 4, flags(0, ['correctable', 'nonFatal', 'fatal']), collects),
  register(
    'rootStatus',
    0x30,
    4,
    [
      ...flags(0, [
        'correctable',
        'multipleCorrectable',
        'uncorrectable',
        'multipleUncorrectable',
        'firstFatal',
        'nonFatalMessages',
        'fatalMessages',
      ]),
      number('interruptMessage', 27, 5),
    ],
    collects,
  ),
  digits('correctableSource', 0x34, 2, collects),
  digits('uncorrectableSource', 0x36, 2, collects),
]

/** §7.9.14. */
export const downstreamPortContainment: readonly Register[] = [
  register('capabilities', 4, 2, [
    number('interruptMessage', 0, 5),
    ...flags(5, ['rootPortExtensions', 'poisonedEgressBlocking', 'softwareTrigger']),
    number('programmedIoLogDwords', 8, 4),
    flag('activeErrorSignaling', 12),
  ]),
  register('control', 6, 2, [
    choice('trigger', 0, 2, ['disabled', 'fatal', 'fatal-and-non-fatal']),
    number('triggerCode', 0, 2),
    ...flags(2, [
      'completionUnsupportedRequest',
      'interrupt',
      'errorSignaling',
      'poisonedEgressBlocking',
      'softwareTrigger',
      'activeErrorSignaling',
    ]),
  ]),
  register('status', 8, 2, [
    flag('triggered', 0),
    number('reasonCode', 1, 2),
    flag('interrupt', 3),
    flag('rootPortBusy', 4),
    number('reasonExtensionCode', 5, 2),
    number('firstErrorPointer', 8, 5),
  ]),
  digits('source', 0x0a, 2),
]

/** §7.9.10: bit n of the map is device n of the bus; the buses came with version 2. */
export function eventCollector(
  config: Uint8Array,
  at: number,
  end: number,
  context: FunctionContext,
): Fields {
  const version = u8(config, at + 2) & 0xf
  const registers = version >= 2 ? [collectedDevices, collectedBuses] : [collectedDevices]
  return readRegisters(config, at, end, registers, context)
}

const collectedDevices = bare('devices', 4, 4, (bits) =>
  Array.from({ length: 32 }, (_, device) => device).filter((device) => (bits >>> device) & 1),
)
const collectedBuses = register('buses', 8, 4, [number('first', 8, 8), number('last', 16, 8)])

/** §7.7.11.2. */
const accessControls = [
  'source-validation',
  'translation-blocking',
  'p2p-request-redirect',
  'p2p-completion-redirect',
  'upstream-forwarding',
  'p2p-egress-control',
  'direct-translated-p2p',
  'enhanced',
] as const

/** §7.7.11: which transactions between peers are allowed. */
export const accessControl: readonly Register[] = [
  bare('supported', 4, 2, (bits) => bitsOf(bits & 0xff, accessControls)),
  bare('egressVectorBits', 5, 1, (bits) => bits || 256),
  bare('enabled', 6, 2, (bits) => bitsOf(bits & 0x7f, accessControls)),
]

/** §7.8.3. */
export const serialNumber: readonly Register[] = [digits('serial', 4, 8)]

/** §7.9.5: of a vendor's own capability only the head is known. */
export const vendorExtended: readonly Register[] = [
  register('header', 4, 4, [
    number('id', 0, 16, (id) => toHex(id, 4)),
    number('revision', 16, 4),
    number('lengthBytes', 20, 12),
  ]),
]
