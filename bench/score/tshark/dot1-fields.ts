import {
  bitsOf,
  each,
  eachBit,
  type Fields,
  flag,
  hex,
  list,
  objects,
  pairs,
  text,
  type Told,
} from './words.ts'

/** What tshark prints of a TLV of IEEE 802.1, behind its subtype. */
export function dot1Fields(name: string, f: Fields): readonly Told[] {
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
        ['lldp.ieee.802_1.proto.id', pairs(f['protocol'])],
      ]
    case 'dot1.vid-usage-digest':
      return [
        [
          'lldp.ieee.802_1.vid.usage_digest',
          f['digest'] === undefined ? null : `0x${text(f['digest'])}`,
        ],
      ]
    case 'dot1.management-vid':
      return [['lldp.ieee.802_1.mgmt.vid', text(f['vlan'])]]
    case 'dot1.link-aggregation':
      return aggregationFields('lldp.ieee.802_1', f)
    case 'dot1.congestion-notification':
      return [
        ...eachBit('lldp.ieee.802_1qau.cnpv.prio#', bitsFrom(f['priorities'])),
        ...eachBit('lldp.ieee.802_1qau.ready.prio#', bitsFrom(f['readyPriorities'])),
      ]
    case 'dot1.ets-configuration':
    case 'dot1.ets-recommendation':
      return transmission(f)
    case 'dot1.priority-flow-control':
      return [
        [`${dcbx}.ieee.willing`, flag(f['willing'])],
        [`${dcbx}.ieee.pfc.mbc`, flag(f['macsecBypass'])],
        [`${dcbx}.ieee.pfc.numtcs`, text(f['trafficClassCount'])],
        ...eachBit(`${dcbx}.feature.pfc.prio#`, f['enabledBits']),
      ]
    case 'dot1.application-priority':
      return [
        [`${dcbx}.ieee.app.reserved`, hex(f['reserved'], 2)],
        ...objects(f['entries']).flatMap((entry): Told[] => [
          [`${dcbx}.ieee.app.prio`, text(entry['priority'])],
          [`${dcbx}.iee.app.sf`, text(entry['selector'])],
          [`${dcbx}.feature.app.proto`, hex(entry['protocol'], 4)],
        ]),
      ]
    default:
      return []
  }
}

function transmission(f: Fields): readonly Told[] {
  const dcbx = 'lldp.dcbx.ieee.ets'
  return [
    ['lldp.dcbx.ieee.willing', flag(f['willing'])],
    [`${dcbx}.cbs`, flag(f['creditBasedShaper'])],
    [`${dcbx}.maxtcs`, text(f['maximumTrafficClassCount'])],
    // Of a recommendation it shows the low seven of the reserved bits.
    ['lldp.dcbx.feature.pg.reserved', hex(bitsOf(f['reservedBits'], 1, 7), 2)],
    ...each('lldp.dcbx.feature.pg.pgid_prio#', f['priorityAssignment']),
    ...each('lldp.dcbx.feature.pg.per#', f['bandwidthPercent']),
    ...each(`${dcbx}.tsa#`, f['algorithmCodes']),
  ]
}

/** What tshark prints of a link aggregation TLV, whichever organization has it. */
export function aggregationFields(prefix: string, f: Fields): readonly Told[] {
  return [
    [`${prefix}.aggregation_status`, hex(f['statusBits'], 2)],
    [`${prefix}.aggregation_status.cap`, flag(f['capable'])],
    [`${prefix}.aggregation_status.enabled`, flag(f['enabled'])],
    [`${prefix}.aggregation_status.porttype`, text(f['portType'])],
    [`${prefix}.aggregated_port_id`, text(f['aggregatedPort'])],
  ]
}

function bitsFrom(numbers: unknown): number | null {
  if (!Array.isArray(numbers)) return null
  return list(numbers).reduce<number>((bits, one) => bits | (1 << Number(one)), 0)
}
