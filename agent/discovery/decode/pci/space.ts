import type { PciConfigSpace } from '../../../../protocol/facts/pci-config.ts'
import { toHex, u16le, u32le, u8 } from '../integers.ts'
import { capabilityFields } from './capability-fields.ts'
import { capabilityNames, extendedCapabilityNames } from './capability-names.ts'
import { decodePciConfig, type PciCapability } from './config.ts'
import { extendedFields } from './extended-fields.ts'
import { bitsOf } from './field-values.ts'

/** PCI 3.0 §6.2.2 and §6.2.3. */
const commands = [
  'io',
  'memory',
  'bus-master',
  'special-cycles',
  'memory-write-and-invalidate',
  'vga-palette-snoop',
  'parity-error-response',
  'stepping',
  'system-error',
  'fast-back-to-back',
  'interrupt-disabled',
] as const
const statuses = [
  null,
  null,
  null,
  'interrupt',
  'capabilities',
  '66-mhz',
  'user-definable',
  'fast-back-to-back',
  'parity-error',
  null,
  null,
  'signaled-target-abort',
  'received-target-abort',
  'received-master-abort',
  'signaled-system-error',
  'detected-parity-error',
] as const

/** Everything that configuration space says of a function, with all its capabilities. */
export function decodePciSpace(config: Uint8Array, address: string | null): PciConfigSpace {
  const found = decodePciConfig(config)
  const { headerType, bridge } = found
  return {
    address,
    lengthBytes: config.length,
    vendorId: found.vendorId,
    deviceId: found.deviceId,
    classCode: found.classCode,
    revision: found.revision,
    headerType,
    multifunction: found.multifunction,
    command: bitsOf(u16le(config, 4), commands),
    status: bitsOf(u16le(config, 6), statuses),
    subsystem: found.subsystem,
    bridge: bridge === null ? null : { primaryBus: u8(config, 0x18), ...bridge },
    baseAddresses: baseAddresses(config, headerType),
    romAddress: romAddress(config, headerType),
    interruptPin: pins[u8(config, 0x3d)] ?? null,
    link: found.link,
    capabilities: found.capabilities.map((one) => ({
      ...one,
      name: capabilityNames[one.id] ?? 'unknown',
      fields: capabilityFields(config, one.id, one.offset),
    })),
    extendedCapabilities: found.extendedCapabilities.map((one) => withExtendedFields(config, one)),
    issues: [...found.issues],
  }
}

const pins = [null, 'A', 'B', 'C', 'D'] as const

function withExtendedFields(config: Uint8Array, one: PciCapability) {
  return {
    ...one,
    name: extendedCapabilityNames[one.id] ?? 'unknown',
    fields: extendedFields(config, one.id, one.offset, one.version ?? 0),
  }
}

/** PCI 3.0 §6.2.5.1: six registers of a device, two of a bridge; 64-bit ones take two. */
function baseAddresses(config: Uint8Array, headerType: number): PciConfigSpace['baseAddresses'] {
  const count = headerType === 0 ? 6 : headerType === 1 ? 2 : 0
  const found: PciConfigSpace['baseAddresses'][number][] = []
  for (let index = 0; index < count; index++) {
    const value = u32le(config, 0x10 + index * 4)
    if (value === 0) continue
    if ((value & 1) === 1) {
      const address = `0x${(value - (value & 3)).toString(16)}`
      found.push({ index, kind: 'io', address, widthBits: 32, prefetchable: false })
      continue
    }
    const type = (value >>> 1) & 3
    const low = value - (value & 0xf)
    const high = type === 2 && index + 1 < count ? u32le(config, 0x14 + index * 4) : 0
    found.push({
      index,
      kind: 'memory',
      address: `0x${(BigInt(high) * 0x1_0000_0000n + BigInt(low)).toString(16)}`,
      widthBits: type === 2 ? 64 : type === 1 ? 20 : 32,
      prefetchable: (value & 8) !== 0,
    })
    if (type === 2) index++
  }
  return found
}

function romAddress(config: Uint8Array, headerType: number): string | null {
  const at = headerType === 0 ? 0x30 : headerType === 1 ? 0x38 : null
  const value = at === null ? 0 : u32le(config, at)
  return value >>> 11 === 0 ? null : `0x${toHex((value >>> 11) * 2048, 8)}`
}
