import { DecodeError } from '../../../../protocol/errors.ts'
import type { PciLink } from '../../../../protocol/facts/pci.ts'
import { toHex, u16le, u32le, u8 } from '../integers.ts'
import { decodeExpress } from './express.ts'

/** A capability, or (with 4 digits) an extended capability, and where it is. */
export interface PciCapability {
  readonly id: string
  readonly offset: number
  /** Null in the classic list, which has none. */
  readonly version: number | null
}

/** What the configuration space of one function says. */
export interface PciConfig {
  readonly vendorId: string
  readonly deviceId: string
  readonly classCode: string
  readonly revision: string
  readonly headerType: number
  readonly multifunction: boolean
  /** Null where the header has none, or both are zero. */
  readonly subsystem: { readonly vendorId: string; readonly deviceId: string } | null
  readonly bridge: { readonly secondaryBus: number; readonly subordinateBus: number } | null
  readonly capabilities: readonly PciCapability[]
  readonly extendedCapabilities: readonly PciCapability[]
  readonly link: PciLink | null
  /** Where the lists are broken: a loop, a pointer out of the space. */
  readonly issues: readonly string[]
}

/**
 * Decodes 64, 256 or 4096 bytes of configuration space (PCI 3.0 §6.1, PCI Express 6.2 §7.5.1). With
 * 64 bytes, as an unprivileged reader gets, there are no capabilities to see.
 */
export function decodePciConfig(config: Uint8Array): PciConfig {
  if (config.length < 64) {
    throw new DecodeError(`Cannot read PCI config space: want 64 bytes, found ${config.length}`)
  }
  const issues: string[] = []
  const headerType = u8(config, 0x0e) & 0x7f
  const capabilities = classicList(config, headerType, issues)
  const express = capabilities.find(({ id }) => id === '10')
  return {
    vendorId: toHex(u16le(config, 0), 4),
    deviceId: toHex(u16le(config, 2), 4),
    classCode: toHex(u32le(config, 8) >>> 8, 6),
    revision: toHex(u8(config, 8), 2),
    headerType,
    multifunction: (u8(config, 0x0e) & 0x80) !== 0,
    subsystem: subsystemOf(config, headerType, capabilities),
    bridge:
      headerType === 1 || headerType === 2
        ? { secondaryBus: u8(config, 0x19), subordinateBus: u8(config, 0x1a) }
        : null,
    capabilities,
    extendedCapabilities: hasExtendedSpace(config, capabilities)
      ? extendedList(config, issues)
      : [],
    link: express === undefined ? null : decodeExpress(config, express.offset).link,
    issues,
  }
}

/** PCI 3.0 §6.7: bit 4 of the status register, then a list of (id, next) in dwords. */
function classicList(config: Uint8Array, headerType: number, issues: string[]): PciCapability[] {
  const capabilities: PciCapability[] = []
  // With the header alone nothing can be seen; CardBus bridges are read to 128 bytes.
  if ((u16le(config, 0x06) & 0x10) === 0 || config.length <= 64) return capabilities
  const seen = new Set<number>()
  let offset = u8(config, headerType === 2 ? 0x14 : 0x34) & 0xfc
  while (offset !== 0) {
    if (offset < 0x40) {
      issues.push(`capability at 0x${toHex(offset, 2)} inside the header`)
      break
    }
    if (seen.has(offset)) {
      issues.push(`capability list loops at 0x${toHex(offset, 2)}`)
      break
    }
    seen.add(offset)
    if (offset + 4 > config.length) {
      issues.push(`capability at 0x${toHex(offset, 2)} behind the bytes that could be read`)
      break
    }
    const id = u8(config, offset)
    if (id === 0xff) {
      issues.push(`capability list broken at 0x${toHex(offset, 2)}`)
      break
    }
    capabilities.push({ id: toHex(id, 2), offset, version: null })
    offset = u8(config, offset + 1) & 0xfc
  }
  return capabilities
}

/** Only PCI Express functions, and PCI-X ones of mode 2, have more than 256 bytes. */
function hasExtendedSpace(config: Uint8Array, capabilities: readonly PciCapability[]): boolean {
  if (config.length < 4096) return false
  return capabilities.some(({ id, offset }) => {
    if (id === '10') return true
    // PCI-X 2.0 §7.2.4: device status bits 31:30, the frequencies of mode 2.
    return id === '07' && offset + 8 <= 256 && u32le(config, offset + 4) >>> 30 !== 0
  })
}

/** PCI Express 6.2 §7.6: (id, version, next) from 0x100 on. */
function extendedList(config: Uint8Array, issues: string[]): PciCapability[] {
  const capabilities: PciCapability[] = []
  const seen = new Set<number>()
  let offset = 0x100
  while (offset !== 0) {
    if (offset < 0x100) {
      issues.push(`extended capability at 0x${toHex(offset, 3)} inside the first 256 bytes`)
      break
    }
    if (seen.has(offset)) {
      issues.push(`extended capability list loops at 0x${toHex(offset, 3)}`)
      break
    }
    seen.add(offset)
    const header = u32le(config, offset)
    if (header === 0 || header === 0xffff_ffff) break
    capabilities.push({
      id: toHex(header & 0xffff, 4),
      offset,
      version: (header >>> 16) & 0xf,
    })
    offset = (header >>> 20) & 0xffc
  }
  return capabilities
}

/** Devices have the ids in the header, PCI bridges in capability 0Dh, CardBus bridges at 40h. */
function subsystemOf(
  config: Uint8Array,
  headerType: number,
  capabilities: readonly PciCapability[],
): PciConfig['subsystem'] {
  const offset = subsystemOffset(headerType, capabilities)
  if (offset === null || offset + 4 > config.length || offset > 252) return null
  const vendorId = toHex(u16le(config, offset), 4)
  const deviceId = toHex(u16le(config, offset + 2), 4)
  return vendorId === '0000' && deviceId === '0000' ? null : { vendorId, deviceId }
}

function subsystemOffset(
  headerType: number,
  capabilities: readonly PciCapability[],
): number | null {
  if (headerType === 0) return 0x2c
  if (headerType === 2) return 0x40
  const capability = capabilities.find(({ id }) => id === '0d')
  return headerType !== 1 || capability === undefined ? null : capability.offset + 4
}
