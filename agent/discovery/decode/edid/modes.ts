import type { Edid } from '../../../../protocol/facts/edid.ts'
import { u16le, u8 } from '../integers.ts'

type Mode = Edid['standardModes'][number]

/** Established timings I to III, §3.8 and §3.10.3.9, from the highest bit on. */
const established =
  '720x400@70 720x400@88 640x480@60 640x480@67 640x480@72 640x480@75 800x600@56 800x600@60 800x600@72 800x600@75 832x624@75 1024x768@87i 1024x768@60 1024x768@70 1024x768@75 1280x1024@75 1152x870@75'.split(
    ' ',
  )
const establishedMore =
  '640x350@85 640x400@85 720x400@85 640x480@85 848x480@60 800x600@85 1024x768@85 1152x864@75 1280x768@60r 1280x768@60 1280x768@75 1280x768@85 1280x960@60 1280x960@85 1280x1024@60 1280x1024@85 1360x768@60 1440x900@60r 1440x900@60 1440x900@75 1440x900@85 1400x1050@60r 1400x1050@60 1400x1050@75 1400x1050@85 1680x1050@60r 1680x1050@60 1680x1050@75 1680x1050@85 1600x1200@60 1600x1200@65 1600x1200@70 1600x1200@75 1600x1200@85 1792x1344@60 1792x1344@75 1856x1392@60 1856x1392@75 1920x1200@60r 1920x1200@60 1920x1200@75 1920x1200@85 1920x1440@60 1920x1440@75'.split(
    ' ',
  )

/** Modes that bits of the base block stand for, each once. */
export function establishedModes(base: Uint8Array): readonly Mode[] {
  const first = bitsOf(base.subarray(35, 38), established)
  const more = displayParts(base, 0xf7).flatMap((part) =>
    bitsOf(part.subarray(6, 12), establishedMore),
  )
  return [...first, ...new Set(more)].flatMap(modeOf)
}

/** Standard timings of the base block, then of the descriptors that hold more (§3.10.3.6). */
export function allStandardModes(base: Uint8Array): readonly Mode[] {
  const revision = u8(base, 19)
  const more = displayParts(base, 0xfa).map((part) => part.subarray(5, 17))
  return [base.subarray(38, 54), ...more].flatMap((bytes) => standardModes(bytes, revision))
}

/** Those of the four descriptors that have this tag. */
function displayParts(base: Uint8Array, tag: number): readonly Uint8Array[] {
  return [54, 72, 90, 108]
    .map((at) => base.subarray(at, at + 18))
    .filter((part) => u16le(part, 0) === 0 && u8(part, 2) === 0 && u8(part, 3) === tag)
}

function bitsOf(bytes: Uint8Array, names: readonly string[]): readonly string[] {
  return names.filter((_, index) => {
    const byte = bytes[index >> 3] ?? 0
    return ((byte >> (7 - (index & 7))) & 1) === 1
  })
}

function modeOf(name: string): readonly Mode[] {
  const [, width, height, rate, mark] = /^(\d+)x(\d+)@(\d+)([ir]?)$/.exec(name) ?? []
  if (width === undefined) return []
  return [
    {
      widthPixels: Number(width),
      heightLines: Number(height),
      refreshHz: Number(rate),
      interlaced: mark === 'i',
    },
  ]
}

/** Standard timings of 2 bytes each, §3.9; the aspect 1:1 of EDID 1.2 and older is 16:10 since. */
function standardModes(bytes: Uint8Array, revision: number): readonly Mode[] {
  const modes: Mode[] = []
  for (let at = 0; at + 2 <= bytes.length; at += 2) {
    const [first, second] = [u8(bytes, at), u8(bytes, at + 1)]
    // 0101h fills up, 00h is reserved.
    if (first === 0 || (first === 1 && second === 1)) continue
    const widthPixels = (first + 31) * 8
    const square = revision < 3 ? 1 : 10 / 16
    const ratio = [square, 3 / 4, 4 / 5, 9 / 16][second >> 6] ?? 1
    modes.push({
      widthPixels,
      heightLines: Math.floor(widthPixels * ratio),
      refreshHz: (second & 0x3f) + 60,
      interlaced: false,
    })
  }
  return modes
}
