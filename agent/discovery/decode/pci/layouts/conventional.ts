import { toHex, u16le, u32le, u8 } from '../../integers.ts'
import type { Fields, Value } from '../field-values.ts'
import {
  bare,
  choice,
  digits,
  flag,
  flags,
  type FunctionContext,
  hexField,
  number,
  type Register,
  register,
} from './registers.ts'

/** PCI bus power management 1.2 §3.2. */
export const powerManagement: readonly Register[] = [
  register('capabilities', 2, 2, [
    number('version', 0, 3),
    flag('pmeClock', 3),
    flag('deviceSpecificInitialization', 5),
    number(
      'auxiliaryCurrentMilliamperes',
      6,
      3,
      (code) => [0, 55, 100, 160, 220, 270, 320, 375][code] ?? 0,
    ),
    ...flags(9, [
      'd1',
      'd2',
      'pmeFromD0',
      'pmeFromD1',
      'pmeFromD2',
      'pmeFromD3hot',
      'pmeFromD3cold',
    ]),
  ]),
  register('control', 4, 2, [
    number('state', 0, 2),
    flag('noSoftReset', 3),
    flag('pmeEnabled', 8),
    number('dataSelect', 9, 4),
    number('dataScale', 13, 2),
    flag('pme', 15),
  ]),
  digits('bridgeExtensions', 6, 1),
]

/** AGP 3.0 §6.1: rates are bits, of x1 x2 x4 or (in AGP 3 mode) of x4 x8. */
export const agp: readonly Register[] = [
  register('capabilities', 2, 1, [number('minorVersion', 0, 4), number('majorVersion', 4, 4)]),
  register('status', 4, 4, [
    number('rateBits', 0, 3),
    flag('agp3Mode', 3),
    ...flags(4, ['fastWrite', 'over4GiB', 'noHostTranslation', 'gart64', 'coherentTranslation']),
    flag('sidebandAddressing', 9),
    number('calibrationCode', 10, 3),
    number('asynchronousRequestCode', 13, 3),
    flag('isochronous', 16),
    number('requestCount', 24, 8, (value) => value + 1),
  ]),
  register('command', 8, 4, [
    number('rateBits', 0, 3),
    flag('fastWrite', 4),
    flag('over4GiB', 5),
    flag('gart64', 7),
    flag('enabled', 8),
    flag('sidebandAddressing', 9),
    number('calibrationCode', 10, 3),
    number('asynchronousRequestCode', 13, 3),
    number('requestCount', 24, 8, (value) => value + 1),
  ]),
]

/** PCI 3.0 §6.8.1. */
export const messageSignaled: readonly Register[] = [
  register('control', 2, 2, [
    flag('enabled', 0),
    number('count', 1, 3, (power) => 1 << power),
    number('enabledCount', 4, 3, (power) => 1 << power),
    flag('address64', 7),
    flag('maskable', 8),
  ]),
]

/** The rest lies where the width of the address puts it. */
export function messageAddress(config: Uint8Array, at: number, end: number): Fields {
  const control = u16le(config, at + 2)
  const wide = (control & 0x80) !== 0
  const data = at + (wide ? 0x0c : 8)
  if (data + 2 > end) return {}
  const low = toHex(u32le(config, at + 4), 8)
  const address = wide ? toHex(u32le(config, at + 8), 8) + low : low
  const head = { address, data: toHex(u16le(config, data), 4) }
  if ((control & 0x100) === 0 || data + 12 > end) return head
  return {
    ...head,
    masked: toHex(u32le(config, data + 4), 8),
    pending: toHex(u32le(config, data + 8), 8),
  }
}

/** PCI 3.0 §6.8.2. */
export const messageSignaledExtended: readonly Register[] = [
  register('control', 2, 2, [
    number('count', 0, 11, (value) => value + 1),
    flag('masked', 14),
    flag('enabled', 15),
  ]),
  ...(['table', 'pending'] as const).map((name, index) =>
    register(name, 4 + index * 4, 4, [
      number('baseAddressIndex', 0, 3),
      number('offset', 3, 29, (value) => value * 8),
    ]),
  ),
]

const outstanding = [1, 2, 3, 4, 8, 12, 16, 32] as const
const splits = ['splitDiscarded', 'unexpectedSplit'] as const
const place = [number('function', 0, 3), number('device', 3, 5), number('bus', 8, 8)]
const isBridge = ({ headerType }: FunctionContext) => headerType === 1
const isDevice = ({ headerType }: FunctionContext) => headerType === 0

/** PCI-X 2.0 §7.2 of devices, §8.6.2 of bridges. */
export const pciX: readonly Register[] = [
  register(
    'command',
    2,
    2,
    [
      flag('parityErrorRecovery', 0),
      flag('relaxedOrdering', 1),
      number('maximumReadBytes', 2, 2, (power) => 512 << power),
      number('maximumSplitCount', 4, 3, (code) => outstanding[code] ?? 0),
    ],
    isDevice,
  ),
  register(
    'status',
    4,
    4,
    [
      ...place,
      ...flags(16, ['bus64', 'clock133', ...splits, 'bridge']),
      number('designedMaximumReadBytes', 21, 2, (power) => 512 << power),
      number('designedMaximumSplitCount', 23, 3, (code) => outstanding[code] ?? 0),
      number('designedMaximumCumulativeReadKibibytes', 26, 3, (power) => 1 << power),
      flag('splitErrorMessage', 29),
      flag('clock266', 30),
      flag('clock533', 31),
    ],
    isDevice,
  ),
  register(
    'secondaryStatus',
    2,
    2,
    [
      ...flags(0, ['bus64', 'clock133', ...splits, 'splitOverrun', 'splitDelayed']),
      choice('clock', 6, 3, ['conventional', '66-mhz', '100-mhz', '133-mhz']),
    ],
    isBridge,
  ),
  register(
    'bridgeStatus',
    4,
    4,
    [...place, ...flags(16, ['bus64', 'clock133', ...splits, 'splitOverrun', 'splitDelayed'])],
    isBridge,
  ),
  ...(['upstream', 'downstream'] as const).map((name, index) =>
    register(
      name,
      8 + index * 4,
      4,
      [number('capacity', 0, 16), number('commitmentLimit', 16, 16)],
      isBridge,
    ),
  ),
]

/** PCI-to-PCI bridge 1.2 §3.2.6. */
export const slotIdentification: readonly Register[] = [
  register('slots', 2, 1, [number('slotCount', 0, 5), flag('firstInChassis', 5)]),
  bare('chassisNumber', 3, 1),
]

/** EHCI 1.0 §C.1. */
export const debugPort: readonly Register[] = [
  register('port', 2, 2, [number('offset', 0, 13), number('baseAddressIndex', 13, 3)]),
]

/** PCI-to-PCI bridge 1.2 §3.2.5.13: the subsystem of a bridge. */
export const subsystem: readonly Register[] = [digits('vendorId', 4, 2), digits('deviceId', 6, 2)]

/** Serial ATA AHCI 1.3.1 §2.4: where the index and data registers are. */
export const sata: readonly Register[] = [
  register('revision', 2, 1, [number('minor', 0, 4), number('major', 4, 4)]),
  register('registers', 4, 4, [number('locationCode', 0, 4), number('offsetDwords', 4, 20)]),
]

/** PCI ECN Advanced Capabilities. */
export const advancedFeatures: readonly Register[] = [
  register('capabilities', 3, 1, [flag('transactionsPending', 0), flag('functionLevelReset', 1)]),
  register('control', 4, 1, [flag('functionLevelReset', 0)]),
  register('status', 5, 1, [flag('transactionsPending', 0)]),
]

/** PCI Express 6.2 §7.8.11: the flattening portal bridge. */
export const flatteningPortalBridge: readonly Register[] = [
  digits('word', 2, 2),
  register('capabilities', 4, 4, [
    ...flags(0, ['requesterIdDecode', 'memoryLowDecode', 'memoryHighDecode']),
    number('segmentCount', 3, 3),
    number('requesterIdVectorCode', 8, 3),
    number('memoryLowVectorCode', 16, 3),
    number('memoryHighVectorCode', 24, 3),
  ]),
  register('requesterIdControl', 8, 4, [
    flag('enabled', 0),
    number('granularityCode', 4, 4),
    number('vectorStart', 19, 13),
  ]),
  register('memoryLowControl', 0x10, 4, [
    flag('enabled', 0),
    number('granularityCode', 4, 4),
    number('vectorStart', 20, 12),
  ]),
  register('memoryHighControl', 0x14, 4, [
    flag('enabled', 0),
    number('granularityCode', 4, 5),
    number('vectorStartLow', 28, 4),
  ]),
  bare('memoryHighVectorStartUpper', 0x18, 4),
]

const properties: Readonly<Record<number, string>> = {
  0: 'memory',
  1: 'prefetchable-memory',
  2: 'io',
  3: 'virtual-function-prefetchable-memory',
  4: 'virtual-function-memory',
  5: 'memory-behind-bridge',
  6: 'prefetchable-memory-behind-bridge',
  7: 'io-behind-bridge',
  0xfd: 'memory-unavailable',
  0xfe: 'io-unavailable',
  0xff: 'unavailable',
}

/** PCI Express 6.2 §7.8.5: regions a function has for good. */
export function enhancedAllocation(
  config: Uint8Array,
  at: number,
  end: number,
  { headerType }: FunctionContext,
): Fields {
  const entryCount = u8(config, at + 2) & 0x3f
  let next = at + 4
  let buses: Fields = {}
  if (headerType === 1) {
    if (at + 8 > end) return { entryCount }
    buses = {
      fixedSecondaryBus: u8(config, at + 4),
      fixedSubordinateBus: u8(config, at + 5),
    }
    next += 4
  }
  const entries: Value[] = []
  while (entries.length < entryCount && next + 4 <= end) {
    const head = u32le(config, next)
    const size = head & 7
    if (next + 4 + size * 4 > end) break
    entries.push(allocationEntry(config, next, head, size))
    next += 4 + size * 4
  }
  return { entryCount, ...buses, entries }
}

function allocationEntry(config: Uint8Array, at: number, head: number, size: number): Fields {
  const property = (code: number) => properties[code] ?? `code-${toHex(code, 2)}`
  const common = {
    enabled: head >>> 31 === 1,
    writable: ((head >>> 30) & 1) === 1,
    sizeDwords: size,
    equivalent: (head >>> 4) & 0xf,
    primaryProperties: property((head >>> 8) & 0xff),
    secondaryProperties: property((head >>> 16) & 0xff),
  }
  if (size < 2) return common
  const base = u32le(config, at + 4)
  const maximum = u32le(config, at + 8)
  const wideBase = (base & 2) !== 0
  const wideMaximum = (maximum & 2) !== 0
  if (size < 2 + Number(wideBase) + Number(wideMaximum)) return common
  const upper = (wide: boolean, offset: number) =>
    wide ? toHex(u32le(config, at + offset), 1) : ''
  return {
    ...common,
    base: upper(wideBase, 0x0c) + toHex((base & ~3) >>> 0, 8),
    maximumOffset: upper(wideMaximum, wideBase ? 0x10 : 0x0c) + toHex((maximum | 3) >>> 0, 8),
  }
}

/** Vendors whose own capability has a public layout. */
export function vendorSpecific(
  config: Uint8Array,
  at: number,
  end: number,
  { vendorId, deviceId }: FunctionContext,
): Fields {
  const lengthBytes = u8(config, at + 2)
  const whole = at + lengthBytes <= end
  const device = Number.parseInt(deviceId, 16)
  if (vendorId === '1af4' && device >= 0x1000 && device <= 0x107f && lengthBytes >= 16 && whole) {
    return { lengthBytes, virtio: virtio(config, at, lengthBytes) }
  }
  const head = { lengthBytes, type: u8(config, at + 3) }
  if (vendorId !== '8086') return head
  const registers = Array.from(
    { length: whole ? Math.min(3, Math.max(0, (lengthBytes - 4) >> 2)) : 0 },
    (_, index) => toHex(u32le(config, at + 4 + index * 4), 8),
  )
  return { ...head, intel: { version: head.type & 0xf, type: head.type >> 4, registers } }
}

/** Virtio 1.3 §4.1.4. */
function virtio(config: Uint8Array, at: number, lengthBytes: number): Fields {
  const type = u8(config, at + 3)
  const names: Readonly<Record<number, string>> = {
    1: 'common',
    2: 'notification',
    3: 'isr',
    4: 'device',
    5: 'pci-access',
    8: 'shared-memory',
    9: 'vendor',
  }
  const wide = type === 8 && lengthBytes >= 24
  const join = (low: number, high: number) =>
    (wide ? toHex(u32le(config, at + high), 8) : '') + toHex(u32le(config, at + low), 8)
  return {
    type: names[type] ?? `code-${type}`,
    baseAddressIndex: u8(config, at + 4),
    id: u8(config, at + 5),
    offset: join(8, 16),
    length: join(12, 20),
    ...(type === 2 && lengthBytes >= 20
      ? { notifyMultiplier: toHex(u32le(config, at + 16), 8) }
      : {}),
  }
}

/** PCI 3.0 appendix I: the address register; the data itself is read by the kernel. */
export const vitalProductData: readonly Register[] = [
  register('address', 2, 2, [hexField('offset', 0, 15), flag('complete', 15)]),
]
