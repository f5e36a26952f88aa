import type { ScsiVpdPage } from '../../../../protocol/facts/scsi.ts'
import { u16be, u8 } from '../integers.ts'

type Page<K extends ScsiVpdPage['page']['kind']> = Extract<ScsiVpdPage['page'], { kind: K }>

/** Old devices give less of these pages than the standard of today: bytes that are missing are 0. */
function padded(body: Uint8Array): Uint8Array {
  if (body.length >= 60) return body
  const whole = new Uint8Array(60)
  whole.set(body)
  return whole
}

function u32be(bytes: Uint8Array, offset: number): number {
  return u16be(bytes, offset) * 0x1_0000 + u16be(bytes, offset + 2)
}

/** 0: no limit or not told. */
function told(value: number): number | null {
  return value === 0 ? null : value
}

/** Block limits page B0h, SBC-4 §6.6.4. Offsets are those of the page, less its 4-byte header. */
export function decodeBlockLimits(body: Uint8Array): Page<'block-limits'> {
  const page = padded(body)
  const word = (offset: number) => u32be(page, offset - 4)
  const alignment = word(32)
  return {
    kind: 'block-limits',
    optimalGranularityBlocks: told(u16be(page, 2)),
    maximumTransferBlocks: told(word(8)),
    optimalTransferBlocks: told(word(12)),
    maximumPrefetchBlocks: told(word(16)),
    maximumUnmapBlocks: told(word(20)),
    maximumUnmapDescriptors: told(word(24)),
    optimalUnmapBlocks: told(word(28)),
    // UGAVALID
    unmapAlignmentBlocks: alignment >= 2 ** 31 ? alignment - 2 ** 31 : null,
    maximumWriteSameBlocks: told(word(36) * 2 ** 32 + word(40)),
    maximumAtomicBlocks: told(word(44)),
  }
}

const formFactors: readonly (string | null)[] = [
  null,
  '5.25"',
  '3.5"',
  '2.5"',
  '1.8"',
  'less than 1.8"',
]

/** Block device characteristics page B1h, SBC-4 §6.6.2. */
export function decodeCharacteristics(body: Uint8Array): Page<'block-characteristics'> {
  const page = padded(body)
  const rotation = u16be(page, 0)
  const zoned = (u8(page, 4) >> 4) & 3
  return {
    kind: 'block-characteristics',
    rotationRpm: rotation === 1 ? 0 : rotation >= 0x401 && rotation <= 0xfffe ? rotation : null,
    formFactor: formFactors[u8(page, 3) & 0xf] ?? null,
    productType: u8(page, 2),
    zoned: zoned === 1 ? 'host-aware' : zoned === 2 ? 'device-managed' : null,
  }
}

/** Logical block provisioning page B2h, SBC-4 §6.6.6. */
export function decodeProvisioning(body: Uint8Array): Page<'provisioning'> {
  const page = padded(body)
  const flags = u8(page, 1)
  const zeros = (flags >> 2) & 7
  return {
    kind: 'provisioning',
    provisioningType: (['full', 'resource', 'thin'] as const)[u8(page, 2) & 7] ?? 'reserved',
    unmap: (flags & 0x80) !== 0,
    writeSame16Unmaps: (flags & 0x40) !== 0,
    writeSame10Unmaps: (flags & 0x20) !== 0,
    unmappedReads: (zeros & 1) === 1 ? 'zeros' : zeros === 2 ? 'vendor pattern' : 'anything',
    anchors: (flags & 2) !== 0,
    thresholdExponent: told(u8(page, 0)),
  }
}

/** Zoned block device characteristics page B6h, ZBC-2 §6.5.2. */
export function decodeZonedCharacteristics(body: Uint8Array): Page<'zoned-characteristics'> {
  const page = padded(body)
  const count = (offset: number) => {
    const value = u32be(page, offset - 4)
    return value === 0 || value === 0xffff_ffff ? null : value
  }
  return {
    kind: 'zoned-characteristics',
    unrestrictedReads: (u8(page, 0) & 1) === 1,
    optimalOpenZones: count(8),
    optimalNonSequentialZones: count(12),
    maximumOpenZones: count(16),
  }
}
