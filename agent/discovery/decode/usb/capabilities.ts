import type { UsbCapability } from '../../../../protocol/facts/usb-descriptors.ts'
import { guidText } from '../efi/guid.ts'
import { hexOf, toHex, u16le, u32le, u8 } from '../integers.ts'
import { bcdVersion } from './bcd.ts'

type Capability<Kind> = Extract<UsbCapability, { readonly kind: Kind }>

/** Best effort service latency by its code, errata of 2011 to the USB 2.0 link power management. */
const latenciesMicroseconds = [
  125, 150, 200, 300, 400, 500, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000,
] as const

/** USB 2.0 extension, USB 3.2 §9.6.2.1. Has 7 bytes. */
export function usb2Extension(bytes: Uint8Array): UsbCapability {
  const attributes = u32le(bytes, 3)
  const latency = (validBit: number, from: number) =>
    (attributes & validBit) === 0
      ? null
      : (latenciesMicroseconds[(attributes >> from) & 0xf] ?? null)
  return {
    kind: 'usb2-extension',
    linkPowerManagement: (attributes & 2) !== 0,
    bestEffortServiceLatency: (attributes & 4) !== 0,
    baselineLatencyMicroseconds: latency(8, 8),
    deepLatencyMicroseconds: latency(0x10, 12),
  }
}

const webUsb = '3408b638-09a9-47a0-8bfd-a0768815b665'
const microsoftOs = 'd8dd60df-4589-4cc7-9cd2-659d9e648a9f'

/** A capability of a platform, told by its UUID, USB 3.2 §9.6.2.4. Has 20 bytes. */
export function platform(bytes: Uint8Array): UsbCapability {
  const uuid = guidText(bytes, 4)
  const common = { kind: 'platform', uuid, data: hexOf(bytes, 20) } as const
  // WebUSB §4.1.1.
  if (uuid === webUsb && bytes.length >= 24) {
    return {
      ...common,
      name: 'WebUSB',
      fields: {
        version: bcdVersion(u16le(bytes, 20)),
        vendorCode: u8(bytes, 22),
        landingPageIndex: u8(bytes, 23),
      },
    }
  }
  // Microsoft OS 2.0 descriptors, table 4: sets of eight bytes, the first is told.
  if (uuid === microsoftOs && bytes.length >= 28) {
    return {
      ...common,
      name: 'Microsoft OS 2.0',
      fields: {
        windowsVersion: toHex(u32le(bytes, 20), 8),
        descriptorSetBytes: u16le(bytes, 24),
        vendorCode: u8(bytes, 26),
        alternateEnumerationCode: u8(bytes, 27),
      },
    }
  }
  return { ...common, name: null, fields: {} }
}

/** Power Delivery 3.1 §9.2.1. Has 18 bytes. */
export function powerDelivery(bytes: Uint8Array): UsbCapability {
  const attributes = u32le(bytes, 4)
  return {
    kind: 'power-delivery',
    batteryCharging: (attributes & 2) !== 0,
    powerDelivery: (attributes & 4) !== 0,
    provider: (attributes & 8) !== 0,
    consumer: (attributes & 0x10) !== 0,
    typeCCurrent: (attributes & 0x40) !== 0,
    batteryChargingVersion: bcdVersion(u16le(bytes, 12)),
    powerDeliveryVersion: bcdVersion(u16le(bytes, 14)),
    typeCVersion: bcdVersion(u16le(bytes, 16)),
  }
}

const modeStates = ['unspecified-error', 'not-configured', 'failed', 'configured'] as const

/** Billboard 1.2.2 §3.1.6.2: modes of the USB-C plug. Has 44 bytes. */
export function billboard(bytes: Uint8Array): Capability<'billboard'> {
  const count = Math.min(u8(bytes, 4), Math.floor((bytes.length - 44) / 4))
  const version = u16le(bytes, 40)
  return {
    kind: 'billboard',
    informationUrlIndex: u8(bytes, 3) === 0 ? null : u8(bytes, 3),
    preferredMode: u8(bytes, 5),
    // Before 1.1 the field was reserved, and zero.
    version: bcdVersion(version < 0x100 ? version + 0x100 : version),
    modes: Array.from({ length: count }, (_, index) => {
      const at = 44 + index * 4
      const state = (u8(bytes, 8 + (index >> 2)) >> ((index & 3) * 2)) & 3
      return {
        index,
        svid: toHex(u16le(bytes, at), 4),
        mode: u8(bytes, at + 2),
        state: modeStates[state] ?? 'unspecified-error',
        nameIndex: u8(bytes, at + 3) === 0 ? null : u8(bytes, at + 3),
      }
    }),
  }
}

/** Which configurations have a function of one class, USB 3.2 §9.6.2.7. Has 9 bytes. */
export function configurationSummary(bytes: Uint8Array): UsbCapability {
  return {
    kind: 'configuration-summary',
    version: bcdVersion(u16le(bytes, 3)),
    classCode: hexOf(bytes, 5, 8),
    configurationIndexes: [...bytes.subarray(9, 9 + u8(bytes, 8))],
  }
}
