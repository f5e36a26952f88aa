import { DecodeError } from '../../../../protocol/errors.ts'
import type { NvmeSmart } from '../../../../protocol/facts/nvme.ts'
import { u16le, u32le, u8 } from '../integers.ts'
import { bitNames, celsiusOf, wide } from './bits.ts'

/** Length of the log page. */
export const smartLogBytes = 512

/** A data unit: a thousand units of 512 bytes. */
const dataUnitBytes = 512_000

/** SMART / Health information, NVM Express base specification 2.1 §5.1.12.1.3. */
export function decodeNvmeSmart(bytes: Uint8Array): NvmeSmart {
  if (bytes.length !== smartLogBytes) {
    throw new DecodeError(
      `Cannot read NVMe SMART log: want ${smartLogBytes} bytes, found ${bytes.length}`,
    )
  }
  const counter = (offset: number) => wide(bytes, offset, 16)
  const two = (offset: number) => [u32le(bytes, offset), u32le(bytes, offset + 4)]
  return {
    criticalWarnings: bitNames(u8(bytes, 0), criticalWarnings),
    temperatureCelsius: celsiusOf(u16le(bytes, 1)),
    spareRatio: u8(bytes, 3) / 100,
    spareThresholdRatio: u8(bytes, 4) / 100,
    usedRatio: u8(bytes, 5) / 100,
    enduranceGroupWarnings: bitNames(u8(bytes, 6), groupWarnings),
    readBytes: counter(32) * dataUnitBytes,
    writtenBytes: counter(48) * dataUnitBytes,
    readCommandCount: counter(64),
    writeCommandCount: counter(80),
    busyMinutes: counter(96),
    powerCycleCount: counter(112),
    powerOnHours: counter(128),
    unsafeShutdownCount: counter(144),
    mediaErrorCount: counter(160),
    errorLogEntryCount: counter(176),
    warningTemperatureMinutes: u32le(bytes, 192),
    criticalTemperatureMinutes: u32le(bytes, 196),
    sensorsCelsius: Array.from({ length: 8 }, (_, index) =>
      celsiusOf(u16le(bytes, 200 + index * 2)),
    ),
    throttleCounts: two(216),
    throttledSeconds: two(224),
  }
}

const criticalWarnings: readonly (string | null)[] = [
  'spare-low',
  'temperature',
  'reliability-degraded',
  'read-only',
  'backup-failed',
  'persistent-memory-unreliable',
  'indeterminate-personality',
]

const groupWarnings: readonly (string | null)[] = [
  'spare-low',
  null,
  'reliability-degraded',
  'read-only',
]
