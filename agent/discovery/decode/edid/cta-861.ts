import type { Edid } from '../../../../protocol/facts/edid.ts'
import { hexOf, toHex, u8 } from '../integers.ts'
import { detailedTiming } from './timing.ts'

type Cta = Extract<Edid['extensions'][number], { readonly kind: 'cta-861' }>
type AudioFormat = Cta['audioFormats'][number]

const ctaTag = 0x02
const tag = { audio: 1, video: 2, vendor: 3, extended: 7 } as const

/** A CTA-861 extension block (CTA-861-H §7); null for a block of another kind. */
export function ctaExtension(block: Uint8Array): Cta | null {
  if (u8(block, 0) !== ctaTag) return null
  const revision = u8(block, 1)
  const timingsAt = u8(block, 2)
  const flags = revision >= 2 ? u8(block, 3) : 0
  const blocks =
    revision >= 3 ? dataBlocks(block.subarray(4, Math.max(4, Math.min(timingsAt, 127)))) : []
  const codes = blocks.filter((one) => one.tag === tag.video).flatMap(({ data }) => [...data])
  return {
    kind: 'cta-861',
    revision,
    underscan: (flags & 0x80) !== 0,
    basicAudio: (flags & 0x40) !== 0,
    ycbcr444: (flags & 0x20) !== 0,
    ycbcr422: (flags & 0x10) !== 0,
    videoCodes: codes.map(videoCode),
    nativeVideoCodes: codes.filter((code) => code >= 129 && code <= 192).map(videoCode),
    audioFormats: blocks.filter((one) => one.tag === tag.audio).flatMap(({ data }) => audio(data)),
    vendorBlocks: blocks
      .filter((one) => one.tag === tag.vendor && one.data.length >= 3)
      .map(({ data }) => ({ oui: hexOf(data.slice(0, 3).reverse()), data: hexOf(data, 3) })),
    otherBlocks: blocks
      .filter((one) => ![tag.audio, tag.video, tag.vendor].some((known) => known === one.tag))
      .map((one) =>
        one.tag === tag.extended && one.data.length > 0
          ? { tag: `7.${u8(one.data, 0)}`, data: hexOf(one.data, 1) }
          : { tag: String(one.tag), data: hexOf(one.data) },
      ),
    timings: timingsAt >= 4 ? timingsOf(block.subarray(timingsAt, 127)) : [],
  }
}

interface DataBlock {
  readonly tag: number
  readonly data: Uint8Array
}

function dataBlocks(bytes: Uint8Array): readonly DataBlock[] {
  const blocks: DataBlock[] = []
  for (let at = 0; at < bytes.length;) {
    const head = u8(bytes, at)
    const length = head & 0x1f
    if (at + 1 + length > bytes.length) break
    blocks.push({ tag: head >> 5, data: bytes.subarray(at + 1, at + 1 + length) })
    at += 1 + length
  }
  return blocks
}

/** §7.5.1: of codes 1 to 64 the highest bit says "native". */
function videoCode(code: number): number {
  return code >= 129 && code <= 192 ? code & 0x7f : code
}

/** Table 37. */
const formats = [
  null,
  'LPCM',
  'AC-3',
  'MPEG-1',
  'MP3',
  'MPEG-2',
  'AAC LC',
  'DTS',
  'ATRAC',
  'One Bit Audio',
  'Enhanced AC-3',
  'DTS-HD',
  'MAT',
  'DST',
  'WMA Pro',
] as const
const rates = [32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000] as const

function audio(data: Uint8Array): readonly AudioFormat[] {
  return Array.from({ length: Math.floor(data.length / 3) }, (_, index) => {
    const [first, second] = [u8(data, index * 3), u8(data, index * 3 + 1)]
    const code = (first >> 3) & 0x0f
    return {
      format: formats[code] ?? `0x${toHex(code, 2)}`,
      channelCount: (first & 7) + 1,
      sampleRatesHz: rates.filter((_rate, bit) => ((second >> bit) & 1) === 1),
    }
  })
}

const timingBytes = 18

function timingsOf(bytes: Uint8Array): Cta['timings'] {
  const timings: Cta['timings'][number][] = []
  for (let at = 0; at + timingBytes <= bytes.length; at += timingBytes) {
    const timing = detailedTiming(bytes.subarray(at, at + timingBytes))
    if (timing === null) break
    timings.push(timing)
  }
  return timings
}
