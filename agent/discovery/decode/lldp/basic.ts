import { hexOf, u16be } from '../integers.ts'
import {
  addressOf,
  bitNames,
  macOf,
  nameOf,
  objectIdentifierOf,
  textOf,
  type TlvFields,
  u32be,
} from './bytes.ts'

const chassisKinds = [
  null,
  'chassis-component',
  'interface-alias',
  'port-component',
  'mac',
  'network-address',
  'interface-name',
  'local',
] as const
const portKinds = [
  null,
  'interface-alias',
  'port-component',
  'mac',
  'network-address',
  'interface-name',
  'agent-circuit-id',
  'local',
] as const

/** System capabilities of IEEE 802.1AB-2016 table 8-4, by bit. */
export const capabilityNames = [
  'other',
  'repeater',
  'bridge',
  'wlan-access-point',
  'router',
  'telephone',
  'docsis-cable-device',
  'station-only',
  'c-vlan',
  's-vlan',
  'two-port-mac-relay',
] as const

/** Names of the standard's own TLVs, by type. */
export const basicNames: readonly string[] = [
  'end',
  'chassis-id',
  'port-id',
  'time-to-live',
  'port-description',
  'system-name',
  'system-description',
  'system-capabilities',
  'management-address',
]

/** IEEE 802.1AB-2016 §8.5; undefined for types and values that are not in it. */
export function decodeBasic(type: number, value: Uint8Array): TlvFields | undefined {
  switch (type) {
    case 0:
      return {}
    case 1:
      return identifier(value, chassisKinds, 4, 5)
    case 2:
      return identifier(value, portKinds, 3, 4)
    case 3:
      return value.length < 2 ? undefined : { seconds: u16be(value, 0) }
    case 4:
    case 5:
    case 6:
      return { text: textOf(value) }
    case 7: {
      if (value.length < 4) return undefined
      const [supported, enabled] = [u16be(value, 0), u16be(value, 2)]
      return {
        supportedBits: supported,
        supported: bitNames(supported, capabilityNames),
        enabledBits: enabled,
        enabled: bitNames(enabled, capabilityNames),
      }
    }
    case 8:
      return managementAddress(value)
    default:
      return undefined
  }
}

/** §8.5.2 and §8.5.3: a subtype and what it says; `macKind`, `addressKind`: the subtypes of those. */
function identifier(
  value: Uint8Array,
  kinds: readonly (string | null)[],
  macKind: number,
  addressKind: number,
): TlvFields | undefined {
  const subtype = value[0]
  if (subtype === undefined) return undefined
  const rest = value.subarray(1)
  const kind = kinds[subtype] ?? null
  if (subtype === macKind) {
    return { subtype, kind, id: rest.length === 6 ? macOf(rest) : hexOf(rest) }
  }
  if (subtype === addressKind) {
    const family = rest[0] ?? null
    return { subtype, kind, addressFamily: family, id: addressIn(family ?? 0, rest.subarray(1)) }
  }
  return { subtype, kind, id: nameOf(rest) }
}

/** By the IANA address family: 1 IPv4, 2 IPv6, 6 a MAC address; digits of the others. */
function addressIn(family: number, address: Uint8Array): string {
  if (family === 6 && address.length === 6) return macOf(address)
  const text = family === 1 || family === 2 ? addressOf(address) : null
  return text ?? hexOf(address)
}

/** §8.5.9. What stands before an object identifier that does not fit is read all the same. */
function managementAddress(value: Uint8Array): TlvFields | undefined {
  const length = value[0]
  if (length === undefined || length < 2 || length + 6 > value.length) return undefined
  const family = value[1] ?? 0
  const at = 1 + length
  const oidLength = value[at + 5] ?? 0
  const fits = at + 6 + oidLength <= value.length
  const objectId = fits ? value.subarray(at + 6, at + 6 + oidLength) : null
  return {
    addressLength: length,
    addressFamily: family,
    address: addressIn(family, value.subarray(2, 1 + length)),
    interfaceKind: ['', 'unknown', 'interface-index', 'system-port'][value[at] ?? 0] ?? 'unknown',
    interfaceSubtype: value[at] ?? 0,
    interfaceNumber: u32be(value, at + 1),
    objectIdLength: oidLength,
    objectId: objectId === null ? null : hexOf(objectId),
    objectIdentifier: objectId === null ? null : objectIdentifierOf(objectId),
  }
}
