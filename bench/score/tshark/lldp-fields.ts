import { capabilityNames } from '../../../agent/discovery/decode/lldp/basic.ts'
import type { LldpTlv } from '../../../protocol/facts/lldp.ts'
import { dot1Fields } from './dot1-fields.ts'
import { dot3Fields } from './dot3-fields.ts'
import { medFields } from './med-fields.ts'
import { organizationFields } from './organization-fields.ts'
import { bitOf, type Field, type Fields, hex, pairs, text, type Told, told } from './words.ts'

/** The fields tshark 4.0 prints of a TLV, in any order. */
export function lldpFields(tlv: LldpTlv): readonly Field[] {
  const { type, lengthBytes, organization, name, fields, data } = tlv
  const head: readonly Told[] = [
    ['lldp.tlv.type', String(type)],
    ['lldp.tlv.len', String(lengthBytes)],
  ]
  if (organization === null) return told([...head, ...basic(name, fields ?? {}, data)])
  const { oui, subtype } = organization
  return told([
    ...head,
    ['lldp.orgtlv.oui', String(Number.parseInt(oui, 16))],
    ...organizational(oui, subtype, name, fields ?? {}, data.slice(8)),
  ])
}

/** What the peer calls the subtypes of those it knows, and how it prints them. */
const subtypeWords: Readonly<Record<string, readonly [word: string, isHex: boolean]>> = {
  '0080c2': ['ieee.802_1.subtype', true],
  '00120f': ['ieee.802_3.subtype', true],
  '0012bb': ['media.subtype', true],
  '001b21': ['dcbx.proto', true],
  '001b3f': ['ieee.802_1qbg.subtype', true],
  '000ecf': ['profinet.subtype', true],
  '000142': ['cisco.subtype', true],
  '00005e': ['iana.subtype', true],
  '00400d': ['avaya.subtype', true],
  '00040d': ['extreme_avaya_ap.subtype', false],
  a42305: ['onos.subtype', true],
  '30b216': ['hytec.tlv_subtype', false],
}

const silentOuis: ReadonlySet<string> = new Set(['001b21', '001b3f', '30b216'])

function organizational(
  oui: string,
  subtype: number,
  name: string,
  f: Fields,
  data: string,
): readonly Told[] {
  const [word, isHex] = subtypeWords[oui] ?? []
  if (word === undefined) {
    return [
      ['lldp.unknown_subtype', String(subtype)],
      ['lldp.unknown_subtype.content', pairs(data)],
    ]
  }
  const head: Told = [`lldp.${word}`, isHex === true ? hex(subtype, 2) : text(subtype)]
  if (oui === '0080c2') return [head, ...dot1Fields(name, f)]
  if (oui === '00120f') return [head, ...dot3Fields(name, f)]
  if (oui === '0012bb') return [head, ...medFields(name, f)]
  // Of these it shows the bytes of a subtype that it does not know.
  if ((name === 'organization' || name === 'profinet.alias') && !silentOuis.has(oui)) {
    return [head, ['lldp.unknown_subtype.content', pairs(data)]]
  }
  return [head, ...organizationFields(name, f, data)]
}

function basic(name: string, f: Fields, data: string): readonly Told[] {
  switch (name) {
    case 'chassis-id':
      return [
        ['lldp.chassis.subtype', text(f['subtype'])],
        ...identifier('lldp.chassis.id', f, pairs(idDigits(f, data))),
      ]
    case 'port-id':
      return [
        ['lldp.port.subtype', text(f['subtype'])],
        ...identifier('lldp.port.id', f, portText(f, idDigits(f, data))),
      ]
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
        ...capabilityBits('lldp.tlv.system_cap', f['supportedBits']),
        ...capabilityBits('lldp.tlv.enable_system_cap', f['enabledBits']),
      ]
    case 'management-address':
      return managementAddress(f)
    default:
      return []
  }
}

/** A chassis that is no address is shown as bytes, a port as text. */
function identifier(prefix: string, f: Fields, plain: string | null): readonly Told[] {
  const id = text(f['id'])
  if (f['kind'] === 'mac' && id?.includes(':') === true) return [[`${prefix}.mac`, id]]
  if (f['kind'] !== 'network-address') return [[prefix, plain]]
  const word = id?.includes(':') === true ? 'ip6' : 'ip4'
  const isAddress = f['addressFamily'] === (word === 'ip6' ? 2 : 1)
  return [
    ['lldp.network_address.subtype', text(f['addressFamily'])],
    isAddress ? [`${prefix}.${word}`, id] : [prefix, plain],
  ]
}

/** Behind the subtype, and the family of an address. */
function idDigits(f: Fields, data: string): string {
  return data.slice(f['kind'] === 'network-address' ? 4 : 2)
}

/** Ours is digits where the peer prints what it can of bytes that are no text. */
function portText(f: Fields, digits: string): string | null {
  const id = text(f['id'])
  if (id !== digits && f['kind'] !== 'network-address') return id
  return new TextDecoder().decode(Uint8Array.fromHex(digits)).replace(/\0.*$/s, '')
}

const capabilityWords: Readonly<Record<string, string>> = {
  'wlan-access-point': 'wlan_access_pt',
  'docsis-cable-device': 'docsis_cable_device',
  'station-only': 'station_only',
}

function capabilityBits(name: string, bits: unknown): readonly Told[] {
  return [
    [name, hex(bits, 4)],
    ...capabilityNames
      .slice(0, 8)
      .map((word, bit): Told => [`${name}.${capabilityWords[word] ?? word}`, bitOf(bits, bit)]),
  ]
}

/** Addresses of other families are shown as bytes. */
function managementAddress(f: Fields): readonly Told[] {
  const [family, address] = [f['addressFamily'], text(f['address'])]
  const shown: Told =
    family === 1
      ? ['lldp.mgn.addr.ip4', address]
      : family === 2
        ? ['lldp.mgn.addr.ip6', address]
        : ['lldp.mgn.addr.hex', pairs(address?.replaceAll(':', ''))]
  return [
    ['lldp.mgn.address.len', text(f['addressLength'])],
    ['lldp.mgn.address.subtype', text(family)],
    shown,
    ['lldp.mgn.interface.subtype', text(f['interfaceSubtype'])],
    ['lldp.mgn.interface.number', text(f['interfaceNumber'])],
    ['lldp.mgn.obj.len', text(f['objectIdLength'])],
    ['lldp.mgn.obj.id', text(f['objectIdentifier'])],
  ]
}
