import { toHex, u16le, u32le } from '../../integers.ts'
import type { Fields, Value } from '../field-values.ts'
import {
  bare,
  bitsAt,
  choice,
  digits,
  flag,
  flags,
  type FunctionContext,
  hex64,
  hexField,
  number,
  type Register,
  register,
} from './registers.ts'

/** PCI Express 6.2 §7.8.8: alternative routing-id interpretation. */
export const alternativeRouting: readonly Register[] = [
  register('capabilities', 4, 2, [
    flag('virtualChannelGroups', 0),
    flag('accessControlGroups', 1),
    number('nextFunction', 8, 8),
  ]),
  register('control', 6, 2, [
    flag('virtualChannelGroups', 0),
    flag('accessControlGroups', 1),
    number('functionGroup', 4, 3),
  ]),
]

/** §10.5.1. */
export const addressTranslation: readonly Register[] = [
  register('capabilities', 4, 2, [
    // 00000b means 32 invalidate requests; the code is kept.
    number('invalidateQueueDepthCode', 0, 5),
    ...flags(5, ['pageAlignedRequest', 'globalInvalidate', 'relaxedOrdering']),
  ]),
  register('control', 6, 2, [number('smallestUnitCode', 0, 5), flag('enabled', 15)]),
]

/** §10.5.2. */
export const pageRequests: readonly Register[] = [
  register('control', 4, 2, [flag('enabled', 0), flag('reset', 1)]),
  register('status', 6, 2, [
    flag('responseFailure', 0),
    flag('unexpectedGroupIndex', 1),
    flag('stopped', 8),
    flag('processIdRequired', 15),
  ]),
  digits('capacity', 8, 4),
  digits('allocation', 0x0c, 4),
]

/** §7.8.9. */
export const processAddressSpace: readonly Register[] = [
  register('capabilities', 4, 2, [
    flag('execute', 1),
    flag('privileged', 2),
    number('maximumWidthBits', 8, 5),
  ]),
  register('control', 6, 2, flags(0, ['enabled', 'execute', 'privileged'])),
]

/** §9.3.3. */
export const rootVirtualization: readonly Register[] = [
  register('capabilities', 4, 4, [
    flag('migration', 0),
    flag('ariPreserved', 1),
    flag('tag10Requester', 2),
    number('interruptMessage', 21, 11),
  ]),
  register('control', 8, 2, [
    ...flags(0, [
      'enabled',
      'migration',
      'migrationInterrupt',
      'memorySpace',
      'ariHierarchy',
      'tag10Requester',
    ]),
  ]),
  register('status', 0x0a, 2, [flag('migration', 0)]),
  bare('initialCount', 0x0c, 2),
  bare('totalCount', 0x0e, 2),
  bare('count', 0x10, 2),
  bare('dependencyLink', 0x12, 1),
  bare('firstOffset', 0x14, 2),
  bare('stride', 0x16, 2),
  digits('deviceId', 0x1a, 2),
  digits('supportedPageSizes', 0x1c, 4),
  digits('systemPageSize', 0x20, 4),
  ...[0, 1, 2, 3, 4, 5].map((index) => digits(`baseAddress${index}`, 0x24 + index * 4, 4)),
  register('migrationArray', 0x3c, 4, [
    number('baseAddressIndex', 0, 3),
    number('offset', 3, 29, (value) => toHex(value * 8, 8)),
  ]),
]

const ends = ({ portType }: FunctionContext) => portType === 0 || portType === 9

/** §7.9.11. */
export const multicast: readonly Register[] = [
  register('capabilities', 4, 2, [
    number('groupCount', 0, 6, (value) => value + 1),
    number('windowSizeBits', 8, 6),
    flag('ecrcRegeneration', 15),
  ]),
  register('control', 6, 2, [
    number('groupCount', 0, 6, (value) => value + 1),
    flag('enabled', 15),
  ]),
  digits('baseAddress', 8, 8),
  digits('receive', 0x10, 8),
  digits('blockAll', 0x18, 8),
  digits('blockUntranslated', 0x20, 8),
  digits('overlay', 0x28, 8, (context) => !ends(context)),
]

/** §7.8.6 and §7.8.7: the first register says how many follow. */
export function resizableBars(config: Uint8Array, at: number, end: number): Fields {
  if (at + 12 > end) return {}
  const count = bitsAt(u32le(config, at + 8), 5, 3)
  const bars: Value[] = []
  for (let index = 0; index < Math.max(1, Math.min(count, 6)); index++) {
    const place = at + 4 + index * 8
    if (place + 8 > end) break
    const control = u32le(config, place + 4)
    const low = u32le(config, place) >>> 4
    const high = control >>> 16
    const powers = Array.from({ length: 44 }, (_, power) => power)
    const supported = powers.filter((power) =>
      power < 28 ? (low >>> power) & 1 : (high >>> (power - 28)) & 1,
    )
    bars.push({
      baseAddressIndex: control & 7,
      sizeBytes: 2 ** (20 + bitsAt(control, 8, 6)),
      supportedSizesBytes: supported.map((power) => 2 ** (20 + power)),
    })
  }
  return { barCount: count, bars }
}

/** §7.9.13: transaction processing hints. */
export const processingHints: readonly Register[] = [
  register('capabilities', 4, 4, [
    ...flags(0, ['noTable', 'interruptVector', 'deviceSpecific']),
    flag('extendedRequester', 8),
    choice('tableLocation', 9, 2, ['none', 'capability', 'msi-x-table']),
    number('tableSize', 16, 11, (value) => value + 1),
  ]),
  register('control', 8, 4, [number('modeCode', 0, 3), number('requesterCode', 8, 2)]),
]

/** §7.8.2: ten bits times a power of 32. */
function latencyNanoseconds(word: number): number {
  return (word & 0x3ff) * 32 ** ((word >> 10) & 7)
}

export const latencyTolerance: readonly Register[] = [
  bare('maximumSnoopNanoseconds', 4, 2, latencyNanoseconds),
  bare('maximumNoSnoopNanoseconds', 6, 2, latencyNanoseconds),
]

const substates = ['pciPmL12', 'pciPmL11', 'aspmL12', 'aspmL11'] as const
/** §7.8.3: 5 bits times 2, 10 or 100 us; null: a reserved scale. */
const powerOnMicroseconds = (bits: number) => {
  const scale = [2, 10, 100, null][bits & 3] ?? null
  return scale === null ? null : scale * (bits >> 3)
}

export const powerSubstates: readonly Register[] = [
  register('capabilities', 4, 4, [
    ...flags(0, [...substates, 'supported']),
    number('commonModeRestoreMicroseconds', 8, 8),
    number('powerOnMicroseconds', 16, 8, powerOnMicroseconds),
  ]),
  register('control1', 8, 4, [
    ...flags(0, substates),
    number('commonModeRestoreMicroseconds', 8, 8),
    number('thresholdNanoseconds', 16, 16, (bits) =>
      bits >> 13 > 5 ? null : (bits & 0x3ff) * 32 ** (bits >> 13),
    ),
  ]),
  register('control2', 0x0c, 4, [number('powerOnMicroseconds', 0, 8, powerOnMicroseconds)]),
]

/** §7.9.15: granularity in ns; 0 and 255 have meanings of their own. */
export const precisionTime: readonly Register[] = [
  register('capabilities', 4, 4, [
    ...flags(0, ['requester', 'responder', 'root']),
    number('clockGranularityCode', 8, 8),
  ]),
  register('control', 8, 4, [
    flag('enabled', 0),
    flag('rootSelected', 1),
    number('effectiveGranularityCode', 8, 8),
  ]),
]

/** §7.8.1: one entry of a table that is read by writing its index; here is the one selected. */
export const powerBudgeting: readonly Register[] = [
  bare('selectedEntry', 4, 1),
  register('entry', 8, 4, [
    number('baseWattsUnscaled', 0, 8),
    number('scaleCode', 8, 2),
    number('subStateCode', 10, 3),
    number('stateCode', 13, 2),
    number('typeCode', 15, 3),
    number('railCode', 18, 3),
  ]),
  register('capabilities', 0x0c, 1, [flag('systemAllocated', 0)]),
]

/** §7.9.12. */
export const dynamicPower: readonly Register[] = [
  register('capabilities', 4, 4, [
    number('maximumSubstate', 0, 5),
    number('latencyUnitCode', 8, 2),
    number('allocationScaleCode', 12, 2),
    number('latency0', 16, 8),
    number('latency1', 24, 8),
  ]),
  register('status', 0x0c, 2, [number('substate', 0, 5), flag('controlEnabled', 8)]),
]

/** §7.9.24: an exchange of data objects goes on through these registers. */
export const dataObjectExchange: readonly Register[] = [
  register('capabilities', 4, 4, [flag('interrupt', 0), number('interruptMessage', 1, 11)]),
  register('control', 8, 4, [flag('abort', 0), flag('interrupt', 1)]),
  register('status', 0x0c, 4, [
    flag('busy', 0),
    flag('interrupt', 1),
    flag('error', 2),
    flag('objectReady', 31),
  ]),
]

/** §7.9.18: readiness times are three bits of scale and nine of value; 32 times the power in ns. */
export const readinessTime: readonly Register[] = [
  register('resetTimes', 4, 4, [
    number('resetNanoseconds', 0, 12, readinessNanoseconds),
    number('dataLinkUpNanoseconds', 12, 12, readinessNanoseconds),
    flag('valid', 31),
  ]),
  register('otherTimes', 8, 4, [
    number('functionLevelResetNanoseconds', 0, 12, readinessNanoseconds),
    number('d3hotToD0Nanoseconds', 12, 12, readinessNanoseconds),
  ]),
]

function readinessNanoseconds(bits: number): number {
  return (bits & 0x1ff) * 32 ** (bits >> 9)
}

/** §7.9.16: which hierarchy the device is in, as software or a message told it. */
export const hierarchyId: readonly Register[] = [
  register('status', 4, 4, [number('messageCode', 0, 4), flag('valid', 16)]),
  digits('id', 8, 8),
]

/** §7.9.19: what the lamps of a drive bay can show. */
export const enclosureManagement: readonly Register[] = [
  register('capabilities', 4, 4, flags(0, enclosureBits('supported'))),
  register('control', 8, 4, flags(0, enclosureBits('enabled'))),
  register('status', 0x0c, 4, [flag('commandCompleted', 0)]),
]

function enclosureBits(first: string): readonly string[] {
  return [
    first,
    'reset',
    'ok',
    'locate',
    'fail',
    'rebuild',
    'predictedFailure',
    'hotSpare',
    'inCriticalArray',
    'inFailedArray',
    'invalidDeviceType',
    'disabled',
  ]
}

/** §7.9.1: one to eight virtual channels. */
export function virtualChannels(config: Uint8Array, at: number, end: number): Fields {
  if (at + 0x1c > end) return {}
  const capabilities = u32le(config, at + 4)
  const arbitration = u32le(config, at + 8)
  const channels: Value[] = []
  for (let index = 0; index <= bitsAt(capabilities, 0, 3); index++) {
    const place = at + 0x10 + index * 12
    channels.push(place + 12 > end ? null : channel(config, place))
  }
  return {
    lowPriorityCount: bitsAt(capabilities, 4, 3),
    referenceClockCode: bitsAt(capabilities, 8, 2),
    portArbitrationEntryBits: 1 << bitsAt(capabilities, 10, 2),
    arbitrationBits: arbitration & 0xff,
    arbitrationTableOffset: bitsAt(arbitration, 24, 8) * 16,
    arbitrationSelected: bitsAt(u16le(config, at + 0x0c), 1, 3),
    arbitrationInProgress: (u16le(config, at + 0x0e) & 1) !== 0,
    channels,
  }
}

function channel(config: Uint8Array, at: number): Fields {
  const capabilities = u32le(config, at)
  const control = u32le(config, at + 4)
  const status = u16le(config, at + 0x0a)
  return {
    arbitrationBits: capabilities & 0xff,
    rejectsSnoop: bitsAt(capabilities, 15, 1) === 1,
    timeSlotCount: bitsAt(capabilities, 16, 7) + 1,
    arbitrationTableOffset: bitsAt(capabilities, 24, 8) * 16,
    trafficClassBits: control & 0xff,
    arbitrationSelected: bitsAt(control, 17, 3),
    id: bitsAt(control, 24, 3),
    enabled: bitsAt(control, 31, 1) === 1,
    arbitrationInProgress: (status & 1) !== 0,
    negotiationPending: (status & 2) !== 0,
  }
}

/** §7.9.8: links between the elements of a root complex. */
export function rootComplexLinks(config: Uint8Array, at: number, end: number): Fields {
  if (at + 0x10 > end) return {}
  const self = u32le(config, at + 4)
  const links: Value[] = []
  for (let index = 0; index < bitsAt(self, 8, 8); index++) {
    const place = at + 0x10 + index * 16
    if (place + 16 > end) break
    const description = u32le(config, place)
    links.push({
      valid: (description & 1) !== 0,
      kind: (description & 2) === 0 ? 'memory-mapped' : 'configuration-space',
      hasRegisterBlock: (description & 4) !== 0,
      targetComponent: bitsAt(description, 16, 8),
      targetPort: bitsAt(description, 24, 8),
      address: hex64(config, place + 8),
    })
  }
  return {
    elementType:
      ['configuration-space', 'egress', 'internal'][self & 0xff] ?? `code-${self & 0xff}`,
    componentId: bitsAt(self, 16, 8),
    portNumber: bitsAt(self, 24, 8),
    linkCount: bitsAt(self, 8, 8),
    links,
  }
}

/** §7.9.27: blocks of registers in memory space. */
export function registerBlocks(config: Uint8Array, at: number, end: number): Fields {
  if (at + 8 > end) return {}
  const lengthBytes = u32le(config, at + 4) & 0xfff
  const blocks: Value[] = []
  for (let index = 0; index < Math.floor(lengthBytes / 8) - 1; index++) {
    const place = at + 8 + index * 8
    if (place + 8 > end) break
    const low = u32le(config, place)
    blocks.push({
      baseAddressIndex: low & 7,
      blockId: bitsAt(low, 8, 8),
      offset: toHex(u32le(config, place + 4), 8) + toHex(((low >>> 16) << 16) >>> 0, 8),
    })
  }
  return { lengthBytes, blocks }
}

/** §7.9.20, §7.9.21: protocols beside PCI Express that the link can carry. */
export const alternateProtocol: readonly Register[] = [
  register('capabilities', 4, 4, [number('count', 0, 8), flag('selective', 8)]),
  register('control', 8, 4, [number('selectedIndex', 0, 8), flag('enabled', 8)]),
  register('data1', 0x0c, 4, [
    number('usageCode', 0, 3),
    number('details', 5, 11),
    hexField('vendorId', 16, 16),
  ]),
]
