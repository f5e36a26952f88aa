import { hexOf, u16be } from '../integers.ts'
import { addressOf, type DecodedTlv, nameOf, textOf, u32be } from './bytes.ts'

/** TLVs of Cisco (OUI 00-01-42): spare-pair power, and what leaf switches of an ACI fabric tell. */
export const aciNames: ReadonlyMap<number, string> = new Map([
  [0x01, 'four-wire-power'],
  [0xc9, 'port-state'],
  [0xca, 'node-role'],
  [0xcb, 'node-id'],
  [0xcc, 'spine-level'],
  [0xcd, 'pod-id'],
  [0xce, 'fabric-name'],
  [0xcf, 'controllers'],
  [0xd0, 'node-address'],
  [0xd1, 'port-role'],
  [0xd2, 'version'],
  [0xd3, 'fabric-vlan'],
  [0xd4, 'serial'],
  [0xd6, 'model'],
  [0xd7, 'node-name'],
  [0xd8, 'port-mode'],
  [0xd9, 'authentication-cookie'],
  [0xda, 'controller-mode'],
  [0xdb, 'fabric-id'],
])

/** A TLV of Cisco, its subtype taken off. */
export function decodeCisco(subtype: number, v: Uint8Array): DecodedTlv {
  switch (aciNames.get(subtype)) {
    case 'four-wire-power':
      return fourWirePower(v)
    case 'port-state':
    case 'node-role':
    case 'spine-level':
    case 'port-role':
    case 'controller-mode':
      return v.length < 1 ? undefined : { value: v[0] ?? 0 }
    // Some senders tell the mode in two bytes.
    case 'port-mode':
      return v.length < 1 ? undefined : { value: v.length === 1 ? (v[0] ?? 0) : u16be(v, 0) }
    case 'pod-id':
    case 'fabric-id':
      return v.length < 2 ? undefined : { value: u16be(v, 0) }
    case 'fabric-vlan':
      return v.length < 2 ? undefined : { vlan: u16be(v, 0) }
    case 'node-id':
      return v.length < 4 ? undefined : { value: u32be(v, 0) }
    case 'node-address':
      return v.length < 4 ? undefined : { address: addressOf(v.subarray(0, 4)) }
    case 'controllers':
      return controllers(v)
    case 'fabric-name':
    case 'version':
    case 'serial':
    case 'model':
    case 'node-name':
      return { text: nameOf(v) }
    case 'authentication-cookie':
      return { cookie: hexOf(v) }
    default:
      return null
  }
}

function fourWirePower(v: Uint8Array): DecodedTlv {
  const bits = v[0]
  if (bits === undefined) return undefined
  return {
    bits,
    supported: (bits & 1) !== 0,
    spareDetectionRequired: (bits & 2) !== 0,
    spareDesired: (bits & 4) !== 0,
    spareOperational: (bits & 8) !== 0,
  }
}

/** Each has a number, an IPv4 address, and a UUID as text of 36 letters. */
function controllers(v: Uint8Array): DecodedTlv {
  const entryBytes = 41
  return {
    controllers: Array.from({ length: Math.floor(v.length / entryBytes) }, (_, index) => {
      const at = index * entryBytes
      return {
        number: v[at] ?? 0,
        address: addressOf(v.subarray(at + 1, at + 5)),
        uuid: textOf(v.subarray(at + 5, at + entryBytes)),
      }
    }),
  }
}
