import type { ScsiVpdPage } from '../../../../protocol/facts/scsi.ts'
import { u16be } from '../integers.ts'

type Page<K extends ScsiVpdPage['page']['kind']> = Extract<ScsiVpdPage['page'], { kind: K }>

/** Names of bits by byte of the page and bit; what later standards made reserved is left out. */
const features: readonly (readonly [number, number, string])[] = [
  [4, 2, 'guard-check'],
  [4, 1, 'application-tag-check'],
  [4, 0, 'reference-tag-check'],
  [5, 5, 'unit-attention-sense-key-specific'],
  [5, 4, 'grouping'],
  [5, 3, 'command-priority'],
  [5, 2, 'head-of-queue'],
  [5, 1, 'ordered'],
  [5, 0, 'simple'],
  [6, 3, 'write-uncorrectable'],
  [6, 1, 'non-volatile-cache'],
  [6, 0, 'volatile-cache'],
  [7, 5, 'no-protection-check-on-unmapped'],
  [7, 4, 'protection-interval'],
  [7, 0, 'clears-nexus-loss-unit-attention'],
  [8, 4, 'referrals'],
  [8, 3, 'revert-to-defaults'],
  [8, 1, 'history-snapshots-release'],
  [12, 7, 'power-on-activation'],
  [12, 6, 'hard-reset-activation'],
  [12, 5, 'vendor-specific-activation'],
]

/** Protection types by the SPT field of disks, SPC-6 table 461. */
const protectionTypes: readonly (readonly number[])[] = [
  [1],
  [1, 2],
  [2],
  [1, 3],
  [3],
  [2, 3],
  [],
  [1, 2, 3],
]

/** Extended INQUIRY data page 86h, SPC-6 §7.7.7. Bytes that an old device does not give are 0. */
export function decodeExtendedInquiry(body: Uint8Array): Page<'extended-inquiry'> {
  const byte = (at: number) => body[at - 4] ?? 0
  const minutes = body.length < 8 ? 0 : u16be(body, 6)
  return {
    kind: 'extended-inquiry',
    activateMicrocode: byte(4) >> 6,
    protectionTypes: [...(protectionTypes[(byte(4) >> 3) & 7] ?? [])],
    features: features.flatMap(([at, bit, name]) => ((byte(at) >> bit) % 2 === 1 ? [name] : [])),
    extendedSelfTestMinutes: minutes === 0 ? null : minutes,
    maximumSenseBytes: byte(13) === 0 ? null : byte(13),
  }
}

/** Block limits extension page B7h, SBC-4 §6.6.5: streams and scattered writes. */
export function decodeBlockLimitsExtension(body: Uint8Array): Page<'block-limits-extension'> {
  const word = (at: number) => (at - 2 > body.length ? 0 : u16be(body, at - 4))
  const told = (value: number) => (value === 0 ? null : value)
  const wide = (at: number) => told(word(at) * 0x1_0000 + word(at + 2))
  return {
    kind: 'block-limits-extension',
    maximumStreams: told(word(6)),
    optimalStreamWriteBlocks: told(word(8)),
    streamGranularity: wide(10),
    maximumScatteredRangeBlocks: wide(16),
    maximumScatteredRanges: told(word(22)),
    maximumScatteredBlocks: wide(24),
  }
}
