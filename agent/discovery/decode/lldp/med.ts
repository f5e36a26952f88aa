import { hexOf, u16be } from '../integers.ts'
import { bitNames, textOf, type TlvFields, u24be, type Value } from './bytes.ts'

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
export function decodeMed(subtype: number, v: Uint8Array): TlvFields | undefined {
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
      return undefined
  }
}

/** §10.2.4: coordinates (RFC 3825), a civic address (RFC 4776) or an emergency number. */
function location(v: Uint8Array): TlvFields | undefined {
  const format = v[0]
  if (format === undefined) return undefined
  if (format === 1) return { format, coordinates: hexOf(v, 1, 17) }
  if (format === 3) return { format, emergencyNumber: textOf(v.subarray(1)) }
  if (format !== 2 || v.length < 5) return { format }
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
    ...(length < 3 ? {} : { country: textOf(v.subarray(3, 5)), elements }),
  }
}
