import { capabilityNames } from '../../../agent/discovery/decode/lldp/basic.ts'
import { pmdNames } from '../../../agent/discovery/decode/lldp/dot3.ts'
import type { LldpTlv } from '../../../protocol/facts/lldp.ts'

/** A field as tshark names and prints it. */
export type Field = readonly [name: string, value: string]
type Fields = Readonly<Record<string, unknown>>

/** The fields tshark 4.0 prints of a TLV, in any order. */
export function lldpFields(tlv: LldpTlv): readonly Field[] {
  const head: Field[] = [
    ['lldp.tlv.type', String(tlv.type)],
    ['lldp.tlv.len', String(tlv.lengthBytes)],
  ]
  if (tlv.organization !== null) {
    head.push(['lldp.orgtlv.oui', String(Number.parseInt(tlv.organization.oui, 16))])
  }
  return [...head, ...bodyOf(tlv, tlv.fields ?? {})]
}

function bodyOf({ name, data, organization }: LldpTlv, f: Fields): readonly Field[] {
  const subtype = hex(organization?.subtype, 2)
  switch (name) {
    case 'chassis-id':
      return [
        ['lldp.chassis.subtype', text(f['subtype'])],
        ...identifier('lldp.chassis.id', f, data),
      ]
    case 'port-id':
      return [['lldp.port.subtype', text(f['subtype'])], ...identifier('lldp.port.id', f, data)]
    case 'time-to-live':
      return [['lldp.time_to_live', text(f['seconds'])]]
    case 'port-description':
      return [['lldp.port.desc', text(f['text'])]]
    case 'system-name':
      return [['lldp.tlv.system.name', text(f['text'])]]
    case 'system-description':
      return [['lldp.tlv.system.desc', text(f['text'])]]
    case 'system-capabilities':
      return [
        ...capabilityBits('lldp.tlv.system_cap', Number(f['supportedBits'])),
        ...capabilityBits('lldp.tlv.enable_system_cap', Number(f['enabledBits'])),
      ]
    case 'management-address':
      return managementAddress(f)
    case 'iana.mud-url':
      return [
        ['lldp.iana.subtype', subtype],
        ['lldp.iana.mudurl', text(f['url'])],
      ]
    case 'cisco.four-wire-power':
      return [
        ['lldp.cisco.subtype', subtype],
        ['lldp.cisco.upoe', hex(f['bits'], 2)],
        ['lldp.cisco.upoe.supported', flag(f['supported'])],
        ['lldp.cisco.upoe.altb_detection_required', flag(f['spareDetectionRequired'])],
        ['lldp.cisco.upoe.pd_altb_desired', flag(f['spareDesired'])],
        ['lldp.cisco.upoe.pse_altb_oper', flag(f['spareOperational'])],
      ]
    default:
      if (name.startsWith('dot1.')) return [['lldp.ieee.802_1.subtype', subtype], ...dot1(name, f)]
      if (name.startsWith('dot3.')) return [['lldp.ieee.802_3.subtype', subtype], ...dot3(name, f)]
      if (name.startsWith('med.')) return [['lldp.media.subtype', subtype], ...med(name, f)]
      return organization === null
        ? []
        : [
            ['lldp.unknown_subtype', String(organization.subtype)],
            ['lldp.unknown_subtype.content', pairs(data.slice(8))],
          ]
  }
}

function identifier(prefix: string, f: Fields, data: string): readonly Field[] {
  const id = text(f['id'])
  if (f['kind'] === 'mac') return [[`${prefix}.mac`, id]]
  if (f['kind'] === 'network-address') {
    const family = f['addressFamily'] === 2 ? 'ip6' : 'ip4'
    return [
      ['lldp.network_address.subtype', text(f['addressFamily'])],
      [`${prefix}.${family}`, id],
    ]
  }
  // The component of a chassis is shown as bytes.
  if (f['kind'] === 'chassis-component' || f['kind'] === 'port-component') {
    return [[prefix, pairs(data.slice(2))]]
  }
  return [[prefix, id]]
}

const capabilityWords: Readonly<Record<string, string>> = {
  'wlan-access-point': 'wlan_access_pt',
  'docsis-cable-device': 'docsis_cable_device',
  'station-only': 'station_only',
}

function capabilityBits(name: string, bits: number): readonly Field[] {
  return [
    [name, hex(bits, 4)],
    ...capabilityNames
      .slice(0, 8)
      .map((word, bit): Field => [`${name}.${capabilityWords[word] ?? word}`, bitOf(bits, bit)]),
  ]
}

function managementAddress(f: Fields): readonly Field[] {
  const family = f['addressFamily']
  const kind = family === 1 ? 'ip4' : family === 2 ? 'ip6' : 'other'
  return [
    ['lldp.mgn.address.len', text(f['addressLength'])],
    ['lldp.mgn.address.subtype', text(family)],
    [`lldp.mgn.addr.${kind}`, text(f['address'])],
    ['lldp.mgn.interface.subtype', text(f['interfaceSubtype'])],
    ['lldp.mgn.interface.number', text(f['interfaceNumber'])],
    ['lldp.mgn.obj.len', text(f['objectIdLength'])],
    ['lldp.mgn.obj.id', pairs(text(f['objectId']))],
  ]
}

function dot1(name: string, f: Fields): readonly Field[] {
  const dcbx = 'lldp.dcbx'
  switch (name) {
    case 'dot1.port-vlan':
      return [['lldp.ieee.802_1.port_vlan.id', text(f['vlan'])]]
    case 'dot1.port-and-protocol-vlan':
      return [
        ['lldp.ieee.802_1.port_and_vlan_id_flag', hex(f['flagBits'], 2)],
        ['lldp.ieee.802_1.port_and_vlan_id_flag.supported', flag(f['supported'])],
        ['lldp.ieee.802_1.port_and_vlan_id_flag.enabled', flag(f['enabled'])],
        ['lldp.ieee.802_1.port_proto_vlan.id', text(f['vlan'])],
      ]
    case 'dot1.vlan-name':
      return [
        ['lldp.ieee.802_1.vlan.id', text(f['vlan'])],
        ['lldp.ieee.802_1.vlan.name_len', text(f['nameLength'])],
        ['lldp.ieee.802_1.vlan.name', text(f['name'])],
      ]
    case 'dot1.protocol-identity':
      return [
        ['lldp.ieee.802_1.proto.id_length', text(f['length'])],
        ['lldp.ieee.802_1.proto.id', pairs(text(f['protocol']))],
      ]
    case 'dot1.vid-usage-digest':
      return [['lldp.ieee.802_1.vid.usage_digest', `0x${text(f['digest'])}`]]
    case 'dot1.management-vid':
      return [['lldp.ieee.802_1.mgmt.vid', text(f['vlan'])]]
    case 'dot1.link-aggregation':
      return aggregation('lldp.ieee.802_1', f)
    case 'dot1.ets-configuration':
    case 'dot1.ets-recommendation':
      return transmission(f)
    case 'dot1.priority-flow-control':
      return [
        [`${dcbx}.ieee.willing`, flag(f['willing'])],
        [`${dcbx}.ieee.pfc.mbc`, flag(f['macsecBypass'])],
        [`${dcbx}.ieee.pfc.numtcs`, text(f['trafficClassCount'])],
        ...Array.from({ length: 8 }, (_, bit): Field => [
          `${dcbx}.feature.pfc.prio${bit}`,
          bitOf(Number(f['enabledBits']), bit),
        ]),
      ]
    case 'dot1.application-priority':
      return [
        [`${dcbx}.ieee.app.reserved`, hex(f['reserved'], 2)],
        ...objects(f['entries']).flatMap((entry): Field[] => [
          [`${dcbx}.ieee.app.prio`, text(entry['priority'])],
          [`${dcbx}.iee.app.sf`, text(entry['selector'])],
          [`${dcbx}.feature.app.proto`, hex(entry['protocol'], 4)],
        ]),
      ]
    default:
      return []
  }
}

function transmission(f: Fields): readonly Field[] {
  const dcbx = 'lldp.dcbx.ieee.ets'
  const each = (key: string, name: string) =>
    list(f[key]).map((value, index): Field => [name.replace('#', String(index)), text(value)])
  return [
    ['lldp.dcbx.ieee.willing', flag(f['willing'])],
    [`${dcbx}.cbs`, flag(f['creditBasedShaper'])],
    [`${dcbx}.maxtcs`, text(f['maximumTrafficClassCount'])],
    ...each('priorityAssignment', 'lldp.dcbx.feature.pg.pgid_prio#'),
    ...each('bandwidthPercent', 'lldp.dcbx.feature.pg.per_prio#'),
    ...each('algorithmCodes', `${dcbx}.tsa_prio#`),
  ]
}

function aggregation(prefix: string, f: Fields): readonly Field[] {
  return [
    [`${prefix}.aggregation_status`, hex(f['statusBits'], 2)],
    [`${prefix}.aggregation_status.cap`, flag(f['capable'])],
    [`${prefix}.aggregation_status.enabled`, flag(f['enabled'])],
    [`${prefix}.aggregated_port_id`, text(f['aggregatedPort'])],
  ]
}

const pmdWords: readonly string[] = pmdNames.map((name) =>
  name
    .replace('1000base-', '1000base_')
    .replace('100base-', '100base_')
    .replace('10base-', '10base_')
    .replace('-fd', 'fd')
    .replace('pause-both', 'fdx_bpause')
    .replace('pause-symmetric', 'fdx_spause')
    .replace('pause-asymmetric', 'fdx_apause')
    .replace(/^pause$/, 'fdx_pause'),
)

function dot3(name: string, f: Fields): readonly Field[] {
  const prefix = 'lldp.ieee.802_3'
  switch (name) {
    case 'dot3.mac-phy': {
      const bits = Number(f['advertisedBits'])
      const capabilities = `${prefix}.pmd_auto_neg_advertised_caps`
      return [
        [`${prefix}.mac_phy_auto_neg_status`, hex(f['statusBits'], 2)],
        [`${prefix}.mac_phy_auto_neg_status.supported`, flag(f['autoNegotiationSupported'])],
        [`${prefix}.mac_phy_auto_neg_status.enabled`, flag(f['autoNegotiationEnabled'])],
        [capabilities, hex(bits, 4)],
        ...pmdWords.flatMap((word, bit): Field[] => [
          [`${capabilities}.${word}`, bitOf(bits, bit)],
          [`${capabilities}_inv.${word}`, bitOf(bits, 15 - bit)],
        ]),
        [`${prefix}.pmd_mau_type`, hex(f['mauType'], 4)],
      ]
    }
    case 'dot3.power-via-mdi':
      return power(prefix, f)
    case 'dot3.link-aggregation':
      return aggregation(prefix, f)
    case 'dot3.maximum-frame-size':
      return [[`${prefix}.max_frame_size`, text(f['sizeBytes'])]]
    case 'dot3.energy-efficient-ethernet':
      return [
        [`${prefix}.eee.transmit`, text(f['transmitWakeMicroseconds'])],
        [`${prefix}.eee.receive`, text(f['receiveWakeMicroseconds'])],
        [`${prefix}.eee.fallback`, text(f['fallbackReceiveWakeMicroseconds'])],
        [`${prefix}.eee.echo_transmit`, text(f['echoTransmitWakeMicroseconds'])],
        [`${prefix}.eee.echo_receive`, text(f['echoReceiveWakeMicroseconds'])],
      ]
    default:
      return []
  }
}

function power(prefix: string, f: Fields): readonly Field[] {
  const tenths = (key: string) => text(Math.round(Number(f[key]) * 10))
  const supported = `${prefix}.mdi_power_support`
  return [
    [supported, hex(f['supportBits'], 2)],
    [`${supported}.port_class`, f['portClass'] === 'PSE' ? '1' : '0'],
    [`${supported}.supported`, flag(f['supported'])],
    [`${supported}.enabled`, flag(f['enabled'])],
    [`${supported}.pse_pairs`, flag(f['pairsControllable'])],
    [`${prefix}.mdi_pse_pair`, text(f['powerPair'])],
    [`${prefix}.mdi_power_class`, text(f['powerClass'])],
    [`${prefix}.mdi_power_type`, text(f['powerType'])],
    [`${prefix}.mdi_power_source`, text(f['powerSource'])],
    [`${prefix}.mdi_power_priority`, text(f['powerPriority'])],
    [`${prefix}.mdi_pde_requested`, tenths('pdRequestedWatts')],
    [`${prefix}.mdi_pse_allocated`, tenths('pseAllocatedWatts')],
    [`${prefix}.bt_ds_pd_requested_power_value_mode_a`, tenths('pdRequestedModeAWatts')],
    [`${prefix}.bt_ds_pd_requested_power_value_mode_b`, tenths('pdRequestedModeBWatts')],
    [`${prefix}.bt_ds_pse_allocated_power_value_alt_a`, tenths('pseAllocatedAlternativeAWatts')],
    [`${prefix}.bt_ds_pse_allocated_power_value_alt_b`, tenths('pseAllocatedAlternativeBWatts')],
    [`${prefix}.bt_power_status`, hex(f['statusBits'], 4)],
    [`${prefix}.bt_pse_powering_status`, text(f['psePoweringStatus'])],
    [`${prefix}.bt_pd_powered_status`, text(f['pdPoweredStatus'])],
    [`${prefix}.bt_pse_power_pairs_ext`, text(f['psePowerPairs'])],
    [`${prefix}.bt_ds_pwr_class_ext_a`, text(f['powerClassModeA'])],
    [`${prefix}.bt_ds_pwr_class_ext_b`, text(f['powerClassModeB'])],
    [`${prefix}.bt_pwr_class_ext_`, text(f['powerClassExtended'])],
    [`${prefix}.bt_system_setup`, hex(f['systemSetupBits'], 2)],
    [`${prefix}.bt_power_type_ext`, text(f['powerTypeExtended'])],
    [`${prefix}.bt_pse_maximum_available_power_value`, tenths('pseMaximumAvailableWatts')],
    [`${prefix}.bt_autoclass`, hex(f['autoclassBits'], 2)],
    [`${prefix}.bt_pse_autoclass_support`, flag(f['pseAutoclassSupported'])],
    [`${prefix}.bt_autoclass_completed`, flag(f['autoclassCompleted'])],
    [`${prefix}.bt_autoclass_request`, flag(f['autoclassRequested'])],
    [`${prefix}.bt_power_down`, hex(f['powerDownBits'], 6)],
    [`${prefix}.bt_power_down_request`, text(f['powerDownRequest'])],
    [`${prefix}.bt_power_down_time`, text(f['powerDownSeconds'])],
  ]
}

const medCapabilities = [
  'llpd',
  'network_policy',
  'location_id',
  'mdi_pse',
  'mid_pd',
  'inventory',
] as const
const medTexts: Readonly<Record<string, string>> = {
  'med.hardware-revision': 'hardware',
  'med.firmware-revision': 'firmware',
  'med.software-revision': 'software',
  'med.serial': 'sn',
  'med.manufacturer': 'manufacturer',
  'med.model': 'model',
  'med.asset-id': 'asset',
}

function med(name: string, f: Fields): readonly Field[] {
  const prefix = 'lldp.media'
  const inventory = medTexts[name]
  if (inventory !== undefined) return [[`${prefix}.${inventory}`, text(f['text'])]]
  switch (name) {
    case 'med.capabilities':
      return [
        [`${prefix}.subtype.caps`, hex(f['capabilityBits'], 4)],
        ...medCapabilities.map((word, bit): Field => [
          `${prefix}.subtype.caps.${word}`,
          bitOf(Number(f['capabilityBits']), bit),
        ]),
        [`${prefix}.subtype.class`, text(f['deviceClass'])],
      ]
    case 'med.network-policy':
      return [
        [`${prefix}.app_type`, text(f['application'])],
        [`${prefix}.policy_flag`, flag(f['unknownPolicy'])],
        [`${prefix}.tag_flag`, flag(f['tagged'])],
        [`${prefix}.vlan_id`, text(f['vlan'])],
        [`${prefix}.l2_prio`, text(f['layer2Priority'])],
        [`${prefix}.dscp`, text(f['dscp'])],
      ]
    case 'med.location':
      return [
        [`${prefix}.loc.data_format`, text(f['format'])],
        [`${prefix}.civic.length`, text(f['length'])],
        [`${prefix}.civic.what`, text(f['what'])],
        [`${prefix}.civic.country`, text(f['country'])],
        ...objects(f['elements']).flatMap((one): Field[] => [
          [`${prefix}.civic.type`, text(one['type'])],
          [`${prefix}.civic.length`, text(one['length'])],
          [`${prefix}.civic.value`, text(one['text'])],
        ]),
        [`${prefix}.ecs`, text(f['emergencyNumber'])],
      ]
    case 'med.extended-power':
      return [
        [`${prefix}.power_type`, text(f['powerType'])],
        [`${prefix}.power_value`, text(Math.round(Number(f['powerWatts']) * 10))],
      ]
    default:
      return []
  }
}

export function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

export function hex(value: unknown, digits: number): string {
  return `0x${Number(value).toString(16).padStart(digits, '0')}`
}

export function flag(value: unknown): string {
  return value === true ? '1' : '0'
}

export function bitOf(bits: number, bit: number): string {
  return String((bits >>> bit) & 1)
}

/** `001122` -> `00:11:22`. */
export function pairs(digits: string): string {
  return digits.match(/../g)?.join(':') ?? ''
}

export function objects(value: unknown): readonly Fields[] {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === 'object' && item !== null)
    : []
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
