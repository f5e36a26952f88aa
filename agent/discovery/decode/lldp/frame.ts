import { DecodeError } from '../../../../protocol/errors.ts'
import type { NeighborFrame } from '../../../../protocol/facts/lldp.ts'
import { hexOf, u16be } from '../integers.ts'
import { macOf } from './bytes.ts'
import { cdpSummary, decodeCdp } from './cdp.ts'
import { decodeLldpdu, lldpSummary } from './lldpdu.ts'

const lldpType = 0x88cc
/** 802.1Q, 802.1ad, and what was before it. */
export const tagTypes: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100])
const maxTags = 4

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
  return {
    destination: macOf(frame.subarray(0, 6)),
    source: macOf(frame.subarray(6, 12)),
    ...payload(u16be(frame, 12), frame.subarray(14)),
  }
}

/** A type of Ethernet where there are none, RFC 1042. */
const snapLldp = '00000088cc'

/** The type of an 802.2 frame in a capture that has no place for its length (tcpdump.org, SLL). */
const cookedLlc = 4

/**
 * What follows the addresses: a type, or the length that is in its place below 1,536 (802.3 §3.2.6),
 * and the bytes behind it.
 */
export function payload(typeOrLength: number, bytes: Uint8Array): Payload {
  const vlans: number[] = []
  let [type, at] = [typeOrLength, 0]
  while (tagTypes.has(type) && vlans.length < maxTags && at + 4 <= bytes.length) {
    vlans.push(u16be(bytes, at) & 0xfff)
    type = u16be(bytes, at + 2)
    at += 4
  }
  return { vlans, ...announcement(type, bytes.subarray(at)) }
}

type Payload = Omit<NeighborFrame, 'source' | 'destination'>

function announcement(type: number, bytes: Uint8Array): Omit<Payload, 'vlans'> {
  if (type === lldpType) return lldp(bytes)
  // AA-AA-03: SNAP, then organization and protocol.
  const isSnap = type < 0x600 && bytes.length >= 8 && hexOf(bytes, 0, 3) === 'aaaa03'
  if (isSnap && hexOf(bytes, 3, 8) === snapLldp) return lldp(bytes.subarray(8))
  const protocol = isSnap ? (snapProtocols.get(hexOf(bytes, 3, 8)) ?? 'other') : 'other'
  if (protocol !== 'cdp') return { protocol, tlvs: [], cdp: null, summary: null, findings: [] }
  // The length leaves out what pads the frame to its least size.
  const end = type === cookedLlc ? bytes.length : Math.max(12, type)
  const { tlvs, cdp, findings } = decodeCdp(bytes.subarray(8, end))
  return { protocol, tlvs: [...tlvs], cdp, summary: cdpSummary(tlvs, cdp), findings }
}

function lldp(bytes: Uint8Array): Omit<Payload, 'vlans'> {
  const { tlvs, findings } = decodeLldpdu(bytes)
  return { protocol: 'lldp', tlvs: [...tlvs], cdp: null, summary: lldpSummary(tlvs), findings }
}
