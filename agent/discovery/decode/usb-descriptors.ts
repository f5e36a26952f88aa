import { DecodeError } from '../../../protocol/errors.ts'
import type { UsbDeviceFacts } from '../../../protocol/facts/usb.ts'
import { toHex, u16le, u8 } from './integers.ts'

/** A configuration as facts carry it. */
export type UsbConfiguration = UsbDeviceFacts['configurations'][number]
type UsbInterface = UsbConfiguration['interfaces'][number]
type UsbEndpoint = UsbInterface['endpoints'][number]

/** The device descriptor and the configurations after it. */
export interface UsbDescriptors {
  readonly usbVersion: string
  readonly classCode: string
  readonly maxPacketSize0: number
  readonly vendorId: string
  readonly productId: string
  readonly deviceVersion: string
  readonly configurationCount: number
  readonly configurations: readonly UsbConfiguration[]
  /** True when the bytes end before all announced configurations (a device that answered short). */
  readonly truncated: boolean
}

const configurationType = 2
const interfaceType = 4
const endpointType = 5

/**
 * sysfs `descriptors` (kernel document sysfs-bus-usb): device descriptor, then each configuration
 * with all that belongs to it. USB 2.0 §9.6; class-specific descriptors are stepped over.
 */
export function decodeUsbDescriptors(bytes: Uint8Array): UsbDescriptors {
  if (bytes.length < 18 || u8(bytes, 0) < 18 || u8(bytes, 1) !== 1) {
    throw new DecodeError('Cannot read USB descriptors: want a device descriptor of 18 bytes first')
  }
  const configurationCount = u8(bytes, 17)
  // bMaxPower counts 2 mA, of a device at SuperSpeed 8 mA (USB 3.2 §9.6.3); such a device says 3.x.
  const powerUnitAmperes = u16le(bytes, 2) >= 0x300 ? 0.008 : 0.002
  const configurations: UsbConfiguration[] = []
  let truncated = false
  for (let at = u8(bytes, 0); at < bytes.length && configurations.length < 16;) {
    if (at + 9 > bytes.length || u8(bytes, at) < 9 || u8(bytes, at + 1) !== configurationType) {
      throw new DecodeError(`Cannot read USB descriptors: want a configuration at byte ${at}`)
    }
    const end = at + Math.max(u16le(bytes, at + 2), 9)
    truncated ||= end > bytes.length
    configurations.push(
      decodeConfiguration(bytes.subarray(at, Math.min(end, bytes.length)), powerUnitAmperes),
    )
    at = end
  }
  return {
    usbVersion: bcdVersion(u16le(bytes, 2)),
    classCode: classCode(bytes, 4),
    maxPacketSize0: u8(bytes, 7),
    vendorId: toHex(u16le(bytes, 8), 4),
    productId: toHex(u16le(bytes, 10), 4),
    deviceVersion: bcdVersion(u16le(bytes, 12)),
    configurationCount,
    configurations,
    truncated: truncated || configurations.length < Math.min(configurationCount, 16),
  }
}

function decodeConfiguration(bytes: Uint8Array, powerUnitAmperes: number): UsbConfiguration {
  const interfaces: { head: Omit<UsbInterface, 'endpoints'>; endpoints: UsbEndpoint[] }[] = []
  for (let at = u8(bytes, 0); at + 2 <= bytes.length;) {
    const length = u8(bytes, at)
    if (length < 2) {
      throw new DecodeError(
        `Cannot read USB configuration: descriptor of length ${length} at ${at}`,
      )
    }
    const type = u8(bytes, at + 1)
    if (at + length > bytes.length) break
    const descriptor = bytes.subarray(at, at + length)
    if (type === interfaceType && length >= 9) {
      if (interfaces.length === 256) {
        throw new DecodeError('Cannot read USB configuration: more than 256 interface settings')
      }
      interfaces.push({
        head: {
          number: u8(descriptor, 2),
          alternateSetting: u8(descriptor, 3),
          classCode: classCode(descriptor, 5),
        },
        endpoints: [],
      })
    } else if (type === endpointType && length >= 7) {
      const endpoints = interfaces.at(-1)?.endpoints
      if (endpoints !== undefined && endpoints.length < 30) {
        endpoints.push(decodeEndpoint(descriptor))
      }
    }
    at += length
  }
  const attributes = u8(bytes, 7)
  return {
    value: u8(bytes, 5),
    selfPowered: (attributes & 0x40) !== 0,
    remoteWakeup: (attributes & 0x20) !== 0,
    maxPowerAmperes: Math.round(u8(bytes, 8) * powerUnitAmperes * 1000) / 1000,
    interfaces: interfaces.map(({ head, endpoints }) => ({ ...head, endpoints })),
  }
}

const transfers = ['control', 'isochronous', 'bulk', 'interrupt'] as const

function decodeEndpoint(descriptor: Uint8Array): UsbEndpoint {
  const address = u8(descriptor, 2)
  return {
    address: toHex(address, 2),
    direction: (address & 0x80) === 0 ? 'out' : 'in',
    transfer: transfers[u8(descriptor, 3) & 3] ?? 'control',
    maxPacketSizeBytes: u16le(descriptor, 4) & 0x7ff,
    interval: u8(descriptor, 6),
  }
}

function classCode(bytes: Uint8Array, offset: number): string {
  return [0, 1, 2].map((i) => toHex(u8(bytes, offset + i), 2)).join('')
}

/** `0x0210` is `2.10`: binary-coded decimal, two digits after the point. */
function bcdVersion(value: number): string {
  return `${(value >> 8).toString(16)}.${toHex(value & 0xff, 2)}`
}
