import type { PciConfigSpace } from '../../../../protocol/facts/pci-config.ts'
import { toHex, u16le, u32le, u8 } from '../integers.ts'
import { capabilityNames, extendedCapabilityNames } from './capability-names.ts'
import { decodePciConfig, type PciCapability, type PciConfig } from './config.ts'
import { bitsOf } from './field-values.ts'
import { capabilityFields } from './layouts/catalog.ts'
import type { FunctionContext } from './layouts/registers.ts'
import { bridgeWindows, cardWindows } from './windows.ts'

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
const selections = ['fast', 'medium', 'slow', 'reserved'] as const

/** PCI-to-PCI bridge 1.2 §3.2.5.18. */
const bridgeControls = [
  'parity-error-response',
  'system-error',
  'isa-disabled',
  'vga',
  'vga-16-bit',
  'master-abort',
  'bus-reset',
  'fast-back-to-back',
  'primary-discard-timer',
  'secondary-discard-timer',
  'discard-timer-status',
  'discard-timer-system-error',
] as const
/** PC Card standard 8.0 volume 7 §4.5.2. */
const cardControls = [
  'parity-error-response',
  'system-error',
  'isa',
  'vga',
  null,
  'master-abort',
  'bus-reset',
  'interrupt-16-bit',
  'prefetch-0',
  'prefetch-1',
  'write-posting',
] as const

/** Everything that configuration space says of a function, with all its capabilities. */
export function decodePciSpace(config: Uint8Array, address: string | null): PciConfigSpace {
  const found = decodePciConfig(config)
  const { headerType } = found
  const context = contextOf(config, found)
  const status = u16le(config, 6)
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
    status: bitsOf(status, statuses),
    deviceSelect: selections[(status >> 9) & 3] ?? 'reserved',
    cacheLineSizeBytes: u8(config, 0x0c) * 4,
    latencyTimer: u8(config, 0x0d),
    minimumGrantNanoseconds: headerType === 0 ? u8(config, 0x3e) * 250 : null,
    maximumLatencyNanoseconds: headerType === 0 ? u8(config, 0x3f) * 250 : null,
    selfTest: selfTest(u8(config, 0x0f)),
    subsystem: found.subsystem,
    bridge: bridge(config, found),
    baseAddresses: baseAddresses(config, headerType),
    rom: rom(config, headerType),
    interruptPin: pins[u8(config, 0x3d)] ?? null,
    interruptLine: u8(config, 0x3c),
    link: found.link,
    capabilities: found.capabilities.map((one) => withFields(config, one, context)),
    extendedCapabilities: found.extendedCapabilities.map((one) => withFields(config, one, context)),
    issues: [...found.issues],
  }
}

const pins = [null, 'A', 'B', 'C', 'D'] as const

function contextOf(config: Uint8Array, found: PciConfig): FunctionContext {
  const express = found.capabilities.find(({ id }) => id === '10')
  return {
    vendorId: found.vendorId,
    deviceId: found.deviceId,
    headerType: found.headerType,
    portType: express === undefined ? null : (u8(config, express.offset + 2) >> 4) & 0xf,
  }
}

/** Those of a list, with what they say. */
function withFields(config: Uint8Array, one: PciCapability, context: FunctionContext) {
  const names = one.id.length === 2 ? capabilityNames : extendedCapabilityNames
  return {
    ...one,
    name: names[one.id] ?? 'unknown',
    fields: capabilityFields(config, one.id, one.offset, context),
  }
}

/** PCI 3.0 §6.2.4. */
function selfTest(bist: number): PciConfigSpace['selfTest'] {
  if ((bist & 0x80) === 0) return null
  return { running: (bist & 0x40) !== 0, completionCode: bist & 0xf }
}

function bridge(config: Uint8Array, found: PciConfig): PciConfigSpace['bridge'] {
  if (found.bridge === null) return null
  const card = found.headerType === 2
  const secondary = u16le(config, card ? 0x16 : 0x1e)
  return {
    primaryBus: u8(config, 0x18),
    ...found.bridge,
    secondaryLatencyTimer: u8(config, 0x1b),
    windows: [...(card ? cardWindows(config) : bridgeWindows(config))],
    secondaryStatus: bitsOf(secondary, statuses),
    secondaryDeviceSelect: selections[(secondary >> 9) & 3] ?? 'reserved',
    control: bitsOf(u16le(config, 0x3e), card ? cardControls : bridgeControls),
    legacyPorts: card ? legacyPorts(config) : null,
  }
}

/** PC Card standard 8.0 volume 7 §4.5.3: ports of the 16-bit interface. */
function legacyPorts(config: Uint8Array): string | null {
  const base = config.length < 0x48 ? 0 : u16le(config, 0x44)
  return base === 0 ? null : `0x${toHex(base, 4)}`
}

/** PCI 3.0 §6.2.5.1: six registers of a device, two of a bridge; 64-bit ones take two. */
function baseAddresses(config: Uint8Array, headerType: number): PciConfigSpace['baseAddresses'] {
  const count = [6, 2, 1][headerType] ?? 0
  const found: PciConfigSpace['baseAddresses'][number][] = []
  for (let index = 0; index < count; index++) {
    const value = u32le(config, 0x10 + index * 4)
    if (value === 0 || value === 0xffff_ffff) continue
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
      widthBits: widths[type] ?? null,
      prefetchable: (value & 8) !== 0,
    })
    if (type === 2) index++
  }
  return found
}

/** By the type of a memory register; 3 is reserved. */
const widths = [32, 20, 64, null] as const

function rom(config: Uint8Array, headerType: number): PciConfigSpace['rom'] {
  const at = headerType === 0 ? 0x30 : headerType === 1 ? 0x38 : null
  const value = at === null ? 0 : u32le(config, at)
  if (value === 0 || value === 0xffff_ffff) return null
  const address = value >>> 11 === 0 ? null : `0x${toHex((value >>> 11) * 2048, 8)}`
  return { address, enabled: (value & 1) === 1 }
}
