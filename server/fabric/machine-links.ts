import type { FabricHost, HostRail } from '../../protocol/fabric.ts'
import type { Inventory } from '../../protocol/facts/inventory.ts'
import type { Neighbor } from '../../protocol/facts/neighbors.ts'
import { ethernetRails, infinibandPorts, type MachinePort } from './machine-ports.ts'

/** What of a machine's facts says where it is in a fabric: little, of facts that are many. */
export interface MachineLinks {
  /** In the order of its slots. */
  readonly infiniband: readonly MachinePort[]
  /** Its rails in the Ethernet that it hears; null where it hears nobody at the ports that are its rails. */
  readonly ethernet: FabricHost | null
  /** Switches at all of its ports. */
  readonly heard: readonly HeardSwitch[]
}

/** A switch that a machine hears at one of its ports, as it calls itself. */
export interface HeardSwitch {
  readonly id: string
  readonly name: string
  readonly model: string | null
  /** The switch's name of its port. */
  readonly port: string | null
  /** The machine's name of its port. */
  readonly interface: string
  readonly linkSpeedBitsPerSecond: number | null
}

/** The links of a machine with these facts. */
export function linksOf(inventory: Inventory): MachineLinks {
  return {
    infiniband: infinibandPorts(inventory),
    ethernet: ethernetPlace(inventory),
    heard: heardSwitches(inventory),
  }
}

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
  return { network: 'ethernet', source: null, name: null, machineId: null, rack: null, rails }
}

function heardSwitches({ neighbors, nic }: Inventory): readonly HeardSwitch[] {
  return (neighbors?.ports ?? []).flatMap((port) => {
    const found = switchAmong(port.neighbors)
    if (found === null) return []
    const own = nic?.interfaces.find(({ name }) => name === port.interface)
    const linkSpeedBitsPerSecond = own?.linkSpeedBitsPerSecond ?? null
    return [{ ...found, interface: port.interface, linkSpeedBitsPerSecond }]
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
function switchAmong(
  neighbors: readonly Neighbor[],
): Pick<HeardSwitch, 'id' | 'name' | 'model' | 'port'> | null {
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
