import { toHex, u16le, u32le, u8 } from '../integers.ts'
import { bitsOf, type Fields, kindName } from './field-values.ts'

/** Reads a capability at `at` of a space that holds all of it. */
type Read = (config: Uint8Array, at: number) => Fields

/** Bytes that a capability has at least, and how it is read. */
const readers: Readonly<Record<string, readonly [lengthBytes: number, read: Read]>> = {
  '01': [
    8,
    (c, at) => {
      const capabilities = u16le(c, at + 2)
      const control = u16le(c, at + 4)
      return {
        version: capabilities & 7,
        d1: (capabilities & 0x200) !== 0,
        d2: (capabilities & 0x400) !== 0,
        auxiliaryCurrentMilliamperes:
          [0, 55, 100, 160, 220, 270, 320, 375][(capabilities >> 6) & 7] ?? 0,
        pmeFrom: bitsOf(capabilities >> 11, ['d0', 'd1', 'd2', 'd3hot', 'd3cold']),
        state: `d${control & 3}`,
        noSoftReset: (control & 8) !== 0,
        pmeEnabled: (control & 0x100) !== 0,
        pmeStatus: (control & 0x8000) !== 0,
      }
    },
  ],
  '05': [
    10,
    (c, at) => {
      const control = u16le(c, at + 2)
      return {
        enabled: (control & 1) !== 0,
        enabledCount: 1 << ((control >> 4) & 7),
        count: 1 << ((control >> 1) & 7),
        address64: (control & 0x80) !== 0,
        maskable: (control & 0x100) !== 0,
      }
    },
  ],
  '08': [4, (c, at) => hyperTransport(c, at)],
  '09': [
    3,
    (c, at) => {
      const length = u8(c, at + 2)
      const type = at + 4 <= c.length ? u8(c, at + 3) : 0
      return { lengthBytes: length, typeBits: type }
    },
  ],
  '0a': [
    4,
    (c, at) => {
      const port = u16le(c, at + 2)
      return { baseAddressIndex: port >> 13, offset: port & 0x1fff }
    },
  ],
  '0d': [
    8,
    (c, at) => ({ vendorId: toHex(u16le(c, at + 4), 4), deviceId: toHex(u16le(c, at + 6), 4) }),
  ],
  '10': [8, (c, at) => express(c, at)],
  '11': [
    12,
    (c, at) => {
      const control = u16le(c, at + 2)
      const [table, pending] = [u32le(c, at + 4), u32le(c, at + 8)]
      return {
        enabled: (control & 0x8000) !== 0,
        masked: (control & 0x4000) !== 0,
        count: (control & 0x7ff) + 1,
        tableBaseAddressIndex: table & 7,
        tableOffset: table - (table & 7),
        pendingBaseAddressIndex: pending & 7,
        pendingOffset: pending - (pending & 7),
      }
    },
  ],
  '12': [
    8,
    (c, at) => {
      const version = u8(c, at + 2)
      const place = u32le(c, at + 4)
      return {
        version: `${version >> 4}.${version & 0xf}`,
        baseAddressCode: place & 0xf,
        offset: (place >>> 4) & 0xf_ffff,
      }
    },
  ],
  '13': [
    6,
    (c, at) => ({
      transactionPending: (u8(c, at + 3) & 1) !== 0,
      functionLevelReset: (u8(c, at + 3) & 2) !== 0,
    }),
  ],
  '14': [4, (c, at) => ({ entryCount: u8(c, at + 2) & 0x3f })],
}

/** What a capability of the first list says; null where nothing of it is decoded. */
export function capabilityFields(config: Uint8Array, id: string, at: number): Fields | null {
  const reader = readers[id]
  if (reader === undefined) return null
  const [length, read] = reader
  // Nothing of the first list lies past byte 256.
  return at + length > Math.min(256, config.length) ? null : read(config, at)
}

/** HyperTransport 3.10 §7.5: the upper bits of the command word tell the kind. */
const hyperTransportKinds: ReadonlyMap<number, string> = new Map([
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

function hyperTransport(config: Uint8Array, at: number): Fields {
  const command = u16le(config, at + 2)
  const code = command >> 11
  // The first three kinds have only three bits of it.
  const kind = code < 0x10 ? code & 0x1c : code
  return {
    kind: hyperTransportKinds.get(kind) ?? 'unknown',
    kindCode: code,
    ...(kind === 0x15 ? { enabled: (command & 1) !== 0, fixed: (command & 2) !== 0 } : {}),
  }
}

/** PCI Express 6.2 §7.5.3.2. */
const portTypes = [
  'endpoint',
  'legacy-endpoint',
  null,
  null,
  'root-port',
  'upstream-port',
  'downstream-port',
  'pcie-to-pci-bridge',
  'pci-to-pcie-bridge',
  'root-complex-integrated-endpoint',
  'root-complex-event-collector',
] as const

const payloads = [128, 256, 512, 1024, 2048, 4096, null, null] as const

/** PCI Express 6.2 §7.5.3; the second half is there from version 2 on. */
function express(config: Uint8Array, at: number): Fields {
  const flags = u16le(config, at + 2)
  const type = (flags >> 4) & 0xf
  const device = u32le(config, at + 4)
  const head = {
    version: flags & 0xf,
    portType: kindName(portTypes, type),
    slotImplemented: (flags & 0x100) !== 0,
    interruptMessage: (flags >> 9) & 0x1f,
    flitModeSupported: (flags & 0x8000) !== 0,
    maximumPayloadBytes: payloads[device & 7] ?? null,
    functionLevelReset: (device & (1 << 28)) !== 0,
  }
  const end = Math.min(256, config.length)
  if (at + 12 > end) return head
  const control = u16le(config, at + 8)
  const status = u16le(config, at + 10)
  const deviceFields = {
    ...head,
    payloadBytes: payloads[(control >> 5) & 7] ?? null,
    readRequestBytes: payloads[(control >> 12) & 7] ?? null,
    relaxedOrdering: (control & 0x10) !== 0,
    errorReporting: bitsOf(control, ['correctable', 'non-fatal', 'fatal', 'unsupported-request']),
    errorsDetected: bitsOf(status, ['correctable', 'non-fatal', 'fatal', 'unsupported-request']),
  }
  if (type === 9 || type === 10 || at + 0x14 > end) return deviceFields
  return { ...deviceFields, ...linkFields(config, at), ...slotFields(config, at, flags, end) }
}

function linkFields(config: Uint8Array, at: number): Fields {
  const capabilities = u32le(config, at + 0x0c)
  const control = u16le(config, at + 0x10)
  const status = u16le(config, at + 0x12)
  return {
    portNumber: capabilities >>> 24,
    powerManagementSupported: bitsOf(capabilities >>> 10, ['l0s', 'l1']),
    powerManagementEnabled: bitsOf(control, ['l0s', 'l1']),
    linkDisabled: (control & 0x10) !== 0,
    linkTraining: (status & 0x800) !== 0,
    dataLinkActive: (status & 0x2000) !== 0,
    bandwidthNotification: (status & 0x4000) !== 0,
  }
}

const slotPowerScales = [1, 0.1, 0.01, 0.001] as const

function slotFields(config: Uint8Array, at: number, flags: number, end: number): Fields {
  if ((flags & 0x100) === 0 || at + 0x1c > end) return {}
  const slot = u32le(config, at + 0x14)
  const status = u16le(config, at + 0x1a)
  return {
    slotNumber: slot >>> 19,
    slotPowerLimitWatts: ((slot >>> 7) & 0xff) * (slotPowerScales[(slot >>> 15) & 3] ?? 1),
    hotPlugCapable: (slot & 0x40) !== 0,
    hotPlugSurprise: (slot & 0x20) !== 0,
    cardPresent: (status & 0x40) !== 0,
  }
}
