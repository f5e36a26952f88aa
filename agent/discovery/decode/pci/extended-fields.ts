import { hexOf, toHex, u16le, u32le } from '../integers.ts'
import { bitsOf, type Fields, type Value } from './field-values.ts'

type Read = (config: Uint8Array, at: number, version: number) => Fields

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
/** §7.7.11.2. */
const accessControls = [
  'source-validation',
  'translation-blocking',
  'p2p-request-redirect',
  'p2p-completion-redirect',
  'upstream-forwarding',
  'p2p-egress-control',
  'direct-translated-p2p',
] as const
/** CXL 3.1 §8.1.1: what a designated vendor-specific capability of vendor 1e98h is. */
const cxlKinds: Readonly<Record<number, string>> = {
  0: 'device',
  2: 'non-cxl-function-map',
  3: 'extensions-for-ports',
  4: 'gpf-for-ports',
  5: 'gpf-for-devices',
  7: 'flex-bus-port',
  8: 'register-locator',
  9: 'multi-logical-device',
  10: 'test',
}

const readers: Readonly<Record<string, readonly [lengthBytes: number, read: Read]>> = {
  '0001': [
    0x18,
    (c, at) => ({
      uncorrectableStatus: bitsOf(u32le(c, at + 4) >>> 4, uncorrectable),
      uncorrectableMask: bitsOf(u32le(c, at + 8) >>> 4, uncorrectable),
      uncorrectableSeverity: bitsOf(u32le(c, at + 0x0c) >>> 4, uncorrectable),
      correctableStatus: bitsOf(u32le(c, at + 0x10), correctable),
      correctableMask: bitsOf(u32le(c, at + 0x14), correctable),
    }),
  ],
  '0003': [12, (c, at) => ({ serial: hexOf(c.slice(at + 4, at + 12).reverse()) })],
  '0004': [16, (c, at) => ({ systemAllocated: (u32le(c, at + 12) & 1) !== 0 })],
  '000b': [
    8,
    (c, at) => {
      const head = u32le(c, at + 4)
      return {
        vendorCapabilityId: toHex(head & 0xffff, 4),
        revision: (head >>> 16) & 0xf,
        lengthBytes: head >>> 20,
      }
    },
  ],
  '000d': [
    8,
    (c, at) => ({
      supported: bitsOf(u16le(c, at + 4), accessControls),
      enabled: bitsOf(u16le(c, at + 6), accessControls),
    }),
  ],
  '000e': [
    8,
    (c, at) => ({ nextFunction: u16le(c, at + 4) >> 8, groups: (u16le(c, at + 4) & 2) !== 0 }),
  ],
  '000f': [
    8,
    (c, at) => ({
      invalidateQueueDepth: u16le(c, at + 4) & 0x1f || 32,
      enabled: (u16le(c, at + 6) & 0x8000) !== 0,
    }),
  ],
  '0010': [
    0x24,
    (c, at) => ({
      initialVirtualFunctionCount: u16le(c, at + 0x0c),
      totalVirtualFunctionCount: u16le(c, at + 0x0e),
      virtualFunctionCount: u16le(c, at + 0x10),
      firstOffset: u16le(c, at + 0x14),
      stride: u16le(c, at + 0x16),
      virtualFunctionDeviceId: toHex(u16le(c, at + 0x1a), 4),
      enabled: (u16le(c, at + 8) & 1) !== 0,
      memoryEnabled: (u16le(c, at + 8) & 8) !== 0,
    }),
  ],
  '0013': [
    16,
    (c, at) => ({
      enabled: (u16le(c, at + 4) & 1) !== 0,
      capacity: u32le(c, at + 8),
      allocation: u32le(c, at + 12),
    }),
  ],
  '0015': [12, resizableBars],
  '0018': [
    8,
    (c, at) => ({
      maximumSnoopNanoseconds: latency(u16le(c, at + 4)),
      maximumNoSnoopNanoseconds: latency(u16le(c, at + 6)),
    }),
  ],
  '0019': [
    12,
    (c, at) => ({
      equalizationInterrupt: (u32le(c, at + 4) & 2) !== 0,
      laneErrorStatus: `0x${toHex(u32le(c, at + 8), 8)}`,
    }),
  ],
  '001b': [
    8,
    (c, at) => ({
      executable: (u16le(c, at + 4) & 2) !== 0,
      privileged: (u16le(c, at + 4) & 4) !== 0,
      widthBits: (u16le(c, at + 4) >> 8) & 0x1f,
      enabled: (u16le(c, at + 6) & 1) !== 0,
    }),
  ],
  '001d': [
    10,
    (c, at) => ({
      interruptMessage: u16le(c, at + 4) & 0x1f,
      rootPortExtensions: (u16le(c, at + 4) & 0x20) !== 0,
      trigger: ['disabled', 'fatal', 'fatal-and-non-fatal', 'reserved'][u16le(c, at + 6) & 3] ?? '',
      triggered: (u16le(c, at + 8) & 1) !== 0,
    }),
  ],
  '001e': [
    12,
    (c, at) => {
      const names = ['pci-pm-l1.2', 'pci-pm-l1.1', 'aspm-l1.2', 'aspm-l1.1']
      return {
        supported: bitsOf(u32le(c, at + 4), names),
        enabled: bitsOf(u32le(c, at + 8), names),
      }
    },
  ],
  '001f': [
    12,
    (c, at) => ({
      requester: (u32le(c, at + 4) & 1) !== 0,
      responder: (u32le(c, at + 4) & 2) !== 0,
      root: (u32le(c, at + 4) & 4) !== 0,
      enabled: (u32le(c, at + 8) & 1) !== 0,
    }),
  ],
  '0023': [
    12,
    (c, at) => {
      const vendor = u16le(c, at + 4)
      const id = u16le(c, at + 8)
      const common = {
        vendorId: toHex(vendor, 4),
        revision: (u32le(c, at + 4) >>> 16) & 0xf,
        lengthBytes: u32le(c, at + 4) >>> 20,
        vendorCapabilityId: toHex(id, 4),
      }
      return vendor === 0x1e98 ? { ...common, cxl: cxl(c, at, id) } : common
    },
  ],
  '0025': [8, (c, at) => ({ supportedBits: u32le(c, at + 4) & 0x7fffff })],
  '002e': [
    24,
    (c, at) => ({
      interruptSupported: (u32le(c, at + 4) & 1) !== 0,
      busy: (u32le(c, at + 12) & 1) !== 0,
      error: (u32le(c, at + 12) & 4) !== 0,
      ready: u32le(c, at + 12) >>> 31 === 1,
    }),
  ],
  '0030': [
    12,
    (c, at) => {
      const bits = u32le(c, at + 4)
      return {
        linkStreams: (bits & 1) !== 0,
        selectiveStreams: (bits & 2) !== 0,
        linkStreamCount: (bits & 1) === 0 ? 0 : ((bits >>> 13) & 7) + 1,
        selectiveStreamCount: (bits & 2) === 0 ? 0 : ((bits >>> 16) & 0xff) + 1,
      }
    },
  ],
}

/** What an extended capability says; null where nothing of it is decoded. */
export function extendedFields(
  config: Uint8Array,
  id: string,
  at: number,
  version: number,
): Fields | null {
  const reader = readers[id]
  if (reader === undefined) return null
  const [length, read] = reader
  return at + length > config.length ? null : read(config, at, version)
}

/** §7.8.6: one to six registers; sizes are powers of two from 1 MiB on. */
function resizableBars(config: Uint8Array, at: number): Fields {
  const count = Math.min(6, Math.max(1, (u32le(config, at + 8) >>> 5) & 7))
  const bars: Value[] = []
  for (let index = 0; index < count; index++) {
    const place = at + 4 + index * 8
    if (place + 8 > config.length) break
    const capability = u32le(config, place)
    const control = u32le(config, place + 4)
    const sizes = Array.from({ length: 28 }, (_, power) => power).filter(
      (power) => ((capability >>> (power + 4)) & 1) === 1,
    )
    bars.push({
      baseAddressIndex: control & 7,
      sizeBytes: 2 ** (20 + ((control >>> 8) & 0x3f)),
      supportedSizesBytes: sizes.map((power) => 2 ** (20 + power)),
    })
  }
  return { bars }
}

/** §7.8.2.2: ten bits times a power of 32. */
function latency(word: number): number {
  return (word & 0x3ff) * 32 ** ((word >> 10) & 7)
}

function cxl(config: Uint8Array, at: number, id: number): Fields {
  const kind = cxlKinds[id] ?? 'unknown'
  if (id !== 0 || at + 16 > config.length) return { kind }
  const capability = u16le(config, at + 10)
  const control = u16le(config, at + 12)
  return {
    kind,
    capable: bitsOf(capability, ['cache', 'io', 'memory']),
    enabled: bitsOf(control, ['cache', 'io', 'memory']),
    rangeCount: (capability >> 4) & 3,
  }
}
