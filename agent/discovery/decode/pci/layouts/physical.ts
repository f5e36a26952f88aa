import { toHex, u32le } from '../../integers.ts'
import type { Fields, Value } from '../field-values.ts'
import {
  bare,
  bitsAt,
  choice,
  digits,
  flag,
  flags,
  number,
  type Register,
  register,
} from './registers.ts'

/** PCI Express 6.2 §7.7.3. */
export const secondaryExpress: readonly Register[] = [
  register('linkControl3', 4, 4, [
    flag('performEqualization', 0),
    flag('equalizationRequestInterrupt', 1),
    number('lowerSkipGenerationBits', 9, 7),
  ]),
  bare('laneErrors', 8, 2, (bits) =>
    Array.from({ length: 16 }, (_, lane) => lane).filter((lane) => (bits >> lane) & 1),
  ),
]

const equalization = ['complete', 'phase1', 'phase2', 'phase3', 'request'] as const

/** §7.7.5. */
export const physical16: readonly Register[] = [
  register('status', 0x0c, 4, flags(0, equalization)),
  digits('localParityMismatch', 0x10, 4),
  digits('firstRetimerParityMismatch', 0x14, 4),
  digits('secondRetimerParityMismatch', 0x18, 4),
]

/** §7.7.6. */
export const physical32: readonly Register[] = [
  register('capabilities', 4, 4, [
    flag('equalizationBypass', 0),
    flag('noEqualizationNeeded', 1),
    ...flags(8, ['modifiedTraining0', 'modifiedTraining1', 'modifiedTraining2']),
  ]),
  register('control', 8, 4, [
    flag('equalizationBypassDisabled', 0),
    flag('noEqualizationNeededDisabled', 1),
    choice('modifiedTraining', 8, 3, [
      'pci-express',
      'training-set-messages',
      'alternate-protocol-negotiation',
    ]),
  ]),
  register('status', 0x0c, 4, [
    ...flags(0, [...equalization, 'modifiedTrainingReceived']),
    choice('receivedLinkBehavior', 6, 2, [
      'full-equalization',
      'equalization-bypass',
      'no-equalization',
      'modified-training-sets',
    ]),
    ...flags(8, ['precoding', 'precodingRequest', 'noEqualizationReceived']),
  ]),
]

/** §7.7.7. */
export const physical64: readonly Register[] = [
  register('status', 0x0c, 4, [
    ...flags(0, [...equalization, 'precoding', 'precodingRequest', 'noEqualizationReceived']),
  ]),
]

/** §7.7.8. */
export const laneMargining: readonly Register[] = [
  register('capabilities', 4, 2, [flag('needsDriver', 0)]),
  register('status', 6, 2, [flag('ready', 0), flag('softwareReady', 1)]),
]

/** §7.7.4. */
export const dataLinkFeature: readonly Register[] = [
  register('capabilities', 4, 4, [
    flag('scaledFlowControl', 0),
    flag('immediateReadiness', 1),
    number('extendedCreditBits', 2, 3),
    flag('l0p', 5),
    flag('exchangeEnabled', 31),
  ]),
  register('status', 8, 4, [
    flag('remoteScaledFlowControl', 0),
    flag('remoteImmediateReadiness', 1),
    flag('remoteValid', 31),
  ]),
]

const linkWidths = ['x1', 'x2', 'x4', 'x8', 'x16', null, null, 'dynamic'] as const

/** §7.7.9. */
export const device3: readonly Register[] = [
  register('capabilities', 4, 4, [
    ...flags(0, ['deferrableWriteRouting', 'tag14Completer', 'tag14Requester', 'l0p']),
    number('portL0pExitCode', 4, 3),
    number('retimerL0pExitCode', 7, 3),
    flag('unorderedIoCompleter', 10),
    flag('unorderedIoRequester', 11),
  ]),
  register('control', 8, 2, [
    ...flags(0, [
      'deferrableWriteRequester',
      'deferrableWriteEgressBlocking',
      'tag14Requester',
      'l0p',
    ]),
    choice('targetLinkWidth', 4, 3, linkWidths),
    flag('unorderedIoRequester', 7),
    flag('boundary256Disabled', 8),
  ]),
  register('status', 0x0c, 2, [
    choice('initialLinkWidth', 0, 3, linkWidths),
    flag('segmentCaptured', 3),
    flag('remoteL0p', 4),
  ]),
]

/** §7.9.26: integrity and data encryption of the link, and of single streams. */
export function encryption(config: Uint8Array, at: number, end: number): Fields {
  if (at + 12 > end) return {}
  const bits = u32le(config, at + 4)
  const linkCount = (bits & 1) === 0 ? 0 : bitsAt(bits, 13, 3) + 1
  const selectiveCount = (bits & 2) === 0 ? 0 : bitsAt(bits, 16, 8) + 1
  let next = at + 12
  const links: Value[] = []
  for (; links.length < linkCount && next + 8 <= end; next += 8) {
    links.push({ ...stream(u32le(config, next)), ...streamStatus(u32le(config, next + 4)) })
  }
  const selective: Value[] = []
  while (links.length === linkCount && selective.length < selectiveCount && next + 20 <= end) {
    const blockCount = u32le(config, next) & 0xf
    if (next + 20 + blockCount * 12 > end) break
    selective.push(selectiveStream(config, next, blockCount))
    next += 20 + blockCount * 12
  }
  const names = [
    'link',
    'selective',
    'flowThrough',
    'partialHeader',
    'aggregation',
    'plaintextCrc',
    'keyManagement',
    'selectiveConfiguration',
  ]
  return {
    ...Object.fromEntries(names.map((name, bit) => [name, bitsAt(bits, bit, 1) === 1])),
    algorithmCode: bitsAt(bits, 8, 5),
    trafficClassCount: bitsAt(bits, 13, 3) + 1,
    teeLimited: bitsAt(bits, 24, 1) === 1,
    extended: bitsAt(bits, 25, 1) === 1,
    flowThroughEnabled: bitsAt(u32le(config, at + 8), 2, 1) === 1,
    linkStreamCount: linkCount,
    selectiveStreamCount: selectiveCount,
    linkStreams: links,
    selectiveStreams: selective,
  }
}

function stream(control: number): Fields {
  return {
    enabled: bitsAt(control, 0, 1) === 1,
    extended: bitsAt(control, 1, 1) === 1,
    aggregationNonPostedCode: bitsAt(control, 2, 2),
    aggregationPostedCode: bitsAt(control, 4, 2),
    aggregationCompletionCode: bitsAt(control, 6, 2),
    plaintextCrc: bitsAt(control, 8, 1) === 1,
    configuration: bitsAt(control, 9, 1) === 1,
    partialHeaderCode: bitsAt(control, 10, 4),
    algorithmCode: bitsAt(control, 14, 5),
    trafficClass: bitsAt(control, 19, 3),
    default: bitsAt(control, 22, 1) === 1,
    teeLimited: bitsAt(control, 23, 1) === 1,
    id: bitsAt(control, 24, 8),
  }
}

function streamStatus(status: number): Fields {
  const code = bitsAt(status, 0, 4)
  return {
    state: code === 0 ? 'insecure' : code === 2 ? 'secure' : `code-${code}`,
    integrityCheckFailed: bitsAt(status, 31, 1) === 1,
  }
}

function selectiveStream(config: Uint8Array, at: number, blockCount: number): Fields {
  const limit = u32le(config, at + 12)
  const base = u32le(config, at + 16)
  const address = (upper: number, low: number) => toHex(upper, 8) + toHex(low, 8)
  return {
    ...stream(u32le(config, at + 4)),
    ...streamStatus(u32le(config, at + 8)),
    requesterIds: {
      valid: bitsAt(base, 0, 1) === 1,
      base: bitsAt(base, 8, 16),
      limit: bitsAt(limit, 8, 16),
      segment: bitsAt(base, 24, 8),
    },
    addresses: Array.from({ length: blockCount }, (_, index) => {
      const place = at + 20 + index * 12
      const low = u32le(config, place)
      return {
        valid: bitsAt(low, 0, 1) === 1,
        base: address(u32le(config, place + 8), bitsAt(low, 8, 12) * 2 ** 20),
        limit: address(u32le(config, place + 4), bitsAt(low, 20, 12) * 2 ** 20 + 0xf_ffff),
      }
    }),
  }
}
