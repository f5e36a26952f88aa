import { DecodeError } from '../../../../protocol/errors.ts'
import type { NvmeNamespace } from '../../../../protocol/facts/nvme.ts'
import { u16le, u32le, u8 } from '../integers.ts'
import { bitNames, nameOf, wide } from './bits.ts'
import { identifyBytes } from './identify-controller.ts'

/** Identify Namespace, NVM command set specification 1.1 §4.1.5.1. */
export function decodeIdentifyNamespace(bytes: Uint8Array): NvmeNamespace {
  if (bytes.length !== identifyBytes) {
    throw new DecodeError(
      `Cannot read NVMe namespace: want ${identifyBytes} bytes, found ${bytes.length}`,
    )
  }
  const formats = formatsOf(bytes)
  const flags = u8(bytes, 26)
  // Four bits, and two more where there are over 16 formats.
  const formatIndex = (flags & 0xf) + (formats.length > 16 ? ((flags >> 5) & 3) * 16 : 0)
  const blockBytes = formats[formatIndex]?.dataBytes ?? 0
  if (blockBytes === 0) {
    throw new DecodeError(`Cannot read NVMe namespace: its format ${formatIndex} is not there`)
  }
  const allocated = wide(bytes, 48, 16)
  return {
    kind: 'namespace',
    sizeBytes: wide(bytes, 0, 8) * blockBytes,
    capacityBytes: wide(bytes, 8, 8) * blockBytes,
    usedBytes: wide(bytes, 16, 8) * blockBytes,
    formatIndex,
    metadataAtEnd: (flags & 0x10) !== 0,
    protectionType: u8(bytes, 29) & 7,
    shared: (u8(bytes, 30) & 1) === 1,
    writeProtected: (u8(bytes, 99) & 1) === 1,
    allocatedBytes: allocated === 0 ? null : allocated,
    eui64: nameOf(bytes, 120, 8),
    nguid: nameOf(bytes, 104, 16),
    anaGroupId: u32le(bytes, 92) === 0 ? null : u32le(bytes, 92),
    enduranceGroupId: u16le(bytes, 102) === 0 ? null : u16le(bytes, 102),
    abilities: {
      formats,
      features: bitNames(u8(bytes, 24), [
        'thin',
        'atomic-writes',
        'deallocated-error',
        'never-reuses-ids',
        'preferred-io',
      ]),
      metadata: bitNames(u8(bytes, 27), ['at-end-of-block', 'separate']),
      protection: bitNames(u8(bytes, 28), [
        'type-1',
        'type-2',
        'type-3',
        'first-bytes',
        'last-bytes',
      ]),
      reservations: bitNames(u8(bytes, 31), [
        'persist-through-power-loss',
        'write-exclusive',
        'exclusive-access',
        'write-exclusive-registrants',
        'exclusive-access-registrants',
        'write-exclusive-all-registrants',
        'exclusive-access-all-registrants',
      ]),
    },
  }
}

const performances = ['best', 'better', 'good', 'degraded'] as const

/** NLBAF and NULBAF; a format of less than 512 bytes is not there (LBADS below 9). */
function formatsOf(bytes: Uint8Array): NvmeNamespace['abilities']['formats'] {
  const count = Math.min(u8(bytes, 25) + 1, 64)
  return Array.from({ length: count }, (_, index) => {
    const at = 128 + index * 4
    const power = u8(bytes, at + 2)
    return {
      dataBytes: power < 9 || power > 40 ? 0 : 2 ** power,
      metadataBytes: u16le(bytes, at),
      relativePerformance: performances[u8(bytes, at + 3) & 3] ?? 'degraded',
    }
  })
}
