import type { Edid } from '../../../../protocol/facts/edid.ts'
import { u16le, u8 } from '../integers.ts'

/** Detailed timing of 18 bytes, EDID 1.4 §3.10.2; null where a clock of 0 says that it is none. */
export function detailedTiming(part: Uint8Array): Edid['timings'][number] | null {
  const clock = u16le(part, 0)
  if (clock === 0) return null
  const [h, hBlank, hHigh] = [u8(part, 2), u8(part, 3), u8(part, 4)]
  const [v, vBlank, vHigh] = [u8(part, 5), u8(part, 6), u8(part, 7)]
  const sizeHigh = u8(part, 14)
  const widthPixels = h | ((hHigh >> 4) << 8)
  const horizontalBlankPixels = hBlank | ((hHigh & 0x0f) << 8)
  const heightLines = v | ((vHigh >> 4) << 8)
  const verticalBlankLines = vBlank | ((vHigh & 0x0f) << 8)
  const pixelClockHz = clock * 10_000
  const interlaced = (u8(part, 17) & 0x80) !== 0
  // A field has half a line more than is told.
  const lines = heightLines + verticalBlankLines + (interlaced ? 0.5 : 0)
  const total = (widthPixels + horizontalBlankPixels) * lines
  return {
    pixelClockHz,
    widthPixels,
    heightLines,
    horizontalBlankPixels,
    verticalBlankLines,
    interlaced,
    refreshHz: total === 0 ? 0 : Math.round((pixelClockHz / total) * 1000) / 1000,
    imageWidthMillimeters: u8(part, 12) | ((sizeHigh >> 4) << 8),
    imageHeightMillimeters: u8(part, 13) | ((sizeHigh & 0x0f) << 8),
  }
}
