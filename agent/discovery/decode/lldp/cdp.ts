import { DecodeError } from '../../../../protocol/errors.ts'
import type { Finding } from '../../../../protocol/facts/finding.ts'
import type { CdpTlv, NeighborFrame, NeighborSummary } from '../../../../protocol/facts/lldp.ts'
import { hexOf, toHex, u16be } from '../integers.ts'
import {
  addressOf,
  bitNames,
  macOf,
  nameOf,
  objectIdentifierOf,
  textOf,
  type TlvFields,
  u32be,
  type Value,
} from './bytes.ts'

const names: ReadonlyMap<number, string> = new Map([
  [0x01, 'device-id'],
  [0x02, 'addresses'],
  [0x03, 'port-id'],
  [0x04, 'capabilities'],
  [0x05, 'software-version'],
  [0x06, 'platform'],
  [0x07, 'ip-prefixes'],
  [0x08, 'protocol-hello'],
  [0x09, 'vtp-domain'],
  [0x0a, 'native-vlan'],
  [0x0b, 'duplex'],
  [0x0e, 'voice-vlan-reply'],
  [0x0f, 'voice-vlan-query'],
  [0x10, 'power-consumption'],
  [0x11, 'mtu'],
  [0x12, 'trust-bitmap'],
  [0x13, 'untrusted-port-cos'],
  [0x14, 'system-name'],
  [0x15, 'system-object-id'],
  [0x16, 'management-addresses'],
  [0x17, 'location'],
  [0x18, 'external-port-id'],
  [0x19, 'power-requested'],
  [0x1a, 'power-available'],
  [0x1b, 'port-unidirectional'],
  [0x1d, 'energywise'],
  [0x1f, 'spare-pair-power'],
])

/** Capability bits of CDP, bit 0 first. */
export const cdpCapabilities = [
  'router',
  'transparent-bridge',
  'source-route-bridge',
  'switch',
  'host',
  'igmp-capable',
  'repeater',
  'voip-phone',
  'remotely-managed',
  'cvta',
  'two-port-mac-relay',
] as const

/** A CDP packet after its SNAP header: version, time to live, checksum and TLVs. */
export function decodeCdp(bytes: Uint8Array): {
  readonly tlvs: readonly CdpTlv[]
  readonly cdp: NonNullable<NeighborFrame['cdp']>
  readonly findings: readonly Finding[]
} {
  if (bytes.length < 4) throw new DecodeError('Cannot read CDP frame: shorter than its header')
  const tlvs: CdpTlv[] = []
  const findings: Finding[] = []
  let at = 4
  while (at + 4 <= bytes.length) {
    const type = u16be(bytes, at)
    const length = u16be(bytes, at + 2)
    if (length < 4 || at + length > bytes.length) {
      const message = `TLV of type ${type} at byte ${at} has a length of ${length}`
      findings.push({ code: 'cdp.truncated', severity: 'warning', subject: 'cdp', message })
      break
    }
    const value = bytes.subarray(at + 4, at + length)
    tlvs.push({
      type,
      name: names.get(type) ?? 'unknown',
      lengthBytes: length,
      fields: decodeValue(type, value) ?? null,
      data: hexOf(value),
    })
    at += length
  }
  const checksumValid = checksumOf(bytes) === 0
  if (!checksumValid) {
    const message = 'The checksum of the CDP frame does not fit its bytes'
    findings.push({ code: 'cdp.bad-checksum', severity: 'warning', subject: 'cdp', message })
  }
  return {
    tlvs,
    cdp: {
      version: bytes[0] ?? 0,
      timeToLiveSeconds: bytes[1] ?? 0,
      checksum: toHex(u16be(bytes, 2), 4),
      checksumValid,
    },
    findings,
  }
}

function decodeValue(type: number, v: Uint8Array): TlvFields | undefined {
  switch (type) {
    case 0x01:
    case 0x03:
      return { text: nameOf(v) }
    case 0x05:
    case 0x06:
    case 0x09:
    case 0x14:
      return { text: textOf(v) }
    case 0x02:
    case 0x16:
      return addresses(v)
    case 0x04:
      return v.length < 4
        ? undefined
        : { bits: u32be(v, 0), capabilities: bitNames(u32be(v, 0), cdpCapabilities) }
    case 0x07:
      return prefixes(v)
    case 0x08:
      return protocolHello(v)
    case 0x0a:
      return v.length < 2 ? undefined : { vlan: u16be(v, 0) }
    case 0x0b:
      return v.length < 1 ? undefined : { full: v[0] !== 0 }
    case 0x0e:
    case 0x0f:
      return v.length < 3 ? undefined : { data: v[0] ?? 0, vlan: u16be(v, 1) }
    case 0x10:
      return v.length < 2 ? undefined : { powerMilliwatts: u16be(v, 0) }
    case 0x11:
      return v.length < 4 ? undefined : { mtuBytes: u32be(v, 0) }
    case 0x12:
    case 0x13:
      return v.length < 1 ? undefined : { value: v[0] ?? 0 }
    case 0x15:
      return { objectIdentifier: objectIdentifierOf(withoutTag(v)) }
    case 0x17:
      return v.length < 1 ? undefined : { type: v[0] ?? 0, text: nameOf(v.subarray(1)) }
    case 0x19:
    case 0x1a:
      return power(v)
    case 0x1d:
      return energyWise(v)
    case 0x1f:
      return sparePair(v)
    default:
      return undefined
  }
}

/** Most senders write an object identifier with its BER tag and length, some without. */
function withoutTag(v: Uint8Array): Uint8Array {
  return v[0] === 6 && v[1] === v.length - 2 ? v.subarray(2) : v
}

/** What is not encrypted: counters, and which product the domain has here. */
function energyWise(v: Uint8Array): TlvFields | undefined {
  if (v.length < 60) return undefined
  return {
    seenSequence: u32be(v, 20),
    sequence: u32be(v, 24),
    model: textOf(v.subarray(28, 44)),
    hardwareVersion: textOf(v.subarray(46, 49)),
    serial: textOf(v.subarray(49, 60)),
  }
}

function sparePair(v: Uint8Array): TlvFields | undefined {
  const bits = v[0]
  if (bits === undefined) return undefined
  return {
    bits,
    fourWireSupported: (bits & 1) !== 0,
    spareArchitecture: (bits & 2) !== 0,
    spareRequested: (bits & 4) !== 0,
    spareProvided: (bits & 8) !== 0,
  }
}

/** A count, then for each: protocol type, its length, the protocol, the address's length, address. */
function addresses(v: Uint8Array): TlvFields | undefined {
  if (v.length < 4) return undefined
  const count = u32be(v, 0)
  const found: Value[] = []
  let at = 4
  while (found.length < count && at + 2 <= v.length) {
    const protocolLength = v[at + 1] ?? 0
    const lengthAt = at + 2 + protocolLength
    if (lengthAt + 2 > v.length) break
    const length = u16be(v, lengthAt)
    const start = lengthAt + 2
    if (start + length > v.length) break
    const address = v.subarray(start, start + length)
    found.push({
      protocolType: v[at] ?? 0,
      protocol: hexOf(v, at + 2, lengthAt),
      address: addressOf(address) ?? hexOf(address),
    })
    at = start + length
  }
  return { count, addresses: found }
}

/** Prefixes of five bytes; four are the gateway that a stub router asks for (on-demand routing). */
function prefixes(v: Uint8Array): TlvFields {
  if (v.length === 4) return { prefixes: [], defaultGateway: addressOf(v) }
  const count = Math.floor(v.length / 5)
  return {
    prefixes: Array.from({ length: count }, (_, index) => {
      const at = index * 5
      return `${[...v.subarray(at, at + 4)].join('.')}/${v[at + 4] ?? 0}`
    }),
  }
}

/** Cisco's cluster management is the one protocol of this TLV that is known. */
function protocolHello(v: Uint8Array): TlvFields | undefined {
  if (v.length < 5) return undefined
  const head = { oui: hexOf(v, 0, 3), protocol: u16be(v, 3) }
  if (head.oui !== '00000c' || head.protocol !== 0x0112 || v.length < 32) return head
  return {
    ...head,
    masterAddress: [...v.subarray(5, 9)].join('.'),
    address: [...v.subarray(9, 13)].join('.'),
    version: v[13] ?? 0,
    subVersion: v[14] ?? 0,
    status: v[15] ?? 0,
    unknown: v[16] ?? 0,
    commanderMac: macOf(v.subarray(17, 23)),
    switchMac: macOf(v.subarray(23, 29)),
    unknown2: v[29] ?? 0,
    managementVlan: u16be(v, 30),
  }
}

function power(v: Uint8Array): TlvFields | undefined {
  if (v.length < 4) return undefined
  const count = Math.floor((v.length - 4) / 4)
  return {
    requestId: u16be(v, 0),
    managementId: u16be(v, 2),
    levelsMilliwatts: Array.from({ length: count }, (_, index) => u32be(v, 4 + index * 4)),
  }
}

/** The Internet checksum, but that Cisco adds an odd last byte as a signed number. */
function checksumOf(bytes: Uint8Array): number {
  const even = bytes.length & ~1
  let sum = 0
  for (let at = 0; at < even; at += 2) sum += u16be(bytes, at)
  if (even < bytes.length) {
    const last = bytes[even] ?? 0
    sum += last < 0x80 ? last : 0xff00 + last - 1
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** What a CDP frame says in the words all protocols share. */
export function cdpSummary(
  tlvs: readonly CdpTlv[],
  { timeToLiveSeconds }: NonNullable<NeighborFrame['cdp']>,
): NeighborSummary {
  const fields = (name: string) => tlvs.find((tlv) => tlv.name === name)?.fields
  const text = (name: string, longest = 512) => {
    const value = fields(name)?.['text']
    return typeof value === 'string' && value !== '' ? value.slice(0, longest) : null
  }
  const told = fields('capabilities')?.['capabilities']
  const listed = fields('management-addresses')?.['addresses'] ?? fields('addresses')?.['addresses']
  const vlan = fields('native-vlan')?.['vlan']
  return {
    chassisId: text('device-id'),
    chassisIdKind: 'device-id',
    portId: text('port-id'),
    portIdKind: 'interface-name',
    portDescription: null,
    systemName: text('system-name') ?? text('device-id'),
    systemDescription: text('software-version', 4096),
    managementAddresses: (Array.isArray(listed) ? listed : [])
      .flatMap((one) =>
        typeof one === 'object' && one !== null && 'address' in one
          ? [String(one.address).slice(0, 256)]
          : [],
      )
      .slice(0, 64),
    capabilities: Array.isArray(told) ? told.map(String) : [],
    portVlan: typeof vlan === 'number' ? vlan : null,
    timeToLiveSeconds,
  }
}
