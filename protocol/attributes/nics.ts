import type { Inventory } from '../facts/inventory.ts'
import type { Neighbor } from '../facts/neighbors.ts'
import type { NetworkInterface, NicFacts } from '../facts/nic.ts'
import type { FibreChannelHost, RdmaDevice, RdmaPort } from '../facts/rdma.ts'
import {
  type AttributeDefinition,
  bool,
  int,
  list,
  type MachineRecord,
  of,
  quantity,
  set,
  string,
  version,
} from './definition.ts'
import { largest, someKnown } from './readings.ts'

/** An interface, the ids of the PCI function it is on, and who is at the other end of its cable. */
interface PlacedInterface {
  readonly nic: NetworkInterface
  /** `15b3:101d`; null where it is on no PCI function that is known. */
  readonly device: string | null
  readonly neighbors: readonly Neighbor[]
}

interface PlacedPort {
  readonly device: RdmaDevice
  readonly port: RdmaPort
}

const device = { source: 'nic', level: 'device' } as const
const deviceState = { ...device, nature: 'state' } as const
const identity = { ...device, nature: 'identity' } as const
const link = { source: 'nic', level: 'link', nature: 'state' } as const

const nicFields: readonly AttributeDefinition<PlacedInterface>[] = [
  string('mac', { ...identity, description: 'Hardware address' }, ({ nic }) => nic.mac),
  string('driver', { ...device, description: 'Kernel driver' }, ({ nic }) => nic.driver),
  string(
    'linkType',
    { ...device, description: 'ethernet, infiniband or other' },
    ({ nic }) => nic.linkType,
  ),
  string('name', { ...deviceState, description: "The kernel's name" }, ({ nic }) => nic.name),
  string(
    'device',
    { ...deviceState, description: 'PCI ids, `15b3:101d`' },
    ({ device: ids }) => ids ?? undefined,
  ),
  version(
    'firmware',
    { ...deviceState, description: 'Firmware version' },
    ({ nic }) => nic.firmwareVersion ?? undefined,
  ),
  quantity(
    'linkSpeed',
    'bit/s',
    { ...link, description: 'Speed of the link now' },
    ({ nic }) => nic.linkSpeedBitsPerSecond ?? undefined,
  ),
  quantity(
    'speedMax',
    'bit/s',
    { ...deviceState, description: 'Speed of the fastest mode it supports' },
    ({ nic }) => fastestMode(nic),
  ),
  bool('carrier', { ...link, description: 'The link is up' }, ({ nic }) => {
    return nic.carrier ?? undefined
  }),
  bool(
    'rdma',
    { ...deviceState, description: 'An RDMA device is on the same function' },
    ({ nic }) => nic.rdmaDevices.length > 0,
  ),
  string(
    'port',
    { ...deviceState, description: 'twisted-pair, fibre, direct-attach' },
    ({ nic }) => nic.port ?? undefined,
  ),
  string('module', { ...link, description: 'Maker and part of the transceiver' }, ({ nic }) => {
    if (nic.module === null) return undefined
    const words = [nic.module.vendor, nic.module.partNumber].filter((word) => word !== null)
    return words.length === 0 ? undefined : words.join(' ')
  }),
  string(
    'moduleSerial',
    { ...identity, description: 'Serial number of the transceiver' },
    ({ nic }) => nic.module?.serial ?? undefined,
  ),
  set(
    'neighbors',
    { ...link, description: 'Switches at the other end, as they name themselves by LLDP or CDP' },
    ({ neighbors }) => named(neighbors, ({ systemName, chassisId }) => systemName ?? chassisId),
  ),
  set('neighborPorts', { ...link, description: 'Ports of theirs' }, ({ neighbors }) =>
    named(neighbors, ({ portId, portDescription }) => portId ?? portDescription),
  ),
  string(
    'master',
    { ...link, description: 'Bond or bridge it is a part of' },
    ({ nic }) => nic.master,
  ),
  int('numaNode', { ...device, description: 'NUMA node' }, ({ nic }) => nic.numaNode),
  int(
    'virtualFunctions',
    { ...device, description: 'SR-IOV virtual functions it can have' },
    ({ nic }) => nic.sriov?.totalVirtualFunctionCount ?? null,
  ),
]

const rdmaFields: readonly AttributeDefinition<PlacedPort>[] = [
  string('device', { ...deviceState, description: 'Name, `mlx5_0`' }, (one) => one.device.name),
  int('port', { ...deviceState, description: 'Number, from 1' }, ({ port }) => port.number),
  string(
    'model',
    { ...deviceState, description: 'Model as its driver calls it, `MT4129`' },
    (one) => one.device.hcaType ?? undefined,
  ),
  string(
    'boardId',
    { ...deviceState, description: 'PSID: which firmware image fits' },
    (one) => one.device.boardId ?? undefined,
  ),
  version(
    'firmware',
    { ...deviceState, description: 'Firmware version' },
    (one) => one.device.firmwareVersion ?? undefined,
  ),
  string(
    'guid',
    { ...identity, description: 'GUID of the device' },
    (one) => one.device.nodeGuid ?? undefined,
  ),
  string('state', { ...link, description: 'active, init, down' }, ({ port }) => {
    return port.state ?? undefined
  }),
  string('linkLayer', { ...link, description: 'infiniband or ethernet' }, ({ port }) => {
    return port.linkLayer ?? undefined
  }),
  quantity('rate', 'bit/s', { ...link, description: 'Rate of the link now' }, ({ port }) => {
    return port.rateBitsPerSecond ?? undefined
  }),
  string(
    'subnet',
    { ...link, description: 'InfiniBand subnet prefix; none on Ethernet' },
    ({ port }) => port.subnetPrefix,
  ),
]

const fibreChannelFields: readonly AttributeDefinition<FibreChannelHost>[] = [
  string('wwpn', { ...identity, description: 'World wide port name' }, (host) => host.wwpn),
  string('driver', { ...deviceState, description: 'Kernel driver' }, (host) => host.driver),
  string('state', { ...link, description: 'Online, Linkdown' }, (host) => {
    return host.portState ?? undefined
  }),
  quantity('linkSpeed', 'bit/s', { ...link, description: 'Speed of the link now' }, (host) => {
    return host.linkSpeedBitsPerSecond ?? undefined
  }),
]

const state = { source: 'nic', nature: 'state' } as const

/** Network interfaces, RDMA and Fibre Channel ports: as totals and one by one. */
export const nicAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  int(
    'nic.count',
    { source: 'nic', description: 'Network interfaces' },
    of('nic', (facts) => facts.interfaces.length),
  ),
  quantity(
    'nic.speedMax',
    'bit/s',
    { ...state, level: 'link', description: 'Speed of the fastest link' },
    of('nic', ({ interfaces }) =>
      interfaces.length === 0
        ? null
        : largest(interfaces.map((each) => each.linkSpeedBitsPerSecond)),
    ),
  ),
  int(
    'nic.linksUp',
    { ...state, level: 'link', description: 'Network interfaces with a link' },
    of('nic', ({ interfaces }) => interfaces.filter(({ carrier }) => carrier === true).length),
  ),
  set(
    'nic.drivers',
    { ...state, description: 'Drivers of the network interfaces: mlx5_core, ice' },
    of('nic', ({ interfaces }) => interfaces.flatMap(({ driver }) => driver ?? [])),
  ),
  set(
    'nic.firmware',
    { ...state, description: 'Firmware versions of the network interfaces' },
    of('nic', ({ interfaces }) => someKnown(interfaces.map((each) => each.firmwareVersion))),
  ),
  list('nics', { source: 'nic', description: 'Every network interface' }, nicFields, placed),
  int(
    'rdma.count',
    { ...state, description: 'RDMA ports: InfiniBand, RoCE, iWARP' },
    of('nic', (facts) => rdmaPorts(facts).length),
  ),
  int(
    'rdma.active',
    { ...state, level: 'link', description: 'RDMA ports whose link is active' },
    of('nic', (facts) => rdmaPorts(facts).filter(({ port }) => port.state === 'active').length),
  ),
  quantity(
    'rdma.rateMax',
    'bit/s',
    { ...state, level: 'link', description: 'Rate of the fastest RDMA port' },
    of('nic', (facts) => {
      const ports = rdmaPorts(facts)
      return ports.length === 0 ? null : largest(ports.map(({ port }) => port.rateBitsPerSecond))
    }),
  ),
  list('rdmaPorts', { ...state, description: 'Every RDMA port' }, rdmaFields, of('nic', rdmaPorts)),
  list(
    'fibreChannelPorts',
    { ...state, description: 'Every Fibre Channel port' },
    fibreChannelFields,
    of('nic', (facts) => facts.fibreChannelHosts),
  ),
]

function placed({ inventory }: MachineRecord): readonly PlacedInterface[] | undefined {
  return inventory.nic?.interfaces.map((nic) => ({
    nic,
    device: pciIds(inventory, nic),
    neighbors:
      inventory.neighbors?.ports.find((port) => port.interface === nic.name)?.neighbors ?? [],
  }))
}

function pciIds({ pci }: Inventory, { pciAddress }: NetworkInterface): string | null {
  const found = pci?.functions.find(({ address }) => address === pciAddress)
  return found === undefined ? null : `${found.vendorId}:${found.deviceId}`
}

/** Not known where nobody spoke: that is no port without a cable. */
function named(
  neighbors: readonly Neighbor[],
  read: (neighbor: Neighbor) => string | null,
): readonly string[] | undefined {
  const names = neighbors.flatMap((one) => read(one) ?? [])
  return names.length === 0 ? undefined : names
}

/** The kernel's names of modes begin with their rate: `100000baseSR4/Full`. */
function fastestMode({ linkModes }: NetworkInterface): number | undefined {
  const rates = (linkModes?.supported ?? []).map((mode) => {
    const [, megabits] = /^(\d+)base/.exec(mode) ?? []
    return megabits === undefined ? null : Number(megabits) * 1e6
  })
  return largest(rates)
}

function rdmaPorts({ rdmaDevices }: NicFacts): readonly PlacedPort[] {
  return rdmaDevices.flatMap((one) => one.ports.map((port) => ({ device: one, port })))
}
