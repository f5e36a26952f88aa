import { DecodeError } from '../../../../protocol/errors.ts'
import type { NvmeController } from '../../../../protocol/facts/nvme.ts'
import { asciiText, meaningfulText } from '../device-text.ts'
import { toHex, u16le, u32le, u8 } from '../integers.ts'
import { bitNames, celsiusOf, nameOf, wide } from './bits.ts'

/** Length of every Identify structure. */
export const identifyBytes = 4096

/** Identify Controller, NVM Express base specification 2.1 §5.1.13.2.1. */
export function decodeIdentifyController(bytes: Uint8Array): NvmeController {
  if (bytes.length !== identifyBytes) {
    throw new DecodeError(
      `Cannot read NVMe identify data: want ${identifyBytes} bytes, found ${bytes.length}`,
    )
  }
  const field = (offset: number, length: number) =>
    asciiText(bytes.subarray(offset, offset + length))
  return {
    kind: 'controller',
    serial: meaningfulText(field(4, 20)),
    model: field(24, 40),
    firmware: field(64, 8),
    controllerId: u16le(bytes, 78),
    subsystemNqn: field(768, 256),
    totalCapacityBytes: orNull(wide(bytes, 280, 16)),
    unallocatedCapacityBytes: wide(bytes, 280, 16) === 0 ? null : wide(bytes, 296, 16),
    abilities: abilitiesOf(bytes),
  }
}

function abilitiesOf(bytes: Uint8Array): NvmeController['abilities'] {
  const firmware = u8(bytes, 260)
  const thermal = { minimum: u16le(bytes, 324), maximum: u16le(bytes, 326) }
  const transferPower = u8(bytes, 77)
  return {
    vendorId: idOf(u16le(bytes, 0)),
    subsystemVendorId: idOf(u16le(bytes, 2)),
    // The least significant byte first, where an OUI is written the other way.
    ieeeOui: nameOf(bytes.subarray(73, 76).toReversed(), 0, 3),
    version: versionOf(u32le(bytes, 80)),
    controllerType: controllerTypes[u8(bytes, 111)] ?? null,
    sharing: bitNames(u8(bytes, 76), [
      'multiple-ports',
      'multiple-controllers',
      'virtual-function',
      'asymmetric-access',
    ]),
    maximumTransferPages: transferPower === 0 || transferPower > 40 ? null : 2 ** transferPower,
    adminCommands: bitNames(u16le(bytes, 256), adminCommands),
    commands: bitNames(u16le(bytes, 520), commands),
    logPages: bitNames(u8(bytes, 261), logPages),
    firmwareSlotCount: (firmware >> 1) & 7,
    firstFirmwareSlotReadOnly: (firmware & 1) === 1,
    firmwareActivatesWithoutReset: ((firmware >> 4) & 1) === 1,
    sanitize: bitNames(u32le(bytes, 328) & 7, ['crypto-erase', 'block-erase', 'overwrite']),
    format: bitNames(u8(bytes, 524) & 7, [
      'formats-all-namespaces',
      'erases-all-namespaces',
      'crypto-erase',
    ]),
    volatileWriteCache: (u8(bytes, 525) & 1) === 1,
    warningTemperatureCelsius: celsiusOf(u16le(bytes, 266)),
    criticalTemperatureCelsius: celsiusOf(u16le(bytes, 268)),
    thermalManagementCelsius:
      (u16le(bytes, 322) & 1) === 0 || thermal.minimum === 0 || thermal.maximum === 0
        ? null
        : { minimum: thermal.minimum - 273, maximum: thermal.maximum - 273 },
    maximumNamespaceCount: u32le(bytes, 516),
    extendedSelfTestMinutes: (u16le(bytes, 256) & 0x10) === 0 ? null : u16le(bytes, 316),
    powerStates: powerStatesOf(bytes),
  }
}

const controllerTypes: readonly (NvmeController['abilities']['controllerType'] | null)[] = [
  null,
  'io',
  'discovery',
  'administrative',
]

/** OACS, by bit. */
const adminCommands: readonly (string | null)[] = [
  'security',
  'format',
  'firmware',
  'namespace-management',
  'self-test',
  'directives',
  'management-interface',
  'virtualization',
  'doorbell-buffer',
  'lba-status',
  'lockdown',
  'host-managed-live-migration',
]

/** ONCS, by bit. */
const commands: readonly (string | null)[] = [
  'compare',
  'write-uncorrectable',
  'dataset-management',
  'write-zeroes',
  'save-features',
  'reservations',
  'timestamp',
  'verify',
  'copy',
  'single-copy-atomicity',
  'write-zeroes-without-limit',
  'write-zeroes-namespace',
]

/** LPA, by bit. */
const logPages: readonly (string | null)[] = [
  'smart-by-namespace',
  'commands-and-effects',
  'extended-data',
  'telemetry',
  'persistent-events',
  'supported-logs',
  'telemetry-data-area-4',
]

/** 0 is no number that the PCI-SIG gives. */
function idOf(id: number): string | null {
  return id === 0 ? null : toHex(id, 4)
}

function orNull(value: number): number | null {
  return value === 0 ? null : value
}

function versionOf(value: number): string | null {
  if (value === 0) return null
  const [major, minor, tertiary] = [value >>> 16, (value >>> 8) & 0xff, value & 0xff]
  return tertiary === 0 ? `${major}.${minor}` : `${major}.${minor}.${tertiary}`
}

const powerScaleWatts: readonly (number | null)[] = [null, 0.0001, 0.01, null]

/** NPSS and the descriptors from byte 2048 on. */
function powerStatesOf(bytes: Uint8Array): NvmeController['abilities']['powerStates'] {
  const count = Math.min(u8(bytes, 263) + 1, 32)
  return Array.from({ length: count }, (_, index) => {
    const at = 2048 + index * 32
    const flags = u8(bytes, at + 3)
    const idle = powerScaleWatts[u8(bytes, at + 18) >> 6] ?? null
    const active = powerScaleWatts[u8(bytes, at + 22) >> 6] ?? null
    return {
      maximumPowerWatts: scaled(u16le(bytes, at), (flags & 1) === 1 ? 0.0001 : 0.01),
      operational: (flags & 2) === 0,
      entryLatencyMicroseconds: u32le(bytes, at + 4),
      exitLatencyMicroseconds: u32le(bytes, at + 8),
      idlePowerWatts: idle === null ? null : scaled(u16le(bytes, at + 16), idle),
      activePowerWatts: active === null ? null : scaled(u16le(bytes, at + 20), active),
    }
  })
}

/** Without the noise that a binary fraction adds. */
function scaled(value: number, unit: number): number {
  return Math.round(value * unit * 10_000) / 10_000
}
