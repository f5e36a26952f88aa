import type { CdpTlv, NeighborFrame } from '../../../protocol/facts/lldp.ts'
import {
  bitOf,
  each,
  type Field,
  type Fields,
  flag,
  hex,
  list,
  objects,
  pairs,
  text,
  type Told,
  told,
} from './words.ts'

const capabilityWords = [
  'router',
  'trans_bridge',
  'src_bridge',
  'switch',
  'host',
  'igmp_capable',
  'repeater',
  'voip_phone',
  'remote',
  'cvta',
  'mac_relay',
] as const

/** Of these it shows the bytes. */
const rawNames: ReadonlySet<string> = new Set([
  'unknown',
  'external-port-id',
  'port-unidirectional',
])

/** What tshark 4.0 prints of a CDP frame, in any order. */
export function cdpFields(
  cdp: NonNullable<NeighborFrame['cdp']>,
  tlvs: readonly CdpTlv[],
): readonly Field[] {
  return told([
    ['cdp.version', text(cdp.version)],
    ['cdp.ttl', text(cdp.timeToLiveSeconds)],
    ['cdp.checksum', `0x${cdp.checksum}`],
    ['cdp.checksum.status', cdp.checksumValid ? '1' : '0'],
    ['cdp.bad_checksum', ''],
    ...tlvs.flatMap((tlv) => [
      ['cdp.tlv.type', hex(tlv.type, 4)] as const,
      ['cdp.tlv.len', text(tlv.lengthBytes)] as const,
      ...bodyOf(tlv),
      ...(rawNames.has(tlv.name) ? [['cdp.data', pairs(tlv.data)] as const] : []),
    ]),
  ])
}

function bodyOf({ name, fields, data }: CdpTlv): readonly Told[] {
  const f = fields ?? {}
  switch (name) {
    case 'device-id':
      return [['cdp.deviceid', text(f['text'])]]
    case 'port-id':
      return [['cdp.portid', text(f['text'])]]
    case 'platform':
      return [['cdp.platform', text(f['text'])]]
    case 'software-version':
      return (text(f['text']) ?? '')
        .split('\n')
        .map((line): Told => ['cdp.software_version', escaped(line)])
    case 'vtp-domain':
      return [['cdp.vtp_management_domain', text(f['text'])]]
    case 'system-name':
      return [['cdp.system_name', text(f['text'])]]
    case 'native-vlan':
      return [['cdp.native_vlan', text(f['vlan'])]]
    case 'voice-vlan-reply':
    case 'voice-vlan-query':
      return [
        ['cdp.data', hex(f['data'], 2)?.slice(2) ?? null],
        ['cdp.voice_vlan', text(f['vlan'])],
      ]
    case 'power-consumption':
      return [['cdp.power_consumption', text(f['powerMilliwatts'])]]
    case 'mtu':
      return [['cdp.mtu', text(f['mtuBytes'])]]
    case 'location':
      return [
        ['cdp.location.unknown', hex(f['type'], 2)],
        ['cdp.location', text(f['text'])],
      ]
    case 'system-object-id':
      return [['cdp.system_object_identifier', pairs(data)]]
    case 'ip-prefixes':
      return [
        ['cdp.odr_default_gateway', text(f['defaultGateway'])],
        ...list(f['prefixes']).map((one): Told => [
          'cdp.ip_prefix',
          turned(text(one)?.split('/')[0] ?? ''),
        ]),
      ]
    case 'energywise':
      return [
        ['cdp.encrypted_data', pairs(data.slice(0, 40))],
        ['cdp.seen_sequence', text(f['seenSequence'])],
        ['cdp.sequence_number', text(f['sequence'])],
        ['cdp.model_number', text(f['model'])],
        ['cdp.unknown_pad', `0x${data.slice(88, 92)}`],
        ['cdp.hardware_version_id', text(f['hardwareVersion'])],
        ['cdp.system_serial_number', text(f['serial'])],
      ]
    case 'spare-pair-power':
      return [
        ['cdp.spare_poe_tlv', hex(f['bits'], 2)],
        ['cdp.spare_poe_tlv.poe', flag(f['fourWireSupported'])],
        ['cdp.spare_poe_tlv.spare_pair_arch', flag(f['spareArchitecture'])],
        ['cdp.spare_poe_tlv.req_spare_pair_poe', flag(f['spareRequested'])],
        ['cdp.spare_poe_tlv.pse_spare_pair_poe', flag(f['spareProvided'])],
      ]
    case 'duplex':
      return [['cdp.duplex', flag(f['full'])]]
    case 'trust-bitmap':
      return [['cdp.trust_bitmap', hex(f['value'], 2)]]
    case 'untrusted-port-cos':
      return [['cdp.untrusted_port_cos', hex(f['value'], 2)]]
    case 'addresses':
    case 'management-addresses':
      return [
        ['cdp.number_of_addresses', text(f['count'])],
        ...objects(f['addresses']).flatMap(addressFields),
      ]
    case 'capabilities':
      return [
        ['cdp.capabilities', hex(f['bits'], 8)],
        ...capabilityWords.map((word, bit): Told => [
          `cdp.capabilities.${word}`,
          bitOf(f['bits'], bit),
        ]),
      ]
    case 'power-requested':
    case 'power-available': {
      const word = name === 'power-available' ? 'power_available' : 'power_requested'
      return [
        ['cdp.request_id', text(f['requestId'])],
        ['cdp.management_id', text(f['managementId'])],
        ...each(`cdp.${word}`, f['levelsMilliwatts']),
      ]
    }
    case 'protocol-hello':
      return [
        ['cdp.oui', decimal(f['oui'])],
        ['cdp.protocol_id', hex(f['protocol'], 4)],
        ...(f['masterAddress'] === undefined
          ? [['cdp.hello.unknown', pairs(data.slice(10))] as const]
          : []),
        ['cdp.cluster.master_ip', text(f['masterAddress'])],
        ['cdp.cluster.ip', text(f['address'])],
        ['cdp.cluster.version', hex(f['version'], 2)],
        ['cdp.cluster.sub_version', hex(f['subVersion'], 2)],
        ['cdp.cluster.status', hex(f['status'], 2)],
        ['cdp.cluster.unknown', hex(f['unknown'], 2)],
        ['cdp.cluster.commander_mac', text(f['commanderMac'])],
        ['cdp.cluster.switch_mac', text(f['switchMac'])],
        ['cdp.cluster.unknown', hex(f['unknown2'], 2)],
        ['cdp.cluster.management_vlan', text(f['managementVlan'])],
      ]
    default:
      return []
  }
}

/** By the protocol: NLPID cc is IPv4, SNAP with the type 86dd IPv6; of others the bytes are shown. */
function addressFields(one: Fields): readonly Told[] {
  const [protocol, address] = [text(one['protocol']) ?? '', text(one['address']) ?? '']
  const bytes = bytesOf(address)
  const word =
    protocol === 'cc' && bytes.length === 4
      ? 'nrgyz.ip_address'
      : protocol === 'aaaa0300000086dd' && bytes.length === 16
        ? 'nrgyz.ipv6_address'
        : 'address'
  return [
    ['cdp.protocol_type', hex(one['protocolType'], 2)],
    ['cdp.protocol_length', String(protocol.length / 2)],
    ['cdp.protocol', pairs(protocol)],
    ['cdp.address_length', String(bytes.length)],
    [`cdp.${word}`, word === 'address' ? pairs(bytes.toHex()) : address],
  ]
}

function bytesOf(address: string): Uint8Array {
  if (address.includes('.')) return Uint8Array.from(address.split('.').map(Number))
  if (!address.includes(':')) return Uint8Array.fromHex(address)
  const [before = [], after = []] = address
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...four: string[]) => pairOfWords(four))
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''))
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  const groups = [...before, ...zeros, ...after].map((group) => group.padStart(4, '0'))
  return Uint8Array.fromHex(groups.join(''))
}

/** An IPv4 address as two groups of an IPv6 address. */
function pairOfWords(four: readonly string[]): string {
  const digits = Uint8Array.from(four.slice(0, 4).map(Number)).toHex()
  return `${digits.slice(0, 4)}:${digits.slice(4)}`
}

/** Tabs and control characters as a C string has them. */
function escaped(line: string): string {
  return line
    .replaceAll('\t', '\\t')
    .split('')
    .map((letter) =>
      (letter < ' ' && letter !== '\r') || letter === '\u007f'
        ? `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`
        : letter,
    )
    .join('')
}

/** It prints the bytes of a prefix in the order of the machine it runs on. */
function turned(address: string): string {
  return address.split('.').toReversed().join('.')
}

function decimal(digits: unknown): string | null {
  return typeof digits === 'string' ? String(Number.parseInt(digits, 16)) : null
}
