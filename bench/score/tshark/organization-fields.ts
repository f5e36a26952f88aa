import {
  bitOf,
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

/** What tshark prints of TLVs of makers and of drafts, behind their subtype. */
export function organizationFields(name: string, f: Fields, data: string): readonly Told[] {
  switch (name) {
    case 'iana.mud-url':
      return [['lldp.iana.mudurl', text(f['url'])]]
    case 'dcbx.cin':
    case 'dcbx.cee':
      return objects(f['features']).flatMap(feature)
    case 'dot1qbg.evb':
      return [
        ...evbCapabilities('lldp.ieee.802_1qbg.evb_support_caps', f['supportedBits']),
        ...evbCapabilities('lldp.ieee.802_1qbg.evb_configure_caps', f['configuredBits']),
        ['lldp.ieee.802_1qbg.evb_supported_vsi', text(f['supportedInterfaceCount'])],
        ['lldp.ieee.802_1qbg.evb_configured_vsi', text(f['configuredInterfaceCount'])],
        ['lldp.ieee.802_1qbg.evb_retrans_timer', text(f['retransmissionExponent'])],
      ]
    case 'cisco.four-wire-power':
      return [
        ['lldp.cisco.upoe', hex(f['bits'], 2)],
        ['lldp.cisco.upoe.supported', flag(f['supported'])],
        ['lldp.cisco.upoe.altb_detection_required', flag(f['spareDetectionRequired'])],
        ['lldp.cisco.upoe.pd_altb_desired', flag(f['spareDesired'])],
        ['lldp.cisco.upoe.pse_altb_oper', flag(f['spareOperational'])],
      ]
    case 'cisco.controllers':
      return [
        ['lldp.cisco.apiclist', pairs(data)],
        ...objects(f['controllers']).flatMap((one): Told[] => [
          ['lldp.cisco.apicid', text(one['number'])],
          ['lldp.cisco.apicipv4', text(one['address'])],
          ['lldp.cisco.apicuuid', text(one['uuid'])],
        ]),
      ]
    case 'cisco.authentication-cookie':
      return [['lldp.cisco.authcookie', pairs(f['cookie'])]]
    case 'profinet.measured-delay':
    case 'profinet.port-status':
    case 'profinet.chassis-mac':
    case 'profinet.mrp-port-status':
    case 'profinet.ptcp-status':
      return profinet(f)
    case 'fabric-attach.element':
    case 'fabric-attach.assignments':
      return fabricAttach(f)
    default: {
      const word = ciscoWords[name]
      if (word === undefined) return []
      return [[`lldp.cisco.${word}`, text(f['text'] ?? f['value'] ?? f['vlan'] ?? f['address'])]]
    }
  }
}

const ciscoWords: Readonly<Record<string, string>> = {
  'cisco.port-state': 'portstate',
  'cisco.node-role': 'noderole',
  'cisco.node-id': 'nodeid',
  'cisco.spine-level': 'spinelevel',
  'cisco.pod-id': 'podid',
  'cisco.fabric-name': 'fabricname',
  'cisco.node-address': 'nodeip',
  'cisco.port-role': 'portrole',
  'cisco.version': 'version',
  'cisco.fabric-vlan': 'fabricvlan',
  'cisco.serial': 'serialno',
  'cisco.model': 'model',
  'cisco.node-name': 'nodename',
  'cisco.port-mode': 'portmode',
  'cisco.controller-mode': 'apicmode',
  'cisco.fabric-id': 'fabricd',
}

function feature(f: Fields): readonly Told[] {
  const prefix = 'lldp.dcbx'
  return [
    [`${prefix}.type`, text(f['type'])],
    [`${prefix}.len`, text(f['length'])],
    [`${prefix}.version`, hex(f['version'], 2)],
    [`${prefix}.max_version`, hex(f['maximumVersion'], 2)],
    [`${prefix}.control.seq`, text(f['sequence'])],
    [`${prefix}.control.ack`, text(f['acknowledged'])],
    [`${prefix}.feature.enabled`, flag(f['enabled'])],
    [`${prefix}.feature.willing`, flag(f['willing'])],
    [`${prefix}.feature.error`, flag(f['error'])],
    [`${prefix}.feature.subtype`, hex(f['subtype'], 2)],
    ...each(`${prefix}.feature.pg.pgid_prio#`, f['priorityAssignment']),
    ...each(`${prefix}.feature.pg.per#`, f['bandwidthPercent']),
    ...(f['kind'] === 'priority-groups'
      ? [[`${prefix}.feature.pg.numtcs`, hex(f['trafficClassCount'], 2)] as const]
      : []),
    ...eachBit(`${prefix}.feature.pfc.prio#`, f['enabledBits']),
    ...(f['kind'] === 'priority-flow-control'
      ? [[`${prefix}.feature.pfc.numtcs`, hex(f['trafficClassCount'], 2)] as const]
      : []),
    ...objects(f['applications']).flatMap((one): Told[] => [
      [`${prefix}.feature.app.proto`, hex(one['protocol'], 4)],
      [`${prefix}.feature.app.oui`, `0x${text(one['oui'])}`],
      [`${prefix}.feature.app.sf`, text(one['selector'])],
      // It tells the lowest alone.
      [
        `${prefix}.feature.app.prio`,
        text(Array.isArray(one['priorities']) ? one['priorities'][0] : null),
      ],
    ]),
    [`${prefix}.feature.llink.type`, hex(bitsOf(f['typeBits'], 7, 1), 2)],
  ]
}

const evbBits = [
  ['std', 15],
  ['rr', 14],
  ['rte', 2],
  ['ecp', 1],
  ['vdp', 0],
] as const

function evbCapabilities(name: string, bits: unknown): readonly Told[] {
  return [
    [name, hex(bits, 4)],
    ...evbBits.map(([word, bit]): Told => [`${name}.${word}`, bitOf(bits, bit)]),
  ]
}

function profinet(f: Fields): readonly Told[] {
  const prefix = 'lldp.profinet'
  const status = f['class3StatusBits']
  return [
    [`${prefix}.port_rx_delay_local`, text(f['portReceiveDelayLocalNanoseconds'])],
    [`${prefix}.port_rx_delay_remote`, text(f['portReceiveDelayRemoteNanoseconds'])],
    [`${prefix}.port_tx_delay_local`, text(f['portTransmitDelayLocalNanoseconds'])],
    [`${prefix}.port_tx_delay_remote`, text(f['portTransmitDelayRemoteNanoseconds'])],
    [`${prefix}.cable_delay_local`, text(f['cableDelayNanoseconds'])],
    [`${prefix}.rtc2_port_status`, hex(f['class2StatusBits'], 4)],
    [`${prefix}.rtc3_port_status`, hex(bitsOf(status, 0, 3), 4)],
    [`${prefix}.rtc3_port_status.reserved`, hex(bitsOf(status, 3, 9), 4)],
    [`${prefix}.rtc3_port_status.fragmentation`, hex(bitsOf(status, 12, 1), 4)],
    [`${prefix}.rtc3_port_status.preambleLength`, hex(bitsOf(status, 13, 1), 4)],
    [`${prefix}.cm_mac_add`, text(f['mac'])],
    [`${prefix}.mrp_domain_uuid`, text(f['domain'])],
    [`${prefix}.mrrt_port_status`, hex(f['portStatusBits'], 4)],
    [`${prefix}.master_source_address`, text(f['master'])],
    [`${prefix}.subdomain_uuid`, text(f['subdomain'])],
    [`${prefix}.ir_data_uuid`, text(f['irtData'])],
    ...periods(f['periods']),
  ]
}

/** A word each: whether it is in use, and nanoseconds. */
function periods(words: unknown): readonly Told[] {
  const names = [
    ['length_of_period', 'length'],
    ['red_period_begin', 'offset'],
    ['orange_period_begin', 'offset'],
    ['green_period_begin', 'offset'],
  ] as const
  return list(words).flatMap((word, index): readonly Told[] => {
    const [name, rest] = names[index] ?? ['', '']
    const nanoseconds = typeof word === 'number' ? String(word % 2 ** 31) : null
    return [
      [`lldp.profinet.${name}_valid`, bitOf(word, 31)],
      [`lldp.profinet.${name}_${rest}`, nanoseconds],
    ]
  })
}

function fabricAttach(f: Fields): readonly Told[] {
  const prefix = 'lldp.extreme_avaya_ap'
  return [
    [`${prefix}.hmac_sha_digest`, pairs(f['digest'])],
    [`${prefix}.element_type`, text(f['elementType'])],
    [`${prefix}.state`, text(f['state'])],
    [`${prefix}.mgnt_vlan`, text(f['managementVlan'])],
    [`${prefix}.rsvd`, text(f['reserved'])],
    [`${prefix}.system_id`, pairs(f['systemId'])],
    ...objects(f['assignments']).flatMap((one): Told[] => [
      [`${prefix}.status`, text(one['status'])],
      [`${prefix}.vlan`, text(one['vlan'])],
      [`${prefix}.i_sid`, text(one['serviceId'])],
    ]),
  ]
}
