import type { IpmiLan } from '../../../../protocol/facts/ipmi.ts'
import { hexOf, u16le, u8 } from '../integers.ts'

/** Parameters of LAN configuration, IPMI 2.0 table 23-4, and how long each is at least. */
export const lanParameter = {
  address: { selector: 3, leastBytes: 4 },
  source: { selector: 4, leastBytes: 1 },
  mac: { selector: 5, leastBytes: 6 },
  netmask: { selector: 6, leastBytes: 4 },
  gateway: { selector: 12, leastBytes: 4 },
  gatewayMac: { selector: 13, leastBytes: 6 },
  vlan: { selector: 20, leastBytes: 2 },
  ipv6Status: { selector: 55, leastBytes: 2 },
  ipv6Static: { selector: 56, leastBytes: 20 },
  ipv6Dynamic: { selector: 59, leastBytes: 20 },
} as const

/** Name of a parameter. */
export type LanParameter = keyof typeof lanParameter

/** Answers without completion code and parameter revision; absent where the BMC has none. */
export type LanAnswers = ReadonlyMap<LanParameter, Uint8Array>

/** A channel's configuration. `ipv6` are the blocks of both kinds of addresses. */
export function decodeLan(answers: LanAnswers, ipv6: readonly Uint8Array[]): IpmiLan {
  const source = answers.get('source')
  const vlan = answers.get('vlan')
  const setting = vlan === undefined ? 0 : u16le(vlan, 0)
  return {
    address: ipv4(answers.get('address')),
    source: source === undefined ? null : (sources[u8(source, 0) & 0x0f] ?? null),
    netmask: ipv4(answers.get('netmask')),
    gateway: ipv4(answers.get('gateway')),
    mac: mac(answers.get('mac')),
    gatewayMac: mac(answers.get('gatewayMac')),
    vlan: (setting & 0x8000) === 0 ? null : setting & 0x0fff,
    ipv6: ipv6.flatMap(ipv6Address),
  }
}

const sources = [null, 'static', 'dhcp', 'bios', 'other'] as const

/** Null for 0.0.0.0, which stands for none. */
function ipv4(bytes: Uint8Array | undefined): string | null {
  const address = bytes?.subarray(0, 4)
  return address === undefined || address.every((byte) => byte === 0) ? null : address.join('.')
}

function mac(bytes: Uint8Array | undefined): string | null {
  const address = bytes?.subarray(0, 6)
  if (address === undefined || address.every((byte) => byte === 0)) return null
  return hexOf(address).replaceAll(/(..)(?!$)/g, '$1:')
}

/** Set number, source with "in use" in bit 7 of a static one, 16 bytes, prefix length, status. */
function ipv6Address(block: Uint8Array): IpmiLan['ipv6'] {
  const active = 0
  const address = block.subarray(2, 18)
  if (u8(block, 19) !== active || address.every((byte) => byte === 0)) return []
  return [
    {
      address: hexOf(address).replaceAll(/(....)(?!$)/g, '$1:'),
      prefixLength: u8(block, 18),
    },
  ]
}
