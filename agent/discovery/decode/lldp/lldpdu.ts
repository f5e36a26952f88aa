import { DecodeError } from '../../../../protocol/errors.ts'
import type { Finding } from '../../../../protocol/facts/finding.ts'
import type { LldpTlv, NeighborSummary } from '../../../../protocol/facts/lldp.ts'
import { hexOf, u16be } from '../integers.ts'
import { basicNames, decodeBasic } from './basic.ts'
import { organizations } from './organizations.ts'

/** The TLVs of an LLDPDU, IEEE 802.1AB-2016 §8: what can be read before the end or an error. */
export function decodeLldpdu(bytes: Uint8Array): {
  readonly tlvs: readonly LldpTlv[]
  readonly findings: readonly Finding[]
} {
  const tlvs: LldpTlv[] = []
  const findings: Finding[] = []
  const issue = (code: string, message: string) =>
    findings.push({ code, severity: 'warning', subject: 'lldp', message })
  let at = 0
  while (at + 2 <= bytes.length) {
    const head = u16be(bytes, at)
    const [type, length] = [head >> 9, head & 0x1ff]
    if (at + 2 + length > bytes.length) {
      issue('lldp.truncated', `TLV of type ${type} at byte ${at} ends past the frame`)
      break
    }
    const tlv = tlvOf(type, bytes.subarray(at + 2, at + 2 + length), issue)
    tlvs.push(tlv)
    at += 2 + length
    if (type === 0) break
  }
  if (tlvs.length === 0) throw new DecodeError('Cannot read LLDP frame: no TLV in it')
  for (const [index, type] of [1, 2, 3].entries()) {
    if (tlvs[index]?.type !== type) {
      issue('lldp.order', `TLV ${index + 1} should be ${basicNames[type]} (§8.2)`)
      break
    }
  }
  return { tlvs, findings }
}

function tlvOf(
  type: number,
  value: Uint8Array,
  issue: (code: string, message: string) => void,
): LldpTlv {
  const common = { type, lengthBytes: value.length, data: hexOf(value) }
  if (type !== 127) {
    const name = basicNames[type] ?? 'reserved'
    const fields = decodeBasic(type, value) ?? null
    if (fields === null && basicNames[type] !== undefined) {
      issue('lldp.short', `${name} of ${value.length} bytes is too short for what it says`)
    } else if (fields?.['objectId'] === null) {
      issue('lldp.short', `${name} of ${value.length} bytes ends in its object identifier`)
    }
    return { ...common, name, organization: null, fields }
  }
  if (value.length < 4) {
    issue('lldp.short', `organizational TLV of ${value.length} bytes has no subtype`)
    return { ...common, name: 'organization', organization: null, fields: null }
  }
  const oui = hexOf(value, 0, 3)
  const subtype = value[3] ?? 0
  const known = organizations.get(oui)
  const rest = value.subarray(4)
  const ownName = known?.names.get(subtype)
  const fields = known === undefined ? null : known.decode(subtype, rest)
  if (fields === undefined && ownName !== undefined) {
    issue('lldp.short', `${known?.prefix}.${ownName} of ${value.length} bytes cannot be read`)
  }
  return {
    ...common,
    name: ownName === undefined ? 'organization' : `${known?.prefix}.${ownName}`,
    organization: { oui, subtype },
    fields: fields ?? null,
  }
}

/** What an LLDP frame says in the words all protocols share. */
export function lldpSummary(tlvs: readonly LldpTlv[]): NeighborSummary {
  const field = (name: string, key: string) => {
    const value = tlvs.find((tlv) => tlv.name === name)?.fields?.[key]
    return value === undefined ? null : value
  }
  const text = (name: string, key = 'text', longest = 512) => {
    const value = field(name, key)
    return typeof value === 'string' && value !== '' ? value.slice(0, longest) : null
  }
  const number = (name: string, key: string) => {
    const value = field(name, key)
    return typeof value === 'number' ? value : null
  }
  const enabled = field('system-capabilities', 'enabled')
  return {
    chassisId: text('chassis-id', 'id'),
    chassisIdKind: text('chassis-id', 'kind'),
    portId: text('port-id', 'id'),
    portIdKind: text('port-id', 'kind'),
    portDescription: text('port-description'),
    systemName: text('system-name'),
    systemDescription: text('system-description', 'text', 4096),
    managementAddresses: tlvs
      .filter(({ name }) => name === 'management-address')
      .flatMap(({ fields }) => (typeof fields?.['address'] === 'string' ? [fields['address']] : []))
      .slice(0, 64),
    capabilities: Array.isArray(enabled) ? enabled.map(String) : [],
    portVlan: number('dot1.port-vlan', 'vlan'),
    timeToLiveSeconds: number('time-to-live', 'seconds'),
  }
}
