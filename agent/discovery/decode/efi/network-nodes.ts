import { hexOf, toHex, u16le, u8 } from '../integers.ts'
import { guidText } from './guid.ts'
import { hexNumber, narrowText } from './node-text.ts'

/** Messaging nodes of networks, UEFI 2.10 §10.3.4.11 on; null for the others. */
export function networkNode(subType: number, body: Uint8Array): string | null {
  switch (subType) {
    case 9:
      return `Infiniband(${hexOf(body, 0, 4)},${guidText(body, 4)},${hexOf(body, 20)})`
    case 11: {
      // 32 bytes; Ethernet (type 0 or 1) has six of them.
      const type = u8(body, 32)
      return `MAC(${hexOf(body, 0, type <= 1 ? 6 : 32)},${hexNumber(type)})`
    }
    case 12:
      return ipv4(body)
    case 13:
      return ipv6(body)
    case 19:
      return iscsi(body)
    case 20:
      return `Vlan(${u16le(body, 0)})`
    case 24:
      return `Uri(${narrowText(body)})`
    case 28:
      return `Wi-Fi(${narrowText(body.subarray(0, 32))})`
    case 31:
      return dns(body)
    default:
      return null
  }
}

/** RFC 791 numbers that have a name in the text form. */
const protocols: ReadonlyMap<number, string> = new Map([
  [6, 'TCP'],
  [17, 'UDP'],
])

function protocolName(number: number): string {
  return protocols.get(number) ?? hexNumber(number)
}

function address4(body: Uint8Array, offset: number): string {
  return [0, 1, 2, 3].map((at) => u8(body, offset + at)).join('.')
}

/** Local and remote address, ports, protocol, origin; gateway and mask in newer nodes. */
function ipv4(body: Uint8Array): string {
  const words = [
    address4(body, 4),
    protocolName(u16le(body, 12)),
    u8(body, 14) === 1 ? 'Static' : 'DHCP',
    address4(body, 0),
  ]
  if (body.length >= 23) words.push(address4(body, 15), address4(body, 19))
  return `IPv4(${words.join(',')})`
}

const origins = ['Static', 'StatelessAutoConfigure', 'StatefulAutoConfigure'] as const

function ipv6(body: Uint8Array): string {
  const words = [
    address6(body, 16),
    protocolName(u16le(body, 36)),
    origins[u8(body, 38)] ?? hexNumber(u8(body, 38)),
    address6(body, 0),
  ]
  if (body.length >= 56) words.push(hexNumber(u8(body, 39)), address6(body, 40))
  return `IPv6(${words.join(',')})`
}

/** All eight groups, as firmware writes them. */
function address6(body: Uint8Array, offset: number): string {
  return Array.from({ length: 8 }, (_, index) => {
    const at = offset + index * 2
    return toHex(u8(body, at) * 256 + u8(body, at + 1), 4)
  }).join(':')
}

function iscsi(body: Uint8Array): string {
  const options = u16le(body, 2)
  const unit = hexOf(body, 4, 12)
  const words = [
    narrowText(body.subarray(14)),
    hexNumber(u16le(body, 12)),
    `0x${unit}`,
    (options & 2) === 0 ? 'None' : 'CRC32C',
    (options & 8) === 0 ? 'None' : 'CRC32C',
    (options & 0x800) !== 0 ? 'None' : (options & 0x1000) !== 0 ? 'CHAP_UNI' : 'CHAP_BI',
    u16le(body, 0) === 0 ? 'TCP' : hexNumber(u16le(body, 0)),
  ]
  return `iSCSI(${words.join(',')})`
}

function dns(body: Uint8Array): string {
  const isSix = u8(body, 0) === 1
  const size = 16
  const count = Math.min(Math.floor((body.length - 1) / size), 16)
  const addresses = Array.from({ length: count }, (_, index) =>
    isSix ? address6(body, 1 + index * size) : address4(body, 1 + index * size),
  )
  return `Dns(${addresses.join(',')})`
}
