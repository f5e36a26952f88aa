import { hexOf, u16be } from '../integers.ts'
import { bitNames, type DecodedTlv, textOf, type TlvFields, u32be, type Value } from './bytes.ts'

/** Names of the TLVs of IEEE 802.1 (OUI 00-80-c2), by subtype: 802.1Q-2018 annex D. */
export const dot1Names: ReadonlyMap<number, string> = new Map([
  [1, 'port-vlan'],
  [2, 'port-and-protocol-vlan'],
  [3, 'vlan-name'],
  [4, 'protocol-identity'],
  [5, 'vid-usage-digest'],
  [6, 'management-vid'],
  [7, 'link-aggregation'],
  [8, 'congestion-notification'],
  [9, 'ets-configuration'],
  [10, 'ets-recommendation'],
  [11, 'priority-flow-control'],
  [12, 'application-priority'],
  [13, 'evb'],
  [14, 'cdcp'],
  [15, 'port-extension'],
  [16, 'application-vlan'],
])

/** A TLV of IEEE 802.1, its subtype taken off. */
export function decodeDot1(subtype: number, v: Uint8Array): DecodedTlv {
  switch (subtype) {
    case 1:
      return v.length < 2 ? undefined : { vlan: u16be(v, 0) }
    case 2:
      return v.length < 3
        ? undefined
        : {
            flagBits: v[0] ?? 0,
            supported: ((v[0] ?? 0) & 2) !== 0,
            enabled: ((v[0] ?? 0) & 4) !== 0,
            vlan: u16be(v, 1),
          }
    case 3: {
      const length = v[2]
      if (length === undefined || 3 + length > v.length) return undefined
      return { vlan: u16be(v, 0), nameLength: length, name: textOf(v.subarray(3, 3 + length)) }
    }
    case 4: {
      const length = v[0]
      if (length === undefined || 1 + length > v.length) return undefined
      return { length, protocol: hexOf(v, 1, 1 + length) }
    }
    case 5:
      return v.length < 4 ? undefined : { digest: hexOf(v, 0, 4) }
    case 6:
      return v.length < 2 ? undefined : { vlan: u16be(v, 0) }
    case 7:
      return linkAggregation(v)
    case 8:
      return v.length < 2
        ? undefined
        : { priorities: bitList(v[0] ?? 0), readyPriorities: bitList(v[1] ?? 0) }
    case 9:
    case 10:
      return enhancedTransmission(subtype === 9, v)
    case 11:
      return v.length < 2
        ? undefined
        : {
            willing: ((v[0] ?? 0) & 0x80) !== 0,
            macsecBypass: ((v[0] ?? 0) & 0x40) !== 0,
            trafficClassCount: (v[0] ?? 0) & 0xf,
            enabledBits: v[1] ?? 0,
            enabledPriorities: bitList(v[1] ?? 0),
          }
    case 12:
      return applicationPriorities(v)
    case 13:
      return edgeVirtualBridging(v)
    case 14:
      return channels(v)
    default:
      return null
  }
}

/** 802.1AX: also in 802.3's place, where it was before. */
export function linkAggregation(v: Uint8Array): TlvFields | undefined {
  const status = v[0]
  if (status === undefined || v.length < 5) return undefined
  return {
    statusBits: status,
    capable: (status & 1) !== 0,
    enabled: (status & 2) !== 0,
    portType: (status >> 2) & 3,
    aggregatedPort: u32be(v, 1),
  }
}

/** 802.1Q-2018 D.2.8 and D.2.9: priorities to classes, bandwidth and algorithm of each class. */
function enhancedTransmission(isConfiguration: boolean, v: Uint8Array): TlvFields | undefined {
  if (v.length < 21) return undefined
  const first = v[0] ?? 0
  const assignment = Array.from({ length: 8 }, (_, priority) => {
    const pair = v[1 + (priority >> 1)] ?? 0
    return priority % 2 === 0 ? pair >> 4 : pair & 0xf
  })
  const shares: Value = {
    priorityAssignment: assignment,
    bandwidthPercent: [...v.subarray(5, 13)],
    algorithms: [...v.subarray(13, 21)].map((code) => algorithms.get(code) ?? code),
    algorithmCodes: [...v.subarray(13, 21)],
  }
  return isConfiguration
    ? {
        willing: (first & 0x80) !== 0,
        creditBasedShaper: (first & 0x40) !== 0,
        maximumTrafficClassCount: first & 7,
        ...shares,
      }
    : { reservedBits: first, ...shares }
}

const algorithms: ReadonlyMap<number, string> = new Map([
  [0, 'strict-priority'],
  [1, 'credit-based-shaper'],
  [2, 'enhanced-transmission-selection'],
  [255, 'vendor-specific'],
])

/** D.2.11: a reserved byte, then priority, selector and protocol, three bytes each. */
function applicationPriorities(v: Uint8Array): TlvFields | undefined {
  if (v.length < 1) return undefined
  const count = Math.floor((v.length - 1) / 3)
  return {
    reserved: v[0] ?? 0,
    entries: Array.from({ length: count }, (_, index) => {
      const at = 1 + index * 3
      const byte = v[at] ?? 0
      return { priority: byte >> 5, selector: byte & 7, protocol: u16be(v, at + 1) }
    }),
  }
}

const edgeModes = ['not-supported', 'bridge', 'station', 'reserved'] as const

/** D.2.12: what a bridge and a station say of reflective relay, and their timers as exponents. */
function edgeVirtualBridging(v: Uint8Array): TlvFields | undefined {
  const [bridge, station, retries, mode, keepAlive] = v
  if (bridge === undefined || station === undefined || retries === undefined) return undefined
  if (mode === undefined || keepAlive === undefined) return undefined
  return {
    bridgeStatusBits: bridge,
    bridgeGroupIdCapable: (bridge & 4) !== 0,
    reflectiveRelayCapable: (bridge & 2) !== 0,
    reflectiveRelayControl: (bridge & 1) !== 0,
    stationStatusBits: station,
    stationGroupIdCapable: (station & 8) !== 0,
    reflectiveRelayRequested: (station & 4) !== 0,
    reflectiveRelayStatus: station & 3,
    maximumRetries: retries >> 5,
    retransmissionExponent: retries & 0x1f,
    mode: edgeModes[mode >> 6] ?? 'reserved',
    resourceWaitDelayIsRemote: (mode & 0x20) !== 0,
    resourceWaitDelayExponent: mode & 0x1f,
    reinitKeepAliveIsRemote: (keepAlive & 0x20) !== 0,
    reinitKeepAliveExponent: keepAlive & 0x1f,
  }
}

/** D.2.13: S-channels, each with the S-VLAN it is on. */
function channels(v: Uint8Array): TlvFields | undefined {
  if (v.length < 4) return undefined
  return {
    role: ((v[0] ?? 0) & 0x80) !== 0 ? 'station' : 'bridge',
    channelComponent: ((v[0] ?? 0) & 8) !== 0,
    channelCapacity: u16be(v, 2) & 0xfff,
    channels: Array.from({ length: Math.floor((v.length - 4) / 3) }, (_, index) => {
      const at = 4 + index * 3
      return { channel: u16be(v, at) >> 4, serviceVlan: u16be(v, at + 1) & 0xfff }
    }),
  }
}

function bitList(bits: number): readonly number[] {
  return bitNames(bits, ['0', '1', '2', '3', '4', '5', '6', '7']).map(Number)
}

const evbCapabilities: readonly (readonly [bit: number, name: string])[] = [
  [15, 'standard-bridging'],
  [14, 'reflective-relay'],
  [2, 'retransmission-timer'],
  [1, 'edge-control-protocol'],
  [0, 'vsi-discovery-protocol'],
]

/** Edge virtual bridging as a draft of 802.1Qbg had it (OUI 00-1b-3f), which switches still send. */
export function decodeEvbDraft(subtype: number, v: Uint8Array): DecodedTlv {
  if (subtype !== 0) return null
  if (v.length < 9) return undefined
  const names = (bits: number) =>
    evbCapabilities.flatMap(([bit, name]) => ((bits >> bit) & 1 ? [name] : []))
  return {
    supportedBits: u16be(v, 0),
    supported: names(u16be(v, 0)),
    configuredBits: u16be(v, 2),
    configured: names(u16be(v, 2)),
    supportedInterfaceCount: u16be(v, 4),
    configuredInterfaceCount: u16be(v, 6),
    retransmissionExponent: v[8] ?? 0,
  }
}
