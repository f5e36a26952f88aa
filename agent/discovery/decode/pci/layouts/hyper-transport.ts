import { toHex, u16le, u32le, u8 } from '../../integers.ts'
import type { Fields } from '../field-values.ts'
import {
  choice,
  digits,
  flag,
  flags,
  hexField,
  number,
  readRegisters,
  type FunctionContext,
  type Register,
  register,
} from './registers.ts'

/** HyperTransport 3.10 §7.5: capability types by the upper bits of the command word. */
const kinds: ReadonlyMap<number, string> = new Map([
  [0x00, 'slave-or-primary-interface'],
  [0x04, 'host-or-secondary-interface'],
  [0x08, 'switch'],
  [0x10, 'interrupt-discovery-and-configuration'],
  [0x11, 'revision-id'],
  [0x12, 'unit-id-clumping'],
  [0x13, 'extended-configuration-space-access'],
  [0x14, 'address-mapping'],
  [0x15, 'msi-mapping'],
  [0x16, 'direct-route'],
  [0x17, 'vcset'],
  [0x18, 'retry-mode'],
  [0x19, 'x86-encoding'],
  [0x1a, 'gen3'],
  [0x1b, 'function-level-extension'],
  [0x1c, 'power-management'],
])

/** §7.5: a HyperTransport capability of any type. */
export function hyperTransport(
  config: Uint8Array,
  at: number,
  end: number,
  context: FunctionContext,
): Fields {
  const command = u16le(config, at + 2)
  const code = command >> 11
  // The two interface types have only three bits of it.
  const kind = code < 8 ? code & 0x1c : code
  const head = { kind: kinds.get(kind) ?? 'unknown', kindCode: code }
  if (kind === 0x00)
    return { ...head, ...interfaceFields(config, at, end, primary, 0x1c, 12, context) }
  if (kind === 0x04)
    return { ...head, ...interfaceFields(config, at, end, secondary, 0x18, 8, context) }
  if (kind === 0x11) return { ...head, revision: revision(command & 0xff) }
  if (kind !== 0x15) return head
  const mapping = { enabled: (command & 1) !== 0, fixed: (command & 2) !== 0 }
  if (mapping.fixed || at + 12 > end) return { ...head, ...mapping }
  const low = ((u32le(config, at + 4) >>> 20) << 20) >>> 0
  return { ...head, ...mapping, addressBase: toHex(u32le(config, at + 8), 8) + toHex(low, 8) }
}

/** `length`: of the structure; `revisionAt`: its revision byte. Revision 1.05 added the rest. */
function interfaceFields(
  config: Uint8Array,
  at: number,
  end: number,
  layout: (late: boolean) => readonly Register[],
  length: number,
  revisionAt: number,
  context: FunctionContext,
): Fields {
  if (at + length > end) return {}
  const value = u8(config, at + revisionAt)
  return {
    revision: revision(value),
    revisionCode: value,
    ...readRegisters(config, at, end, layout(value >= 0x22), context),
  }
}

function revision(value: number): string {
  return `${value >> 5}.${String(value & 0x1f).padStart(2, '0')}`
}

const widths = ['8', '16', null, '32', '2', '4', null, 'not-connected'] as const
const frequencies = [200, 300, 400, 500, 600, 800, 1000, 1200, 1400, 1600] as const

function primary(late: boolean): readonly Register[] {
  return [
    register('command', 2, 2, [
      number('baseUnitId', 0, 5),
      number('unitCount', 5, 5),
      flag('masterHost', 10),
      flag('defaultDirection', 11),
      flag('dropOnUninitializedLink', 12),
    ]),
    ...([0, 1] as const).flatMap((index) => [
      linkControl(`linkControl${index}`, 4 + index * 4),
      linkConfiguration(`linkConfiguration${index}`, 6 + index * 4),
    ]),
    ...(late
      ? [
          ...linkSpeed('0', 0x0d, 0x0e),
          features(0x10, 1),
          ...linkSpeed('1', 0x11, 0x12),
          errorHandling(0x16),
          digits('prefetchableBaseUpper', 0x18, 1),
          digits('prefetchableLimitUpper', 0x19, 1),
          digits('busNumber', 0x1a, 1),
        ]
      : []),
  ]
}

function secondary(late: boolean): readonly Register[] {
  return [
    register('command', 2, 2, [
      flag('warmReset', 0),
      flag('doubleEnded', 1),
      number('deviceNumber', 2, 5),
      ...flags(7, ['chainSide', 'hostHide', null, 'slave', 'hostInboundEndOfChainError']),
      flag('dropOnUninitializedLink', 12),
    ]),
    linkControl('linkControl', 4),
    linkConfiguration('linkConfiguration', 6),
    ...(late
      ? [
          ...linkSpeed('', 0x09, 0x0a),
          features(0x0c, 2),
          errorHandling(0x12),
          digits('prefetchableBaseUpper', 0x14, 1),
          digits('prefetchableLimitUpper', 0x15, 1),
        ]
      : []),
  ]
}

function linkControl(name: string, offset: number): Register {
  return register(name, offset, 2, [
    ...flags(1, [
      'crcFlood',
      'crcStartTest',
      'crcForceError',
      'linkFailure',
      'initialized',
      'endOfChain',
      'transmitterOff',
    ]),
    hexField('crcErrors', 8, 4),
    ...flags(12, ['isochronous', 'linkStopTristate', 'extendedControlTime', 'addressing64']),
  ])
}

function linkConfiguration(name: string, offset: number): Register {
  return register(name, offset, 2, [
    choice('maximumWidthIn', 0, 3, widths),
    flag('doublewordFlowControlIn', 3),
    choice('maximumWidthOut', 4, 3, widths),
    flag('doublewordFlowControlOut', 7),
    choice('widthIn', 8, 3, widths),
    flag('doublewordFlowControlInEnabled', 11),
    choice('widthOut', 12, 3, widths),
    flag('doublewordFlowControlOutEnabled', 15),
  ])
}

function linkSpeed(suffix: string, errorAt: number, capabilityAt: number): readonly Register[] {
  return [
    register(`linkFrequency${suffix}`, errorAt, 1, [
      number('frequencyMhz', 0, 4, (code) => frequencies[code] ?? null),
      number('code', 0, 4),
      ...flags(4, ['protocolError', 'overflowError', 'endOfChainError', 'controlTimeout']),
    ]),
    register(`linkFrequencies${suffix}`, capabilityAt, 2, [
      number('frequenciesMhz', 0, 10, (bits) =>
        frequencies.filter((_, index) => ((bits >> index) & 1) === 1),
      ),
      flag('vendor', 15),
    ]),
  ]
}

function features(offset: number, lengthBytes: 1 | 2): Register {
  return register('features', offset, lengthBytes, [
    ...flags(0, [
      'isochronousFlowControl',
      'linkStop',
      'crcTestMode',
      'extendedControlTime',
      'addressing64',
      'unitIdReorderDisable',
    ]),
    flag('extendedRegisters', 8),
    flag('upstreamConfiguration', 9),
  ])
}

function errorHandling(offset: number): Register {
  const errors = ['protocol', 'overflow', 'endOfChain', 'response', 'crc', 'systemError'] as const
  return register('errorHandling', offset, 2, [
    ...flags(0, [
      'protocolFlood',
      'overflowFlood',
      'protocolFatal',
      'overflowFatal',
      'endOfChainFatal',
      'responseFatal',
      'crcFatal',
      'systemErrorFatal',
      'chainFail',
      'responseError',
      ...errors.map((one) => `${one}NonFatal`),
    ]),
  ])
}
