import type { Edid } from '../../../../protocol/facts/edid.ts'
import { deviceText } from '../device-text.ts'
import { u16le, u8 } from '../integers.ts'
import { detailedTiming } from './timing.ts'

type Descriptors = Pick<Edid, 'name' | 'serial' | 'texts' | 'rangeLimits' | 'timings'>

const descriptorBytes = 18
const firstDescriptor = 54

/** The four descriptors of 18 bytes: timings first, then what is said of the display (§3.10). */
export function displayDescriptors(base: Uint8Array): Descriptors {
  const parts = [0, 1, 2, 3].map((index) =>
    base.subarray(firstDescriptor + index * descriptorBytes).subarray(0, descriptorBytes),
  )
  const timings = parts.flatMap((part) => detailedTiming(part) ?? [])
  const tagged = (tag: number) =>
    parts.filter((part) => u16le(part, 0) === 0 && u8(part, 2) === 0 && u8(part, 3) === tag)
  const [limits] = tagged(0xfd)
  return {
    name: textOf(tagged(0xfc)[0]),
    serial: textOf(tagged(0xff)[0]),
    texts: tagged(0xfe).map(textOf),
    rangeLimits: limits === undefined ? null : rangeLimits(limits, u8(base, 19)),
    timings,
  }
}

const latin1 = new TextDecoder('latin1')

/** §3.10.3.1: thirteen bytes that a line feed ends. */
function textOf(part: Uint8Array | undefined): string | null {
  if (part === undefined) return null
  const text = latin1.decode(part.subarray(5)).split('\n')[0]
  return deviceText(text)
}

/** §3.10.3.3; from 1.4 on 255 are added to the greater rate, or to both, for a pair of bits each. */
function rangeLimits(part: Uint8Array, revision: number): NonNullable<Edid['rangeLimits']> {
  const offsets = revision < 4 ? 0 : u8(part, 4)
  const rate = (at: number, bit: number) => {
    const pair = (offsets >> (bit & 2)) & 3
    const isAdded = pair === 3 || (pair === 2 && (bit & 1) === 1)
    return u8(part, at) + (isAdded ? 255 : 0)
  }
  const clock = u8(part, 9)
  return {
    minVerticalHz: rate(5, 0),
    maxVerticalHz: rate(6, 1),
    minHorizontalKilohertz: rate(7, 2),
    maxHorizontalKilohertz: rate(8, 3),
    maxPixelClockHz: clock === 0 || clock === 0xff ? null : clock * 10_000_000,
  }
}
