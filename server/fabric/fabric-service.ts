import { AppError, DecodeError, errorChain } from '../../protocol/errors.ts'
import type { Fabric, FabricHost, FabricImport, FabricSwitch } from '../../protocol/fabric.ts'
import { Turns } from '../turns.ts'
import type { Domain } from '../domain.ts'
import type { FabricService } from '../service.ts'
import type { MachineRecord } from '../store/records.ts'
import { keepSubnet, type KnownSubnet, knownSubnets, understand } from './known-fabric.ts'
import { LinkBook } from './link-book.ts'
import { machinePlaces } from './machine-fabric.ts'
import type { MachineLinks } from './machine-links.ts'
import { placeMachines } from './place-machines.ts'
import { railsByLeaf } from './topology.ts'

/** The fabric as it was imported and as machines hear it. */
export function fabricService(domain: Domain): FabricService {
  const { store, clock, log } = domain
  const book = new LinkBook(store)
  const turns = new Turns(clock)
  /** One after the other: each reads what all imports say by then. */
  let refreshing: Promise<void> = Promise.resolve()
  const refresh = () => {
    refreshing = refreshing
      .then(() => placeMachines(domain, book, turns))
      .catch((error: unknown) => {
        log.error('machines were not placed in the fabric', { error: errorChain(error) })
      })
  }
  return {
    async show() {
      const [subnets, machines] = await Promise.all([
        knownSubnets(store),
        linkedHosts(domain, book, turns),
      ])
      return fabricOf(subnets, machines)
    },
    async import(name, text, actor) {
      const before = (await store.fabricSources()).find((known) => known.name === name)
      // Each import of a name is later than the one before: that is how they are told apart.
      const importedAtMs = Math.max(clock.now(), (before?.importedAtMs ?? 0) + 1)
      const source = { name, importedAtMs, importedBy: actor }
      const known = understandOrRefuse(source, text)
      await store.putFabric(source, text)
      keepSubnet(store, known)
      log.info('fabric imported', { name, actor })
      refresh()
      return presentImport(known)
    },
    async remove(name, actor) {
      if (!(await store.removeFabric(name))) {
        throw new AppError('not-found', `no fabric was imported as '${name}'`)
      }
      log.info('fabric removed', { name, actor })
      refresh()
    },
    settled: () => refreshing,
  }
}

function understandOrRefuse(source: KnownSubnet['source'], text: string): KnownSubnet {
  try {
    return understand(source, text)
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    const detail = `fabric '${source.name}' is no output of ibnetdiscover: ${cause.message}`
    throw new AppError('unprocessable', detail, {}, { cause })
  }
}

function presentImport({ source, subnet }: KnownSubnet): FabricImport {
  const count = (level: FabricSwitch['level']) =>
    subnet.switches.filter((one) => one.level === level).length
  return {
    name: source.name,
    leafCount: count('leaf'),
    spineCount: count('spine'),
    coreCount: count('core'),
    hostCount: subnet.hosts.length,
    railCount: Math.max(0, ...subnet.hosts.map(({ rails }) => rails.length)),
    namelessAdapterCount: namelessAdapters(subnet.ports).size,
    findings: subnet.findings,
  }
}

function namelessAdapters(ports: KnownSubnet['subnet']['ports']): ReadonlySet<string> {
  return new Set(ports.flatMap(({ host, nodeGuid }) => (host === null ? [nodeGuid] : [])))
}

/** A machine with its links. */
export interface LinkedHost {
  readonly machine: Pick<MachineRecord, 'id' | 'name' | 'labels'>
  readonly links: MachineLinks
}

async function linkedHosts(
  { store }: Domain,
  book: LinkBook,
  turns: Turns,
): Promise<readonly LinkedHost[]> {
  const found: LinkedHost[] = []
  for (const machine of await store.machines()) {
    const links = await book.linksOf(machine)
    if (links !== null) found.push({ machine, links })
    await turns.give()
  }
  return found
}

/** One topology out of all that is known. */
export function fabricOf(known: readonly KnownSubnet[], machines: readonly LinkedHost[]): Fabric {
  const subnets = known.map(({ subnet }) => subnet)
  const places = machines.flatMap(({ machine, links }) =>
    machinePlaces(subnets, links).map((place) => ({
      ...place,
      machineId: machine.id,
      rack: machine.labels['rack'] ?? null,
    })),
  )
  const isTaken = new Set(places.map(keyOf))
  const others = subnets.flatMap(({ hosts }) => hosts.filter((host) => !isTaken.has(keyOf(host))))
  const owners = new Map(
    machines.flatMap(({ machine, links }) =>
      links.infiniband.map(({ nodeGuid }) => [nodeGuid, machine.id] as const),
    ),
  )
  return {
    sources: known.map(({ source, generatedAt, subnet }) => ({
      ...source,
      generatedAt,
      namelessAdapterCount: [...namelessAdapters(subnet.ports)].filter((guid) => !owners.has(guid))
        .length,
      findings: subnet.findings,
    })),
    switches: [
      ...subnets.flatMap(({ switches }) => switches.map((one) => withOwners(one, owners))),
      ...ethernetSwitches(machines, places),
    ],
    hosts: [...places, ...others],
  }
}

/** With the machines that its ports are linked to. */
function withOwners(one: FabricSwitch, owners: ReadonlyMap<string | null, string>): FabricSwitch {
  const ports = one.ports.map((port) => {
    if (port.peer.kind !== 'host') return port
    return { ...port, peer: { ...port.peer, machineId: owners.get(port.peer.nodeGuid) ?? null } }
  })
  return { ...one, ports }
}

function keyOf({ source, name, machineId }: FabricHost): string {
  return name === null ? `machine ${machineId}` : `${source} ${name}`
}

/** What machines hear at their ports: that they hang on it makes it a leaf. */
function ethernetSwitches(
  machines: readonly LinkedHost[],
  places: readonly FabricHost[],
): readonly FabricSwitch[] {
  const heard = machines.flatMap(({ machine, links }) =>
    links.heard.map((one) => ({ ...one, machine })),
  )
  const rails = railsByLeaf(places.filter(({ network }) => network === 'ethernet'))
  const byId = Map.groupBy(heard, ({ id }) => id)
  return [...byId]
    .map(([id, links]): FabricSwitch => {
      const said = links.find(({ name }) => name !== id) ?? links[0]
      return {
        id,
        network: 'ethernet',
        source: null,
        name: said?.name ?? id,
        model: links.find(({ model }) => model !== null)?.model ?? null,
        level: 'leaf',
        rails: [...(rails.get(id) ?? [])],
        hostLinkCount: links.length,
        switches: [],
        ports: links.map(({ machine, port, interface: own, linkSpeedBitsPerSecond }) => ({
          port: port ?? '',
          peer: {
            kind: 'host',
            name: machine.name,
            machineId: machine.id,
            port: own,
            nodeGuid: null,
          },
          linkSpeedBitsPerSecond,
        })),
      }
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
