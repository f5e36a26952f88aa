import { DecodeError } from '../../../../protocol/errors.ts'
import type { NeighborFrame } from '../../../../protocol/facts/lldp.ts'
import { hexOf, u16be } from '../integers.ts'
import { macOf } from './bytes.ts'
import { cdpSummary, decodeCdp } from './cdp.ts'
import { decodeLldpdu, lldpSummary } from './lldpdu.ts'

const etherTypes = { lldp: 0x88cc, vlan: 0x8100, serviceVlan: 0x88a8, oldVlan: 0x9100 } as const

/** Organization and protocol of a SNAP header. */
const snapProtocols: ReadonlyMap<string, NeighborFrame['protocol']> = new Map([
  ['00000c2000', 'cdp'],
  ['00e02b00bb', 'edp'],
  ['00e0522000', 'fdp'],
  ['00008101a2', 'sonmp'],
  ['00008101a1', 'sonmp'],
])

/** An Ethernet frame without its check sequence; tags before the protocol are taken off. */
export function decodeEthernetFrame(frame: Uint8Array): NeighborFrame {
  if (frame.length < 14) throw new DecodeError(`Cannot read frame of ${frame.length} bytes`)
  const vlans: number[] = []
  let at = 12
  let type = u16be(frame, at)
  while (
    (type === etherTypes.vlan || type === etherTypes.serviceVlan || type === etherTypes.oldVlan) &&
    vlans.length < 4 &&
    at + 6 <= frame.length
  ) {
    vlans.push(u16be(frame, at + 2) & 0xfff)
    at += 4
    type = u16be(frame, at)
  }
  const addresses = {
    destination: macOf(frame.subarray(0, 6)),
    source: macOf(frame.subarray(6, 12)),
  }
  return { ...addresses, vlans, ...payload(type, frame.subarray(at + 2)) }
}

type Payload = Omit<NeighborFrame, 'source' | 'destination' | 'vlans'>

/** What follows the type, or the length that is in its place below 1,536 (802.3 §3.2.6). */
export function payload(type: number, bytes: Uint8Array): Payload {
  if (type === etherTypes.lldp) {
    const { tlvs, findings } = decodeLldpdu(bytes)
    return { protocol: 'lldp', tlvs: [...tlvs], cdp: null, summary: lldpSummary(tlvs), findings }
  }
  // AA-AA-03: SNAP, then organization and protocol.
  const isSnap = type < 0x600 && bytes.length >= 8 && hexOf(bytes, 0, 3) === 'aaaa03'
  const protocol = isSnap ? (snapProtocols.get(hexOf(bytes, 3, 8)) ?? 'other') : 'other'
  if (protocol !== 'cdp') return { protocol, tlvs: [], cdp: null, summary: null, findings: [] }
  // The length leaves out what pads the frame to its least size.
  const { tlvs, cdp, findings } = decodeCdp(bytes.subarray(8, Math.max(12, type)))
  return { protocol, tlvs: [...tlvs], cdp, summary: cdpSummary(tlvs, cdp), findings }
}
