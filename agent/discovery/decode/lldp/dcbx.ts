import { hexOf, toHex, u16be } from '../integers.ts'
import { bitNames, type DecodedTlv, type TlvFields, u24be, u32be, type Value } from './bytes.ts'

/**
 * Data center bridging exchange before IEEE 802.1Qaz (OUI 00-1b-21), by subtype: version 1.0 of
 * Cisco, Intel and Nuova, 1.01 of the Converged Enhanced Ethernet group.
 */
export const dcbxNames: ReadonlyMap<number, string> = new Map([
  [1, 'cin'],
  [2, 'cee'],
])

/** DCB Capability Exchange Protocol 1.01 §3: control and features, TLVs inside of the TLV. */
export function decodeDcbx(subtype: number, v: Uint8Array): DecodedTlv {
  if (!dcbxNames.has(subtype)) return null
  const features: Value[] = []
  for (let at = 0; at < v.length;) {
    if (at + 2 > v.length) return undefined
    const head = u16be(v, at)
    const [type, length] = [head >> 9, head & 0x1ff]
    const end = at + 2 + length
    if (end > v.length) return undefined
    const feature = featureOf(subtype === 2, type, length, v.subarray(at + 2, end))
    if (feature === undefined) return undefined
    features.push(feature)
    at = end
  }
  return { features }
}

/** Operating and newest version come first in each; then flags and a subtype of the feature. */
function featureOf(isCee: boolean, type: number, length: number, v: Uint8Array): DecodedTlv {
  const [version, maximumVersion, flags, subtype] = v
  if (version === undefined || maximumVersion === undefined) return undefined
  const common = { type, length, version, maximumVersion }
  if (type === 1) {
    if (v.length < 10) return undefined
    return { ...common, kind: 'control', sequence: u32be(v, 2), acknowledged: u32be(v, 6) }
  }
  if (flags === undefined || subtype === undefined) return undefined
  const head = {
    ...common,
    kind: kinds[type] ?? 'unknown',
    enabled: (flags & 0x80) !== 0,
    willing: (flags & 0x40) !== 0,
    error: (flags & 0x20) !== 0,
    subtype,
  }
  const rest = v.subarray(4)
  return { ...head, ...(contentOf(isCee, type, rest) ?? { data: hexOf(rest) }) }
}

const kinds: Readonly<Record<number, string>> = {
  2: 'priority-groups',
  3: 'priority-flow-control',
  4: 'application-protocol',
  6: 'logical-link',
}

/** Undefined: too short, or of the first version, whose groups have another form. */
function contentOf(isCee: boolean, type: number, v: Uint8Array): TlvFields | undefined {
  switch (type) {
    case 2:
      return isCee && v.length >= 13 ? priorityGroups(v) : undefined
    case 3:
      return v.length < 1
        ? undefined
        : {
            enabledBits: v[0] ?? 0,
            enabledPriorities: bits(v[0] ?? 0),
            ...(v.length < 2 ? {} : { trafficClassCount: v[1] ?? 0 }),
          }
    case 4:
      return isCee ? applications(v) : undefined
    case 6:
      return v.length < 1 ? undefined : { typeBits: v[0] ?? 0 }
    default:
      return undefined
  }
}

/** §3.3.1: four bits for the group of each priority, a byte for the share of each group. */
function priorityGroups(v: Uint8Array): TlvFields {
  return {
    priorityAssignment: [...v.subarray(0, 4)].flatMap((pair) => [pair >> 4, pair & 0xf]),
    bandwidthPercent: [...v.subarray(4, 12)],
    trafficClassCount: v[12] ?? 0,
  }
}

/** §3.3.3: protocol, selector in the two low bits of the OUI's first byte, map of priorities. */
function applications(v: Uint8Array): TlvFields {
  return {
    applications: Array.from({ length: Math.floor(v.length / 6) }, (_, index) => {
      const at = index * 6
      return {
        protocol: u16be(v, at),
        selector: (v[at + 2] ?? 0) & 3,
        oui: toHex(u24be(v, at + 2) & 0xfc_ffff, 6),
        priorityBits: v[at + 5] ?? 0,
        priorities: bits(v[at + 5] ?? 0),
      }
    }),
  }
}

function bits(value: number): readonly number[] {
  return bitNames(value, ['0', '1', '2', '3', '4', '5', '6', '7']).map(Number)
}
