import type { DhcpLease } from './dhcp.ts'
import type { Ipv6Address } from './ipv6.ts'

/** What one interface has got so far. */
export interface InterfaceState {
  readonly name: string
  readonly macAddress: string
  readonly hasCarrier: boolean
  /** Null while no DHCP server has answered. */
  readonly lease: DhcpLease | null
  readonly ipv6: readonly Ipv6Address[]
  /** Why there is no address, in words for the console; null when there is one. */
  readonly problem: string | null
}

/** All wired interfaces, by name. */
export interface NetworkState {
  readonly interfaces: readonly InterfaceState[]
}

/** True when at least one interface has an address. */
export function hasAddress(state: NetworkState): boolean {
  return state.interfaces.some(({ lease, ipv6 }) => lease !== null || ipv6.length > 0)
}

/** One line for the console. */
export function describeNetwork(state: NetworkState): string {
  if (state.interfaces.length === 0) return 'no wired interface (is its driver in the initramfs?)'
  return state.interfaces.map(describeInterface).join('; ')
}

function describeInterface(state: InterfaceState): string {
  const addresses = [
    ...(state.lease === null ? [] : [state.lease.address]),
    ...state.ipv6.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  ]
  return `${state.name} (${state.macAddress}) ${state.problem ?? addresses.join(' ')}`
}
