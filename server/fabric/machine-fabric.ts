import type { FabricHost, HostRail, MachineFabric } from '../../protocol/fabric.ts'
import type { MachineLinks } from './machine-links.ts'
import type { MachinePort } from './machine-ports.ts'
import { portKeys, railOf, type Subnet } from './topology.ts'

/**
 * Where a machine is in the fabric: its own ports looked up in the subnets, and what it hears at them.
 * Null where nothing is known of it.
 */
export function machineFabric(
  subnets: readonly Subnet[],
  links: MachineLinks,
): MachineFabric | null {
  const places = machinePlaces(subnets, links)
  const leaves = new Map<string, string>()
  for (const { leafId, leafName } of places.flatMap(({ rails }) => rails)) {
    if (leafId !== null) leaves.set(leafId, leafName ?? leafId)
  }
  for (const leaf of links.heard) leaves.set(leaf.id, leaf.name)
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
  links: MachineLinks,
): readonly FabricHost[] {
  const { infiniband, ethernet } = links
  const places = subnets.flatMap((subnet) => placeIn(subnet, infiniband) ?? [])
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
  const byRail = found.map(({ port, at }) => ({
    port,
    at,
    rail: subnet.leafRails.get(at.leafId ?? '')?.rail,
  }))
  const isByLeaf =
    byRail.every(({ rail }) => rail !== undefined) &&
    new Set(byRail.map(({ rail }) => rail)).size === found.length
  const rails = byRail.map(({ port, at, rail }, index): HostRail => {
    return railOf(isByLeaf ? (rail ?? index + 1) : index + 1, port.name, at, subnet.switchNames)
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
