import { hexOf, u16be } from '../integers.ts'
import {
  bitNames,
  type DecodedTlv,
  textOf,
  type TlvFields,
  u24be,
  u32be,
  type Value,
} from './bytes.ts'

/** Names of the TLVs of LLDP-MED (OUI 00-12-bb), by subtype: ANSI/TIA-1057 §10.2. */
export const medNames: ReadonlyMap<number, string> = new Map([
  [1, 'capabilities'],
  [2, 'network-policy'],
  [3, 'location'],
  [4, 'extended-power'],
  [5, 'hardware-revision'],
  [6, 'firmware-revision'],
  [7, 'software-revision'],
  [8, 'serial'],
  [9, 'manufacturer'],
  [10, 'model'],
  [11, 'asset-id'],
])

const capabilities = [
  'capabilities',
  'network-policy',
  'location',
  'extended-power-pse',
  'extended-power-pd',
  'inventory',
] as const

/** A TLV of LLDP-MED, its subtype taken off. */
export function decodeMed(subtype: number, v: Uint8Array): DecodedTlv {
  switch (subtype) {
    case 1:
      return v.length < 3
        ? undefined
        : {
            capabilityBits: u16be(v, 0),
            capabilities: bitNames(u16be(v, 0), capabilities),
            deviceClass: v[2] ?? 0,
          }
    case 2: {
      if (v.length < 4) return undefined
      const bits = u24be(v, 1)
      return {
        application: v[0] ?? 0,
        unknownPolicy: (bits & 0x80_0000) !== 0,
        tagged: (bits & 0x40_0000) !== 0,
        vlan: (bits >> 9) & 0xfff,
        layer2Priority: (bits >> 6) & 7,
        dscp: bits & 0x3f,
      }
    }
    case 3:
      return location(v)
    case 4:
      return v.length < 3
        ? undefined
        : {
            powerType: (v[0] ?? 0) >> 6,
            powerSource: ((v[0] ?? 0) >> 4) & 3,
            powerPriority: (v[0] ?? 0) & 0xf,
            powerWatts: u16be(v, 1) / 10,
          }
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
      return { text: textOf(v) }
    default:
      return null
  }
}

/** §10.2.4: coordinates (RFC 3825), a civic address (RFC 4776) or an emergency number. */
function location(v: Uint8Array): TlvFields | undefined {
  const format = v[0]
  if (format === undefined) return undefined
  if (format === 1) return coordinates(v)
  if (format === 3) return { format, emergencyNumber: textOf(v.subarray(1)) }
  if (format !== 2) return { format }
  if (v.length < 3) return undefined
  const length = v[1] ?? 0
  const elements: Value[] = []
  // The length counts from the byte after it: what, country, elements.
  const end = Math.min(v.length, 2 + length)
  let at = 5
  while (at + 2 <= end) {
    const size = v[at + 1] ?? 0
    if (at + 2 + size > end) break
    elements.push({
      type: v[at] ?? 0,
      length: size,
      text: textOf(v.subarray(at + 2, at + 2 + size)),
    })
    at += 2 + size
  }
  return {
    format,
    length,
    what: v[2] ?? 0,
    ...(end < 5 ? {} : { country: textOf(v.subarray(3, 5)), elements }),
  }
}

/** RFC 6225 §2.2: degrees with 25 and metres or floors with 8 binary places, in two's complement. */
function coordinates(v: Uint8Array): TlvFields | undefined {
  if (v.length < 17) return undefined
  const [latitude, longitude] = [degreesAt(v, 1), degreesAt(v, 6)]
  const altitude = u32be(v, 12) & 0x3fff_ffff
  return {
    format: 1,
    coordinates: hexOf(v, 1, 17),
    latitudeResolutionBits: latitude.resolutionBits,
    latitudeDegrees: latitude.degrees,
    longitudeResolutionBits: longitude.resolutionBits,
    longitudeDegrees: longitude.degrees,
    /** 1 metres, 2 floors. */
    altitudeType: (v[11] ?? 0) >> 4,
    altitudeResolutionBits: (u16be(v, 11) >> 6) & 0x3f,
    altitude: (altitude >= 0x2000_0000 ? altitude - 0x4000_0000 : altitude) / 256,
    datum: v[16] ?? 0,
  }
}

function degreesAt(v: Uint8Array, at: number) {
  const value = ((v[at] ?? 0) & 3) * 2 ** 32 + u32be(v, at + 1)
  return {
    resolutionBits: (v[at] ?? 0) >> 2,
    degrees: (value >= 2 ** 33 ? value - 2 ** 34 : value) / 2 ** 25,
  }
}
