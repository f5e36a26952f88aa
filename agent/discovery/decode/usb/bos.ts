import type { UsbCapability } from '../../../../protocol/facts/usb-descriptors.ts'
import { guidText } from '../efi/guid.ts'
import { hexOf, toHex, u16le, u32le, u8 } from '../integers.ts'
import {
  billboard,
  configurationSummary,
  platform,
  powerDelivery,
  usb2Extension,
} from './capabilities.ts'

/** Binary device object store (sysfs `bos_descriptors`), USB 3.2 §9.6.2. */
export function decodeObjectStore(bytes: Uint8Array): {
  readonly capabilities: readonly UsbCapability[]
  readonly truncated: boolean
} {
  const end = Math.min(u16le(bytes, 2), bytes.length)
  const announced = u8(bytes, 4)
  const capabilities: UsbCapability[] = []
  for (let at = Math.max(u8(bytes, 0), 5); at + 3 <= end && capabilities.length < announced;) {
    const length = u8(bytes, at)
    if (length < 3 || at + length > end) break
    if (u8(bytes, at + 1) === capabilityType)
      capabilities.push(capability(bytes.subarray(at, at + length)))
    at += length
  }
  return { capabilities, truncated: capabilities.length < announced }
}

const capabilityType = 0x10

function capability(bytes: Uint8Array): UsbCapability {
  const type = u8(bytes, 2)
  return known(type, bytes) ?? { kind: 'raw', type: toHex(type, 2), data: hexOf(bytes, 3) }
}

function known(type: number, bytes: Uint8Array): UsbCapability | null {
  const has = (length: number) => bytes.length >= length
  switch (type) {
    case 0x02:
      return has(7) ? usb2Extension(bytes) : null
    case 0x03:
      return has(10) ? superSpeed(bytes) : null
    case 0x04:
      return has(20) ? { kind: 'container-id', uuid: guidText(bytes, 4) } : null
    case 0x05:
      return has(20) ? platform(bytes) : null
    case 0x06:
      return has(18) ? powerDelivery(bytes) : null
    case 0x0a:
      return has(12) ? superSpeedPlus(bytes) : null
    case 0x0b:
      return { kind: 'precision-time' }
    case 0x0d:
      return has(44) ? billboard(bytes) : null
    case 0x10:
      return has(9) ? configurationSummary(bytes) : null
    default:
      return null
  }
}

const speeds = ['low', 'full', 'high', 'super'] as const

function superSpeed(bytes: Uint8Array): UsbCapability {
  const supported = u16le(bytes, 4)
  return {
    kind: 'superspeed',
    latencyToleranceMessages: (u8(bytes, 3) & 2) !== 0,
    speeds: speeds.filter((_, bit) => (supported & (1 << bit)) !== 0),
    fullFunctionSpeed: speeds[u8(bytes, 6)] ?? null,
    u1ExitLatencyMicroseconds: u8(bytes, 7),
    u2ExitLatencyMicroseconds: u16le(bytes, 8),
  }
}

/** USB 3.2 §9.6.2.5: speeds are mantissa times 1000 to the power of an exponent. */
function superSpeedPlus(bytes: Uint8Array): UsbCapability {
  const attributes = u32le(bytes, 4)
  const functionality = u16le(bytes, 8)
  const count = Math.min((attributes & 0x1f) + 1, Math.floor((bytes.length - 12) / 4))
  return {
    kind: 'superspeed-plus',
    minRxLaneCount: (functionality >> 8) & 0xf,
    minTxLaneCount: (functionality >> 12) & 0xf,
    sublinkSpeeds: Array.from({ length: count }, (_, index) => {
      const word = u32le(bytes, 12 + index * 4)
      const protocol = (word >>> 14) & 3
      return {
        id: word & 0xf,
        direction: (word & 0x80) === 0 ? 'rx' : 'tx',
        symmetric: (word & 0x40) === 0,
        protocol: protocol === 0 ? 'SuperSpeed' : protocol === 1 ? 'SuperSpeedPlus' : 'reserved',
        bitsPerSecond: (word >>> 16) * 1000 ** ((word >>> 4) & 3),
      }
    }),
  }
}
