import { DecodeError } from '../../../../protocol/errors.ts'
import type { NeighborCapture, NeighborFrame } from '../../../../protocol/facts/lldp.ts'
import { u16be, u16le, u32le } from '../integers.ts'
import { macOf, u32be } from './bytes.ts'
import { decodeEthernetFrame, payload, tagTypes } from './frame.ts'
import { decodeLldpdu, lldpSummary } from './lldpdu.ts'

/** Frames of a file that are decoded; a capture of announcements has a few. */
const maxFrames = 10_000

/**
 * Neighbours out of a file: a capture as tcpdump and Wireshark write it (pcap, pcapng), one Ethernet
 * frame, or the LLDPDU alone.
 */
export function decodeNeighborFile(file: Uint8Array): NeighborCapture {
  if (file.length < 4) throw new DecodeError(`Cannot read capture of ${file.length} bytes`)
  const magic = u32le(file, 0)
  if (pcapOrders.has(magic)) return { frames: pcapFrames(file, pcapOrders.get(magic) ?? 'little') }
  if (magic === 0x0a0d_0d0a) return { frames: pcapngFrames(file) }
  // An LLDPDU begins with a chassis id: type 1 in its first seven bits.
  if ((file[0] ?? 0) >> 1 === 1 && u16be(file, 0) < 0x400 && !looksLikeFrame(file)) {
    const { tlvs, findings } = decodeLldpdu(file)
    const summary = lldpSummary(tlvs)
    return {
      frames: [
        {
          protocol: 'lldp',
          source: null,
          destination: null,
          vlans: [],
          tlvs: [...tlvs],
          cdp: null,
          summary,
          findings,
        },
      ],
    }
  }
  return { frames: [decodeEthernetFrame(file)] }
}

function looksLikeFrame(file: Uint8Array): boolean {
  return file.length >= 14 && (u16be(file, 12) === 0x88cc || tagTypes.has(u16be(file, 12)))
}

type Order = 'little' | 'big'

/** The first word of a pcap file, as it reads little-endian: with microseconds and nanoseconds. */
const pcapOrders: ReadonlyMap<number, Order> = new Map([
  [0xa1b2_c3d4, 'little'],
  [0xa1b2_3c4d, 'little'],
  [0xd4c3_b2a1, 'big'],
  [0x4d3c_b2a1, 'big'],
])

function pcapFrames(file: Uint8Array, order: Order): NeighborFrame[] {
  if (file.length < 24) throw new DecodeError('Cannot read capture: its header is cut off')
  const read32 = order === 'little' ? u32le : u32be
  const linkType = read32(file, 20) & 0xffff
  const frames: NeighborFrame[] = []
  let at = 24
  while (at + 16 <= file.length && frames.length < maxFrames) {
    const length = read32(file, at + 8)
    if (at + 16 + length > file.length) break
    frames.push(frameOf(linkType, file.subarray(at + 16, at + 16 + length)))
    at += 16 + length
  }
  return frames
}

/** Blocks of draft-ietf-opsawg-pcapng: section header, interface, simple, enhanced and old packet. */
function pcapngFrames(file: Uint8Array): NeighborFrame[] {
  const frames: NeighborFrame[] = []
  let links: number[] = []
  let order: Order = 'little'
  let at = 0
  while (at + 12 <= file.length && frames.length < maxFrames) {
    const type = u32le(file, at)
    if (type === 0x0a0d_0d0a) {
      order = u32le(file, at + 8) === 0x1a2b_3c4d ? 'little' : 'big'
      links = []
    }
    const [read16, read32] = order === 'little' ? [u16le, u32le] : [u16be, u32be]
    const length = read32(file, at + 4)
    if (length < 12 || at + length > file.length) break
    const kind = read32(file, at)
    if (kind === 1 && length >= 16) links.push(read16(file, at + 8))
    // The old packet block differs in the interface's number, which has two bytes in it.
    if ((kind === 6 || kind === 2) && length >= 32) {
      const captured = read32(file, at + 20)
      const link = links[(kind === 6 ? read32 : read16)(file, at + 8)] ?? 1
      if (32 + captured <= length) {
        frames.push(frameOf(link, file.subarray(at + 28, at + 28 + captured)))
      }
    }
    if (kind === 3 && length >= 16) {
      const captured = Math.min(read32(file, at + 8), length - 16)
      frames.push(frameOf(links[0] ?? 1, file.subarray(at + 12, at + 12 + captured)))
    }
    at += length
  }
  return frames
}

/** Linux "any" by its link type: where type, length of the sender's address and address are. */
const cookedLayouts = new Map([
  [113, { typeAt: 14, lengthAt: 5, addressAt: 6, headerBytes: 16 }],
  [276, { typeAt: 0, lengthAt: 11, addressAt: 12, headerBytes: 20 }],
])

/** Link types of tcpdump.org: 1 is Ethernet. */
function frameOf(linkType: number, bytes: Uint8Array): NeighborFrame {
  try {
    if (linkType === 1) return decodeEthernetFrame(bytes)
    const cooked = cookedLayouts.get(linkType)
    if (cooked === undefined) return unread(`Link type ${linkType} is not read`)
    const { typeAt, lengthAt, addressAt, headerBytes } = cooked
    if (bytes.length < headerBytes) return unread('The frame ends in its header')
    const source = bytes[lengthAt] === 6 ? macOf(bytes.subarray(addressAt, addressAt + 6)) : null
    return {
      source,
      destination: null,
      ...payload(u16be(bytes, typeAt), bytes.subarray(headerBytes)),
    }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return unread(error.message)
  }
}

function unread(message: string): NeighborFrame {
  return {
    protocol: 'other',
    source: null,
    destination: null,
    vlans: [],
    tlvs: [],
    cdp: null,
    summary: null,
    findings: [{ code: 'lldp.unreadable', severity: 'warning', subject: 'lldp', message }],
  }
}
