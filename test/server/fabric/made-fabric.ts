import { z } from 'zod'
import { type Inventory, emptyInventory, parseFacts } from '../../../protocol/facts/inventory.ts'
import { neighborsFacts } from '../../../protocol/facts/neighbors.ts'
import { nicFacts } from '../../../protocol/facts/nic.ts'
import { blankFacts, blankItem } from '../../protocol/facts/blank.ts'

/** A chip of a made fabric and what each of its ports is linked to. */
interface MadeNode {
  readonly kind: 'S' | 'H'
  readonly guid: string
  readonly box: string
  readonly description: string
  readonly links: { readonly to: string; readonly port: number }[]
}

/** A made InfiniBand subnet, printed as ibnetdiscover prints it. */
export class MadeFabric {
  readonly #nodes = new Map<string, MadeNode>()

  /** A switch, by a name that is its description too. */
  switch(name: string, description = `MF0;${name}:MQM9700/U1`): this {
    const guid = switchGuid(name)
    this.#nodes.set(guid, { kind: 'S', guid, box: guid, description, links: [] })
    return this
  }

  /** An adapter with a cable to a switch, `node1 mlx5_0`; `box` where it sits in another one. */
  adapter(description: string, to: string, guid = adapterGuid(description), box = guid): this {
    this.#nodes.set(guid, { kind: 'H', guid, box, description, links: [] })
    return this.#link(guid, switchGuid(to))
  }

  /** Cables between two switches. */
  cables(from: string, to: string, count = 1): this {
    for (let cable = 0; cable < count; cable++) this.#link(switchGuid(from), switchGuid(to))
    return this
  }

  toString(): string {
    return [
      '#\n# Topology file: generated on Wed Aug  6 16:11:23 2025\n#',
      ...[...this.#nodes.values()].map((node) => this.#text(node)),
    ].join('\n')
  }

  #link(a: string, b: string): this {
    const [from, to] = [this.#nodes.get(a), this.#nodes.get(b)]
    if (from === undefined || to === undefined) throw new Error('no such node')
    const [fromPort, toPort] = [from.links.length + 1, to.links.length + 1]
    from.links.push({ to: b, port: toPort })
    to.links.push({ to: a, port: fromPort })
    return this
  }

  #text({ kind, guid, box, description, links }: MadeNode): string {
    const isSwitch = kind === 'S'
    const head = [
      `\nvendid=0x2c9\ndevid=0x${isSwitch ? 'd2f2' : '1021'}\nsysimgguid=0x${box}`,
      isSwitch ? `switchguid=0x${guid}(${guid})` : `caguid=0x${guid}`,
      isSwitch
        ? `Switch\t64 "S-${guid}"\t\t# "${description}" enhanced port 0 lid 1 lmc 0`
        : `Ca\t1 "H-${guid}"\t\t# "${description}"`,
    ]
    return [...head, ...links.map((link, index) => this.#port(isSwitch, guid, link, index))].join(
      '\n',
    )
  }

  #port(isSwitch: boolean, guid: string, link: MadeNode['links'][number], index: number) {
    const peer = this.#nodes.get(link.to)
    if (peer === undefined) throw new Error('no such node')
    const far = `"${peer.kind}-${peer.guid}"[${link.port}]`
    return isSwitch
      ? `[${index + 1}]\t${far}${peer.kind === 'H' ? `(${peer.guid}) ` : ''}\t\t# "${peer.description}" lid 2 4xNDR`
      : `[${index + 1}](${guid}) \t${far}\t\t# lid 2 lmc 0 "${peer.description}" lid 1 4xNDR`
  }
}

/** Rails of `leaves` leaf switches each, hosts `node1`, `node2`, ... on one leaf per rail. */
export function railFabric(rails: number, hosts: number): MadeFabric {
  const fabric = new MadeFabric().switch('spine-1').switch('spine-2')
  for (let rail = 1; rail <= rails; rail++) {
    fabric.switch(`leaf-${rail}`).cables(`leaf-${rail}`, 'spine-1', 2)
    fabric.cables(`leaf-${rail}`, 'spine-2', 2)
    for (let host = 1; host <= hosts; host++) {
      fabric.adapter(`node${host} mlx5_${rail - 1}`, `leaf-${rail}`)
    }
  }
  return fabric
}

export const switchGuid = (name: string) => guidOf('5', name)
export const adapterGuid = (description: string) => guidOf('a', description)

function guidOf(first: string, name: string): string {
  return first + Bun.hash(name).toString(16).padStart(16, '0').slice(0, 15)
}

/** A machine with InfiniBand adapters of these GUIDs, `mlx5_0`, `mlx5_1`, ... */
export function infinibandMachine(guids: readonly string[]): Inventory {
  const rdmaDevices = guids.map((nodeGuid, index) => ({
    ...blankItem(nicFacts.shape.rdmaDevices),
    name: `mlx5_${index}`,
    nodeGuid,
    pciAddress: `0000:${(0x10 + index).toString(16)}:00.0`,
    ports: [
      {
        ...blankItem(nicFacts.shape.rdmaDevices.element.shape.ports),
        number: 1,
        linkLayer: 'infiniband',
        gids: [{ index: 0, gid: `fe80000000000000${nodeGuid}`, type: 'ib', interface: null }],
      },
    ],
  }))
  return { ...emptyInventory, nic: parseFacts('nic', { ...blankFacts('nic'), rdmaDevices }) }
}

/** What an Ethernet port of a made machine is, and which switch it hears. */
export interface MadePort {
  readonly name: string
  readonly linkSpeedBitsPerSecond: number | null
  readonly hears: string | null
  readonly rdma?: boolean
  readonly capabilities?: readonly string[]
}

/** A machine with Ethernet ports in the order of their slots. */
export function ethernetMachine(ports: readonly MadePort[]): Inventory {
  const interfaces = ports.map(({ name, linkSpeedBitsPerSecond, rdma = false }, index) => ({
    ...blankItem(nicFacts.shape.interfaces),
    name,
    linkType: 'ethernet',
    linkSpeedBitsPerSecond,
    driver: (linkSpeedBitsPerSecond ?? 0) < 50e9 && !rdma ? 'igb' : 'mlx5_core',
    pciAddress: `0000:${(0x10 + index).toString(16)}:00.0`,
    rdmaDevices: rdma ? [`rocep${index}`] : [],
  }))
  const heard = ports.map(({ name, hears, capabilities = ['bridge'] }) => ({
    interface: name,
    mac: null,
    neighbors: hears === null ? [] : [neighborNamed(hears, capabilities)],
  }))
  return {
    ...emptyInventory,
    nic: parseFacts('nic', { ...blankFacts('nic'), interfaces }),
    neighbors: parseFacts('neighbors', { settled: true, ports: heard }),
  }
}

/** What a switch of that name says of itself by LLDP. */
export function neighborNamed(name: string, capabilities: readonly string[] = ['bridge']) {
  return {
    ...blankItem(z.array(neighborsFacts.shape.ports.element.shape.neighbors.element)),
    protocol: 'lldp' as const,
    chassisId: `chassis-${name}`,
    chassisIdKind: 'local',
    portId: 'Ethernet1/1',
    portIdKind: 'interface-name',
    systemName: name,
    capabilities,
    timeToLiveSeconds: 120,
  }
}
