import type { FabricHost, FabricSwitch, HostRail, SwitchPort } from '../../protocol/fabric.ts'
import { switchLevels } from '../../protocol/fabric.ts'
import type { FabricDump, FabricNode, FabricPort } from '../../protocol/fabric-dump.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import { crossedRails, type LeafRail, leafRails } from './leaf-rails.ts'
import { levelsOf } from './levels.ts'
import { adapterName, isAggregationNode, switchName } from './node-description.ts'
import { portsByHost } from './rails.ts'
import { slowLinks } from './slow-links.ts'

/** A port of an adapter, and the switch it is linked to. */
export interface AdapterPort {
  readonly nodeGuid: string
  readonly portGuid: string | null
  readonly number: number
  /** Name of the port at its host; null: the adapter does not say whose it is. */
  readonly name: string | null
  readonly host: string | null
  /** Null: linked to no switch. */
  readonly leafId: string | null
  readonly leafPort: string | null
  readonly linkSpeedBitsPerSecond: number | null
}

/** One InfiniBand subnet: who is in it and how it hangs together. */
export interface Subnet {
  readonly name: string
  readonly switches: readonly FabricSwitch[]
  /** By id. */
  readonly switchNames: ReadonlyMap<string, string>
  readonly hosts: readonly FabricHost[]
  readonly ports: readonly AdapterPort[]
  /** Ports by {@link portKeys}: machines are looked up in subnets of 100,000 ports. */
  readonly portsByKey: ReadonlyMap<string, AdapterPort>
  readonly hostsByName: ReadonlyMap<string, FabricHost>
  /** The rail that each leaf is built for, by its id. */
  readonly leafRails: ReadonlyMap<string, LeafRail>
  readonly findings: readonly Finding[]
}

/** The topology that a dump describes. The same dump gives the same topology. */
export function subnetOf(name: string, dump: FabricDump): Subnet {
  const switches = dump.nodes.filter(({ kind }) => kind === 'switch')
  const boxes = new Set(switches.flatMap(({ systemImageGuid }) => systemImageGuid ?? []))
  // An aggregation node (SHARP) is a part of its switch and no host.
  const adapters = dump.nodes.filter(
    ({ kind, systemImageGuid, description }) =>
      kind === 'adapter' &&
      !isAggregationNode(description) &&
      (systemImageGuid === null || !boxes.has(systemImageGuid)),
  )
  const { ports, findings } = portsOf(adapters)
  const linked = switchesOf(name, switches, ports)
  const switchNames = new Map(linked.map((one) => [one.id, one.name]))
  const hosts = hostsOf(name, ports, switchNames)
  const rails = railsByLeaf(hosts)
  const built = leafRails(hosts)
  return {
    name,
    switches: linked.map((one) => ({ ...one, rails: rails.get(one.id) ?? [] })),
    switchNames,
    hosts,
    ports,
    portsByKey: new Map(ports.flatMap((port) => portKeys(port).map((key) => [key, port]))),
    hostsByName: new Map(hosts.flatMap((host) => (host.name === null ? [] : [[host.name, host]]))),
    leafRails: built,
    findings: [...dump.findings, ...findings, ...crossedRails(hosts, built), ...slowLinks(linked)],
  }
}

/** What a port is found by: its own GUID, and that of its node with its number. */
export function portKeys(port: {
  readonly nodeGuid: string | null
  readonly portGuid: string | null
  readonly number: number
}): readonly string[] {
  const { nodeGuid, portGuid, number } = port
  return [
    ...(portGuid === null ? [] : [portGuid]),
    ...(nodeGuid === null ? [] : [`${nodeGuid}/${number}`]),
  ]
}

/** Every linked port, with its name where the name tells one host from all others. */
function portsOf(adapters: readonly FabricNode[]): {
  readonly ports: readonly AdapterPort[]
  readonly findings: readonly Finding[]
} {
  const ports = adapters.flatMap((adapter) => {
    const named = adapterName(adapter.description)
    return adapter.ports.map(({ number, guid, peer, linkSpeedBitsPerSecond }): AdapterPort => {
      const toSwitch = peer.kind === 'switch'
      return {
        nodeGuid: adapter.guid,
        portGuid: guid,
        number,
        name: named === null ? null : portName(named.device, number, adapter.portCount),
        host: named?.host ?? null,
        leafId: toSwitch ? peer.guid : null,
        leafPort: toSwitch ? String(peer.port) : null,
        linkSpeedBitsPerSecond,
      }
    })
  })
  const shared = sharedNames(ports)
  return {
    ports: ports.map((port) =>
      port.host !== null && shared.has(port.host) ? { ...port, host: null, name: null } : port,
    ),
    findings: [...shared].toSorted().map((host) => ({
      code: 'fabric.shared-name',
      severity: 'warning' as const,
      subject: host.slice(0, 128),
      message: `Several machines call themselves '${host}': their adapters cannot be told apart by name`,
    })),
  }
}

/** A port's name at its host: that of the device, with the number where the device has several. */
export function portName(device: string, number: number, portCount: number): string {
  return portCount > 1 ? `${device}/${number}` : device
}

/** Hosts of which some port is there twice. */
function sharedNames(ports: readonly AdapterPort[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const { host, name } of ports) {
    if (host === null) continue
    const key = `${host} ${name}`
    if (seen.has(key)) shared.add(host)
    seen.add(key)
  }
  return shared
}

function switchesOf(
  source: string,
  nodes: readonly FabricNode[],
  ports: readonly AdapterPort[],
): readonly FabricSwitch[] {
  const hostLinks = countBy(ports.flatMap(({ leafId }) => leafId ?? []))
  const linked = nodes.map((node) => {
    const peers = node.ports.flatMap(({ peer }) => (peer.kind === 'switch' ? [peer.guid] : []))
    const switches = [...countBy(peers)]
      .map(([id, linkCount]) => ({ id, linkCount }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    return { id: node.guid, hostLinkCount: hostLinks.get(node.guid) ?? 0, switches, node }
  })
  const levels = levelsOf(linked)
  const byEnd = new Map(ports.map((port) => [`${port.nodeGuid}/${port.number}`, port]))
  const names = countBy(nodes.map(({ description }) => switchName(description).name))
  return linked
    .map(({ id, hostLinkCount, switches, node }): FabricSwitch => {
      const { name, model, chip } = switchName(node.description)
      const isShared = (names.get(name) ?? 0) > 1
      const level = levels.get(id)
      return {
        id,
        network: 'infiniband',
        source,
        name: isShared ? `${name} ${chip ?? id}` : name,
        model,
        level: level === undefined ? null : (switchLevels[level - 1] ?? 'core'),
        rails: [],
        hostLinkCount,
        switches,
        ports: node.ports.flatMap((port) => switchPort(port, byEnd) ?? []),
      }
    })
    .toSorted((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1))
}

/** Null for a port to what is no host: an aggregation node, a router. */
function switchPort(
  { number, peer, linkSpeedBitsPerSecond }: FabricPort,
  adapters: ReadonlyMap<string, AdapterPort>,
): SwitchPort | null {
  const port = String(number)
  if (peer.kind === 'switch') {
    const far = { kind: 'switch', id: peer.guid, port: String(peer.port) } as const
    return { port, peer: far, linkSpeedBitsPerSecond }
  }
  const adapter = adapters.get(`${peer.guid}/${peer.port}`)
  if (adapter === undefined) return null
  const { host: name, name: own, nodeGuid } = adapter
  const far = { kind: 'host', name, machineId: null, port: own, nodeGuid } as const
  return { port, peer: far, linkSpeedBitsPerSecond }
}

function hostsOf(
  source: string,
  ports: readonly AdapterPort[],
  leafNames: ReadonlyMap<string, string>,
): readonly FabricHost[] {
  const byHost = new Map<string, Map<string, AdapterPort>>()
  for (const port of ports) {
    if (port.host === null || port.name === null) continue
    const own = byHost.get(port.host) ?? new Map<string, AdapterPort>()
    byHost.set(port.host, own.set(port.name, port))
  }
  const wanted = portsByHost(new Map([...byHost].map(([host, own]) => [host, [...own.keys()]])))
  return [...byHost]
    .map(([name, own]): FabricHost => {
      const rails = (wanted.get(name) ?? []).map((port, index) =>
        railOf(index + 1, port, own.get(port) ?? null, leafNames),
      )
      return { network: 'infiniband', source, name, machineId: null, rack: null, rails }
    })
    .toSorted((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1))
}

/** A rail of a host; without a port, one whose link was not seen. */
export function railOf(
  rail: number,
  name: string | null,
  port: AdapterPort | null,
  leafNames: ReadonlyMap<string, string>,
): HostRail {
  const leafId = port?.leafId ?? null
  return {
    rail,
    port: name,
    leafId,
    leafName: leafId === null ? null : (leafNames.get(leafId) ?? leafId),
    leafPort: port?.leafPort ?? null,
    linkSpeedBitsPerSecond: port?.linkSpeedBitsPerSecond ?? null,
  }
}

/** Which rails hang on each leaf, ascending. */
export function railsByLeaf(hosts: readonly FabricHost[]): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, Set<number>>()
  for (const { rail, leafId } of hosts.flatMap(({ rails }) => rails)) {
    if (leafId !== null) found.set(leafId, (found.get(leafId) ?? new Set()).add(rail))
  }
  return new Map([...found].map(([id, rails]) => [id, [...rails].toSorted((a, b) => a - b)]))
}

function countBy(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
