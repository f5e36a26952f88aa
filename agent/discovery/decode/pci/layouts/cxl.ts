import { toHex, u16le, u32le } from '../../integers.ts'
import type { Fields, Value } from '../field-values.ts'
import {
  bare,
  bitsAt,
  digits,
  flag,
  flags,
  type FunctionContext,
  number,
  readRegisters,
  type Register,
  register,
} from './registers.ts'

/** The vendor id of the CXL consortium. */
const consortium = '1e98'

/** CXL 3.1 §8.1.1: what a designated vendor-specific capability of the consortium is. */
const kinds: Readonly<Record<string, string>> = {
  '0000': 'device',
  '0002': 'non-cxl-function-map',
  '0003': 'extensions-for-ports',
  '0004': 'gpf-for-ports',
  '0005': 'gpf-for-devices',
  '0007': 'flex-bus-port',
  '0008': 'register-locator',
  '0009': 'multi-logical-device',
  '000a': 'test',
}

/** PCI Express 6.2 §7.9.6: a capability whose maker is named in it. */
export function designatedVendor(
  config: Uint8Array,
  at: number,
  end: number,
  context: FunctionContext,
): Fields {
  if (at + 0x0a > end) return {}
  const head = u32le(config, at + 4)
  const lengthBytes = bitsAt(head, 20, 12)
  const id = toHex(u16le(config, at + 8), 4)
  const revision = bitsAt(head, 16, 4)
  const vendorId = toHex(head & 0xffff, 4)
  const common = { vendorId, vendorCapabilityId: id, revision, lengthBytes }
  if (vendorId !== consortium || lengthBytes < 16) return common
  const kind = kinds[id] ?? 'unknown'
  if (at + lengthBytes > end) return { ...common, cxl: { kind } }
  const limit = at + lengthBytes
  const layout = layouts(revision, lengthBytes)[kind] ?? []
  const own = readRegisters(config, at, limit, layout, context)
  const blocks = kind === 'register-locator' ? { blocks: locatorBlocks(config, at, limit) } : {}
  return { ...common, cxl: { kind, ...own, ...blocks } }
}

const protocols = ['cache', 'io', 'memory'] as const

/** CXL 3.1 §8.1.3 to §8.1.10. */
function layouts(
  revision: number,
  lengthBytes: number,
): Readonly<Record<string, readonly Register[]>> {
  return {
    device: revision >= 1 && lengthBytes >= 0x38 ? device(revision, lengthBytes) : [],
    'non-cxl-function-map': Array.from({ length: 8 }, (_, index) =>
      digits(`functionMap${index}`, 0x0c + index * 4, 4),
    ),
    'extensions-for-ports': lengthBytes >= 0x28 ? ports : [],
    'gpf-for-ports': [duration('phase1Timeout', 0x0c), duration('phase2Timeout', 0x0e)],
    'gpf-for-devices': [duration('phase2Duration', 0x0a), bare('phase2PowerMilliwatts', 0x0c, 4)],
    'flex-bus-port': flexBus(revision),
    'multi-logical-device': [bare('logicalDeviceCount', 0x0a, 2)],
  }
}

function device(revision: number, lengthBytes: number): readonly Register[] {
  return [
    register('capability', 0x0a, 2, [
      ...flags(0, [...protocols, 'memoryHardwareInitialized']),
      number('rangeCount', 4, 2),
      flag('viral', 14),
    ]),
    register('control', 0x0c, 2, [
      ...flags(0, protocols),
      number('snoopFilterCoverage', 3, 5),
      number('snoopFilterGranularity', 8, 3),
      flag('cacheClean', 11),
      flag('viral', 14),
    ]),
    register('status', 0x0e, 2, [flag('viral', 14)]),
    register(
      'control2',
      0x10,
      2,
      flags(0, [
        'cachingDisabled',
        'initiateCacheWriteBack',
        'initiateReset',
        'resetMemoryClear',
        'volatileStateAfterHotReset',
      ]),
    ),
    register('status2', 0x12, 2, [
      flag('cacheInvalid', 0),
      flag('resetComplete', 1),
      flag('resetError', 2),
      flag('powerManagementComplete', 15),
    ]),
    register('capability2', 0x16, 2, [
      number('cacheUnitCode', 0, 4),
      number('cacheSizeUnits', 8, 8),
    ]),
    ...[1, 2].flatMap((range) => [
      digits(`range${range}SizeHigh`, 0x18 + (range - 1) * 0x10, 4),
      register(`range${range}`, 0x1c + (range - 1) * 0x10, 4, [
        flag('valid', 0),
        flag('active', 1),
        number('mediaCode', 2, 3),
        number('classCode', 5, 3),
        number('interleaveCode', 8, 5),
        number('timeoutCode', 13, 3),
        number('sizeLow', 28, 4, (value) => toHex(value * 2 ** 28, 8)),
      ]),
      digits(`range${range}BaseHigh`, 0x20 + (range - 1) * 0x10, 4),
      digits(`range${range}BaseLow`, 0x24 + (range - 1) * 0x10, 4),
    ]),
    ...(revision >= 2 && lengthBytes >= 0x3c
      ? [
          register(
            'capability3',
            0x38,
            2,
            flags(0, [
              'coldResetVolatile',
              'warmResetVolatile',
              'hotResetVolatile',
              'hotResetConfigurable',
            ]),
          ),
        ]
      : []),
  ]
}

const ports: readonly Register[] = [
  register('status', 0x0a, 2, [flag('powerManagementComplete', 0)]),
  register('control', 0x0c, 2, [
    ...flags(0, [
      'unmaskSecondaryReset',
      'unmaskLinkDisable',
      'alternateMemory',
      'alternateBusMaster',
    ]),
    flag('viral', 14),
  ]),
  digits('alternateBusBase', 0x0e, 1),
  digits('alternateBusLimit', 0x0f, 1),
  digits('alternateMemoryBase', 0x10, 2),
  digits('alternateMemoryLimit', 0x12, 2),
]

/** Four bits of value and four of scale; the unit is a power of ten, from 1 us on. */
function duration(name: string, offset: number): Register {
  return register(name, offset, 2, [number('value', 0, 4), number('scaleCode', 8, 4)])
}

function flexBus(revision: number): readonly Register[] {
  const late = (bit: number) => (revision > 1 ? flags(bit, ['flit256', 'portRoutingFlit']) : [])
  const modes = ['syncHeaderBypass', 'driftBuffer', 'flit68', 'multiLogicalDevice'] as const
  return [
    register('capability', 0x0a, 2, [
      ...flags(0, protocols),
      flag('flit68', 5),
      flag('multiLogicalDevice', 6),
      ...late(13),
    ]),
    register('control', 0x0c, 2, [
      ...flags(0, [...protocols, ...modes, 'restrictedDeviceDisabled', 'retimer1', 'retimer2']),
      ...late(13),
    ]),
    register('status', 0x0e, 2, [...flags(0, [...protocols, ...modes]), ...late(13)]),
    ...(revision >= 1
      ? [
          register('modifiedTraining', 0x10, 4, [
            number('received', 0, 24, (value) => toHex(value, 6)),
          ]),
        ]
      : []),
    ...(revision >= 2
      ? [
          register('capability2', 0x14, 4, [flag('nopHint', 0)]),
          register('control2', 0x18, 4, [flag('nopHint', 0)]),
          register('status2', 0x1c, 4, [number('nopHintCode', 0, 2)]),
        ]
      : []),
  ]
}

/** §8.1.9: where blocks of registers are; those of id 0 are not there. */
function locatorBlocks(config: Uint8Array, at: number, end: number): readonly Value[] {
  const blocks: Value[] = []
  for (let place = at + 0x0c; place + 8 <= end; place += 8) {
    const low = u32le(config, place)
    blocks.push({
      baseAddressIndex: low & 7,
      blockId: bitsAt(low, 8, 8),
      offset: toHex(u32le(config, place + 4), 8) + toHex(((low >>> 16) << 16) >>> 0, 8),
    })
  }
  return blocks
}
