import type { CdpTlv, NeighborFrame } from '../../../protocol/facts/lldp.ts'
import { bitOf, type Field, hex, objects, pairs, text } from './lldp-fields.ts'

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

/** What tshark 4.0 prints of a CDP frame, in any order. */
export function cdpFields(
  cdp: NonNullable<NeighborFrame['cdp']>,
  tlvs: readonly CdpTlv[],
): readonly Field[] {
  return [
    ['cdp.version', text(cdp.version)],
    ['cdp.ttl', text(cdp.timeToLiveSeconds)],
    ['cdp.checksum', `0x${cdp.checksum}`],
    ['cdp.checksum.status', cdp.checksumValid ? '1' : '0'],
    ['cdp.bad_checksum', ''],
    ...tlvs.flatMap((tlv) => [
      ['cdp.tlv.type', hex(tlv.type, 4)] as const,
      ['cdp.tlv.len', text(tlv.lengthBytes)] as const,
      ...bodyOf(tlv),
    ]),
  ]
}

function bodyOf({ name, fields }: CdpTlv): readonly Field[] {
  const f = fields ?? {}
  switch (name) {
    case 'device-id':
      return [['cdp.deviceid', text(f['text'])]]
    case 'port-id':
      return [['cdp.portid', text(f['text'])]]
    case 'platform':
      return [['cdp.platform', text(f['text'])]]
    case 'software-version':
      return text(f['text'])
        .split('\n')
        .map((line): Field => ['cdp.software_version', line])
    case 'vtp-domain':
      return [['cdp.vtp_management_domain', text(f['text'])]]
    case 'system-name':
      return [['cdp.system_name', text(f['text'])]]
    case 'native-vlan':
      return [['cdp.native_vlan', text(f['vlan'])]]
    case 'duplex':
      return [['cdp.duplex', f['full'] === true ? '1' : '0']]
    case 'trust-bitmap':
      return [['cdp.trust_bitmap', hex(f['value'], 2)]]
    case 'untrusted-port-cos':
      return [['cdp.untrusted_port_cos', hex(f['value'], 2)]]
    case 'addresses':
    case 'management-addresses':
      return [
        ['cdp.number_of_addresses', text(f['count'])],
        ...objects(f['addresses']).flatMap((one): Field[] => [
          ['cdp.protocol_type', hex(one['protocolType'], 2)],
          ['cdp.protocol_length', String(text(one['protocol']).length / 2)],
          ['cdp.protocol', pairs(text(one['protocol']))],
          ['cdp.address_length', text(one['address']).includes('.') ? '4' : '16'],
          ['cdp.nrgyz.ip_address', text(one['address'])],
        ]),
      ]
    case 'capabilities':
      return [
        ['cdp.capabilities', hex(f['bits'], 8)],
        ...capabilityWords.map((word, bit): Field => [
          `cdp.capabilities.${word}`,
          bitOf(Number(f['bits']), bit),
        ]),
      ]
    case 'power-requested':
    case 'power-available': {
      const word = name === 'power-available' ? 'power_available' : 'power_requested'
      const levels = Array.isArray(f['levelsMilliwatts']) ? f['levelsMilliwatts'] : []
      return [
        ['cdp.request_id', text(f['requestId'])],
        ['cdp.management_id', text(f['managementId'])],
        ...levels.map((level): Field => [`cdp.${word}`, text(level)]),
      ]
    }
    case 'protocol-hello':
      return [
        ['cdp.oui', String(Number.parseInt(text(f['oui']), 16))],
        ['cdp.protocol_id', hex(f['protocol'], 4)],
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
