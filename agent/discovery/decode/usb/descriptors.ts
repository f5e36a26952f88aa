import { DecodeError } from '../../../../protocol/errors.ts'
import type { Finding } from '../../../../protocol/facts/finding.ts'
import type {
  UsbClassDescriptor,
  UsbDescriptorFile,
} from '../../../../protocol/facts/usb-descriptors.ts'
import { toHex, u16le, u32le, u8 } from '../integers.ts'
import { bcdVersion } from './bcd.ts'
import { decodeObjectStore } from './bos.ts'
import { type ClassContext, classDescriptor } from './class-descriptors.ts'

type Configuration = UsbDescriptorFile['configurations'][number]
type Interface = Configuration['interfaces'][number]
type Endpoint = Interface['endpoints'][number]

const type = {
  device: 0x01,
  configuration: 0x02,
  interface: 0x04,
  endpoint: 0x05,
  association: 0x0b,
  objectStore: 0x0f,
  companion: 0x30,
  plusCompanion: 0x31,
} as const

/** Configurations a file may have; Linux takes 8 (USB_MAXCONFIG). */
const maxConfigurations = 16
const maxSettings = 256
const maxEndpoints = 30
const maxAssociations = 32
const maxDescriptors = 512
const maxFindings = 64

/**
 * sysfs `descriptors` (kernel document sysfs-bus-usb): device descriptor, then each configuration
 * with all that belongs to it; USB 2.0 §9.6, USB 3.2 §9.6. A binary object store may follow or be
 * there alone (sysfs `bos_descriptors`). What can be read before a malformed descriptor is kept.
 */
export function decodeUsbDescriptors(bytes: Uint8Array): UsbDescriptorFile {
  if (bytes.length >= 5 && bytes[1] === type.objectStore) {
    const store = decodeObjectStore(bytes)
    const { capabilities, truncated } = store
    return { device: null, configurations: [], capabilities, truncated, findings: [] }
  }
  if (bytes.length < 18 || u8(bytes, 0) < 18 || u8(bytes, 1) !== type.device) {
    throw new DecodeError('Cannot read USB descriptors: want a device descriptor of 18 bytes first')
  }
  const configurationCount = u8(bytes, 17)
  // bMaxPower counts 2 mA, of a device at SuperSpeed 8 mA (USB 3.2 §9.6.3); such a device says 3.x.
  const powerUnitAmperes = u16le(bytes, 2) >= 0x300 ? 0.008 : 0.002
  const configurations: Configuration[] = []
  const findings: Finding[] = []
  let capabilities: UsbDescriptorFile['capabilities'] = null
  let truncated = false
  for (let at = u8(bytes, 0); at < bytes.length;) {
    if (bytes[at + 1] === type.objectStore && at + 5 <= bytes.length) {
      const store = decodeObjectStore(bytes.subarray(at))
      capabilities = store.capabilities
      truncated ||= store.truncated
      break
    }
    const isConfiguration = bytes[at + 1] === type.configuration && (bytes[at] ?? 0) >= 9
    if (!isConfiguration || at + 9 > bytes.length || configurations.length >= maxConfigurations) {
      note(findings, `no configuration at byte ${at} of ${bytes.length}`)
      break
    }
    const wanted = at + Math.max(u16le(bytes, at + 2), 9)
    const part = bytes.subarray(at, Math.min(wanted, bytes.length))
    const { configuration, usedBytes } = decodeConfiguration(part, powerUnitAmperes, findings)
    configurations.push(configuration)
    truncated ||= wanted > bytes.length || usedBytes < part.length
    at += usedBytes
  }
  return {
    device: {
      usbVersion: bcdVersion(u16le(bytes, 2)),
      classCode: classCode(bytes, 4),
      maxPacketSize0: u8(bytes, 7),
      vendorId: toHex(u16le(bytes, 8), 4),
      productId: toHex(u16le(bytes, 10), 4),
      deviceVersion: bcdVersion(u16le(bytes, 12)),
      manufacturerIndex: stringIndex(bytes, 14),
      productIndex: stringIndex(bytes, 15),
      serialIndex: stringIndex(bytes, 16),
      configurationCount,
    },
    configurations,
    capabilities,
    truncated: truncated || configurations.length < Math.min(configurationCount, maxConfigurations),
    findings,
  }
}

interface OpenEndpoint {
  readonly head: Omit<Endpoint, 'companion' | 'plusBytesPerInterval' | 'descriptors'>
  companion: Endpoint['companion']
  plusBytesPerInterval: Endpoint['plusBytesPerInterval']
  readonly descriptors: UsbClassDescriptor[]
}

interface OpenInterface {
  readonly head: Omit<Interface, 'endpoints' | 'descriptors'>
  readonly endpoints: OpenEndpoint[]
  readonly descriptors: UsbClassDescriptor[]
}

/** `usedBytes` falls short of `bytes` where another configuration begins before its end. */
function decodeConfiguration(bytes: Uint8Array, powerUnitAmperes: number, findings: Finding[]) {
  const settings: OpenInterface[] = []
  const associations: Configuration['interfaceAssociations'][number][] = []
  const descriptors: UsbClassDescriptor[] = []
  let usedBytes = bytes.length
  for (let at = u8(bytes, 0); at + 2 <= bytes.length;) {
    const length = u8(bytes, at)
    const kind = u8(bytes, at + 1)
    if (length < 2) {
      // As the kernel does: the rest of this configuration is left alone.
      note(findings, `descriptor of length ${length} at byte ${at} of its configuration`)
      break
    }
    if (at + length > bytes.length) break
    if (kind === type.configuration && length >= 9) {
      usedBytes = at
      break
    }
    const descriptor = bytes.subarray(at, at + length)
    at += length
    const setting = settings.at(-1)
    const endpoint = setting?.endpoints.at(-1)
    if (kind === type.interface && length >= 9) {
      if (settings.length >= maxSettings) {
        throw new DecodeError('Cannot read USB configuration: more than 256 interface settings')
      }
      settings.push({ head: settingOf(descriptor), endpoints: [], descriptors: [] })
    } else if (kind === type.association && length >= 8) {
      if (associations.length < maxAssociations) associations.push(associationOf(descriptor))
      else note(findings, 'more than 32 interface associations')
    } else if (kind === type.endpoint && length >= 7 && setting !== undefined) {
      if (setting.endpoints.length < maxEndpoints) setting.endpoints.push(openEndpoint(descriptor))
      else note(findings, `more than ${maxEndpoints} endpoints of interface ${setting.head.number}`)
    } else if (kind === type.companion && length >= 6 && endpoint !== undefined) {
      endpoint.companion = companionOf(descriptor, endpoint.head.transfer)
    } else if (kind === type.plusCompanion && length >= 8 && endpoint !== undefined) {
      endpoint.plusBytesPerInterval = u32le(descriptor, 4)
    } else {
      const place = endpoint ?? setting
      const into = place?.descriptors ?? descriptors
      if (into.length < maxDescriptors) into.push(classDescriptor(descriptor, contextOf(setting)))
      else note(findings, `more than ${maxDescriptors} descriptors in one place`)
    }
  }
  const attributes = u8(bytes, 7)
  const configuration: Configuration = {
    value: u8(bytes, 5),
    nameIndex: stringIndex(bytes, 6),
    attributes: toHex(attributes, 2),
    selfPowered: (attributes & 0x40) !== 0,
    remoteWakeup: (attributes & 0x20) !== 0,
    maxPowerAmperes: Math.round(u8(bytes, 8) * powerUnitAmperes * 1000) / 1000,
    interfaceCount: u8(bytes, 4),
    totalLengthBytes: u16le(bytes, 2),
    interfaceAssociations: associations,
    interfaces: settings.map((one) => ({
      ...one.head,
      endpoints: one.endpoints.map(({ head, ...rest }) => ({ ...head, ...rest })),
      descriptors: one.descriptors,
    })),
    descriptors,
  }
  return { configuration, usedBytes }
}

function contextOf(setting: OpenInterface | undefined): ClassContext {
  return {
    classCode: setting?.head.classCode ?? null,
    hasEndpoint: (setting?.endpoints.length ?? 0) > 0,
  }
}

function settingOf(descriptor: Uint8Array): OpenInterface['head'] {
  return {
    number: u8(descriptor, 2),
    alternateSetting: u8(descriptor, 3),
    classCode: classCode(descriptor, 5),
    endpointCount: u8(descriptor, 4),
    nameIndex: stringIndex(descriptor, 8),
  }
}

function associationOf(descriptor: Uint8Array) {
  return {
    firstInterface: u8(descriptor, 2),
    interfaceCount: u8(descriptor, 3),
    classCode: classCode(descriptor, 4),
    nameIndex: stringIndex(descriptor, 7),
  }
}

const transfers = ['control', 'isochronous', 'bulk', 'interrupt'] as const
const synchronizations = ['none', 'asynchronous', 'adaptive', 'synchronous'] as const
const isochronousUsages = ['data', 'feedback', 'implicit-feedback', 'reserved'] as const
const interruptUsages = ['periodic', 'notification', 'reserved', 'reserved'] as const

function openEndpoint(descriptor: Uint8Array): OpenEndpoint {
  const address = u8(descriptor, 2)
  const attributes = u8(descriptor, 3)
  const size = u16le(descriptor, 4)
  const transfer = transfers[attributes & 3] ?? 'control'
  const usage = (attributes >> 4) & 3
  return {
    head: {
      address: toHex(address, 2),
      direction: (address & 0x80) === 0 ? 'out' : 'in',
      transfer,
      synchronization:
        transfer === 'isochronous' ? (synchronizations[(attributes >> 2) & 3] ?? null) : null,
      usage:
        transfer === 'isochronous'
          ? (isochronousUsages[usage] ?? null)
          : transfer === 'interrupt'
            ? (interruptUsages[usage] ?? null)
            : null,
      maxPacketSizeBytes: size & 0x7ff,
      transactionsPerMicroframe: ((size >> 11) & 3) + 1,
      interval: u8(descriptor, 6),
    },
    companion: null,
    plusBytesPerInterval: null,
    descriptors: [],
  }
}

function companionOf(descriptor: Uint8Array, transfer: Endpoint['transfer']) {
  const attributes = u8(descriptor, 3)
  const exponent = attributes & 0x1f
  return {
    maxBurst: u8(descriptor, 2) + 1,
    streamCount: transfer === 'bulk' && exponent > 0 ? 2 ** exponent : 0,
    burstsPerInterval: transfer === 'isochronous' ? (attributes & 3) + 1 : 1,
    bytesPerInterval: u16le(descriptor, 4),
  }
}

function classCode(bytes: Uint8Array, offset: number): string {
  return [0, 1, 2].map((i) => toHex(u8(bytes, offset + i), 2)).join('')
}

function stringIndex(bytes: Uint8Array, offset: number): number | null {
  const index = u8(bytes, offset)
  return index === 0 ? null : index
}

function note(findings: Finding[], what: string): void {
  if (findings.length >= maxFindings) return
  findings.push({
    code: 'usb.bad-descriptor',
    severity: 'warning',
    subject: 'usb',
    message: `USB descriptors: ${what}`,
  })
}
