/** Structures of include/uapi/linux/ethtool.h, as the kernel gives them back. */
import { DecodeError } from '../../../../protocol/errors.ts'
import { fecModes } from '../../../../protocol/facts/link-words.ts'
import type { NetworkInterface } from '../../../../protocol/facts/nic.ts'
import { asciiText, meaningfulText } from '../device-text.ts'
import { hexOf, u32le, u8 } from '../integers.ts'
import { linkModesOf } from './link-modes.ts'

/** struct ethtool_drvinfo; null for a field the driver left empty. */
export interface DriverInfo {
  readonly driver: string | null
  readonly driverVersion: string | null
  readonly firmwareVersion: string | null
  /** `0000:02:00.0` of PCI, `usb-0000:00:14.0-3` of USB. */
  readonly busInfo: string | null
  readonly expansionRomVersion: string | null
}

/** Decodes struct ethtool_drvinfo. */
export function decodeDriverInfo(bytes: Uint8Array): DriverInfo {
  if (bytes.length < 164) throw short('driver information', bytes)
  const field = (index: number) =>
    meaningfulText(asciiText(bytes.subarray(4 + index * 32, 4 + (index + 1) * 32)))
  return {
    driver: field(0),
    driverVersion: field(1),
    firmwareVersion: field(2),
    busInfo: field(3),
    expansionRomVersion: field(4),
  }
}

/** struct ethtool_perm_addr in colon form; null when the device has no permanent address. */
export function decodePermanentAddress(bytes: Uint8Array): string | null {
  const size = u32le(bytes, 4)
  if (size > 32 || bytes.length < 8 + size) throw short('permanent address', bytes)
  const address = bytes.subarray(8, 8 + size)
  if (size < 6 || address.every((byte) => byte === 0)) return null
  return (hexOf(address).match(/../g) ?? []).join(':')
}

/** What of an interface ETHTOOL_GLINKSETTINGS tells. */
export type LinkSettings = Pick<
  NetworkInterface,
  'linkSpeedBitsPerSecond' | 'duplex' | 'port' | 'autonegotiation' | 'linkModes'
>

/** Words of one mask that the kernel wants, out of its refusal of none; at most 127. */
export function linkModeWordCount(bytes: Uint8Array): number {
  const count = -((u8(bytes, 15) << 24) >> 24)
  if (count < 1)
    throw new DecodeError(`Cannot read link settings: want a word count, found ${count}`)
  return count
}

/** SPEED_UNKNOWN, what is left of it in the 16 bits of older drivers, and no link. */
const unknownSpeeds: ReadonlySet<number> = new Set([0, 0xffff, 0xffff_ffff])

const ports = ['twisted-pair', 'aui', 'mii', 'fibre', 'bnc', 'direct-attach'] as const

/** Decodes struct ethtool_link_settings with its three masks. */
export function decodeLinkSettings(bytes: Uint8Array): LinkSettings {
  const wordCount = u8(bytes, 15)
  if (wordCount > 127 || bytes.length < 48 + wordCount * 12) throw short('link settings', bytes)
  const speed = u32le(bytes, 4)
  const mask = (index: number) =>
    linkModesOf(
      Array.from({ length: wordCount }, (_, at) => u32le(bytes, 48 + (index * wordCount + at) * 4)),
    )
  const linkModes = { supported: mask(0), advertised: mask(1), partner: mask(2) }
  const supported = linkModes.supported.length > 0
  return {
    linkSpeedBitsPerSecond: unknownSpeeds.has(speed) ? null : speed * 1_000_000,
    duplex: (['half', 'full'] as const)[u8(bytes, 8)] ?? null,
    port: portOf(u8(bytes, 9)),
    // Without a mode there is nothing to negotiate about, and drivers leave a 0 here.
    autonegotiation: supported ? u8(bytes, 11) === 1 : null,
    linkModes: supported || linkModes.advertised.length > 0 ? linkModes : null,
  }
}

function portOf(value: number): LinkSettings['port'] {
  if (value === 0xef) return 'none'
  return value === 0xff ? 'other' : (ports[value] ?? null)
}

/** Decodes struct ethtool_fecparam; null when the interface knows no error correction. */
export function decodeFec(bytes: Uint8Array): NetworkInterface['forwardErrorCorrection'] {
  const named = (mask: number) => fecModes.filter((_, bit) => ((mask >>> bit) & 1) === 1)
  const active = named(u32le(bytes, 4))
  const configured = named(u32le(bytes, 8))
  return active.length === 0 && configured.length === 0 ? null : { configured, active }
}

/** Largest module memory: the pages of every bank of a CMIS module are fewer. */
const maxModuleBytes = 64 * 1024

/** Bytes of the module's memory, out of struct ethtool_modinfo. */
export function moduleMemoryBytes(bytes: Uint8Array): number {
  const length = u32le(bytes, 8)
  if (length >= 1 && length <= maxModuleBytes) return length
  throw new DecodeError(
    `Cannot read module memory: want 1 to ${maxModuleBytes} bytes, found ${length}`,
  )
}

/** The module's memory, out of struct ethtool_eeprom. */
export function moduleMemory(bytes: Uint8Array): Uint8Array {
  const length = u32le(bytes, 12)
  if (bytes.length < 16 + length) throw short('module memory', bytes)
  return bytes.subarray(16, 16 + length)
}

function short(what: string, bytes: Uint8Array): DecodeError {
  return new DecodeError(`Cannot read ${what}: the answer has ${bytes.length} bytes`)
}
