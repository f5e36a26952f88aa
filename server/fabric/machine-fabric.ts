import type { FabricHost, HostRail, MachineFabric } from '../../protocol/fabric.ts'
import type { Inventory } from '../../protocol/facts/inventory.ts'
import type { Neighbor } from '../../protocol/facts/neighbors.ts'
import { ethernetRails, infinibandPorts, type MachinePort } from './machine-ports.ts'
import { portKeys, railOf, type Subnet } from './topology.ts'

/**
 * Where a machine is in the fabric: its own ports looked up in the subnets, and what it hears at them.
 * Null where nothing is known of it.
 */
export function machineFabric(
  subnets: readonly Subnet[],
  inventory: Inventory,
): MachineFabric | null {
  const places = machinePlaces(subnets, inventory)
  const leaves = new Map<string, string>()
  for (const { leafId, leafName } of places.flatMap(({ rails }) => rails)) {
    if (leafId !== null) leaves.set(leafId, leafName ?? leafId)
  }
  for (const leaf of heardSwitches(inventory)) leaves.set(leaf.id, leaf.name)
  if (places.length === 0 && leaves.size === 0) return null
  const [widest] = places.toSorted((a, b) => b.rails.length - a.rails.length)
  return {
    leaves: [...leaves]
      .map(([id, name]) => ({ id, name }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    rails: widest?.rails ?? [],
  }
}

/** A machine as a host of each network it is in, InfiniBand first. */
export function machinePlaces(
  subnets: readonly Subnet[],
  inventory: Inventory,
): readonly FabricHost[] {
  const own = infinibandPorts(inventory)
  const places = subnets.flatMap((subnet) => placeIn(subnet, own) ?? [])
  const ethernet = ethernetPlace(inventory)
  return ethernet === null ? places : [...places, ethernet]
}

const nobody = { machineId: null, rack: null } as const

/** Null: none of its ports is in this subnet. */
function placeIn(subnet: Subnet, own: readonly MachinePort[]): FabricHost | null {
  const found = own.flatMap((port) => {
    const [at] = portKeys(port).flatMap((key) => subnet.portsByKey.get(key) ?? [])
    return at === undefined ? [] : [{ port, at }]
  })
  const [first] = found
  if (first === undefined) return null
  const hosts = new Set(found.map(({ at }) => at.host))
  const named = subnet.hostsByName.get(first.at.host ?? '')
  // One name for all its ports: the subnet knows its rails, also those whose links were not seen.
  if (hosts.size === 1 && named !== undefined) return named
  const leafNames = new Map(subnet.switches.map(({ id, name }) => [id, name]))
  const byRail = found.map(({ port, at }) => ({
    port,
    at,
    rail: subnet.leafRails.get(at.leafId ?? '')?.rail,
  }))
  const isByLeaf =
    byRail.every(({ rail }) => rail !== undefined) &&
    new Set(byRail.map(({ rail }) => rail)).size === found.length
  const rails = byRail.map(({ port, at, rail }, index): HostRail => {
    return railOf(isByLeaf ? (rail ?? index + 1) : index + 1, port.name, at, leafNames)
  })
  const unseen = isByLeaf ? unseenRails(subnet, rails) : []
  return {
    network: 'infiniband',
    source: subnet.name,
    name: null,
    ...nobody,
    rails: [...rails, ...unseen].toSorted((a, b) => a.rail - b.rail),
  }
}

/** Rails that the hosts beside it have: the machine has them too, and their links were not seen. */
function unseenRails(subnet: Subnet, rails: readonly HostRail[]): readonly HostRail[] {
  const counts = rails.map(({ leafId }) => subnet.leafRails.get(leafId ?? '')?.railCount ?? 0)
  const seen = new Set(rails.map(({ rail }) => rail))
  return Array.from({ length: Math.max(0, ...counts) }, (_, index) => index + 1)
    .filter((rail) => !seen.has(rail))
    .map((rail) => railOf(rail, null, null, new Map()))
}

/** Null where it heard nobody at the ports that are its rails. */
function ethernetPlace({ nic, neighbors }: Inventory): FabricHost | null {
  if (nic === null || neighbors === null) return null
  const rails = ethernetRails(nic).map(({ name, linkSpeedBitsPerSecond }, index): HostRail => {
    const heard = neighbors.ports.find((port) => port.interface === name)?.neighbors ?? []
    const leaf = switchAmong(heard)
    return {
      rail: index + 1,
      port: name,
      leafId: leaf === null ? null : leaf.id,
      leafName: leaf === null ? null : leaf.name,
      leafPort: leaf === null ? null : leaf.port,
      linkSpeedBitsPerSecond,
    }
  })
  if (rails.every(({ leafId }) => leafId === null)) return null
  return { network: 'ethernet', source: null, name: null, ...nobody, rails }
}

/** A switch that a machine hears, as it calls itself. */
export interface HeardSwitch {
  readonly id: string
  readonly name: string
  readonly model: string | null
  readonly port: string | null
}

/** A {@link HeardSwitch} with the interface that it is heard at. */
export interface HeardAt extends HeardSwitch {
  readonly interface: string
}

/** Switches at all ports of a machine. */
export function heardSwitches({ neighbors }: Inventory): readonly HeardAt[] {
  return (neighbors?.ports ?? []).flatMap((port) => {
    const found = switchAmong(port.neighbors)
    return found === null ? [] : [{ ...found, interface: port.interface }]
  })
}

/** Words of LLDP and CDP for what forwards frames or packets. */
const forwards: ReadonlySet<string> = new Set([
  'bridge',
  'router',
  'repeater',
  'switch',
  'transparent-bridge',
])

/** The switch among the neighbours of a port, by LLDP before CDP; null: there is none. */
function switchAmong(neighbors: readonly Neighbor[]): HeardSwitch | null {
  const switches = neighbors.filter(
    ({ capabilities }) =>
      capabilities.length === 0 || capabilities.some((word) => forwards.has(word)),
  )
  const found = switches.find(({ protocol }) => protocol === 'lldp') ?? switches[0]
  if (found === undefined || found.chassisId === null) return null
  const { chassisId, systemName, portId, details } = found
  const platform = details.find(({ name }) => name === 'platform')?.fields['text']
  return {
    id: chassisId,
    name: systemName ?? chassisId,
    model: typeof platform === 'string' ? platform : null,
    port: portId,
  }
}
