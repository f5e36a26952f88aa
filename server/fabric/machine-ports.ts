import type { Inventory } from '../../protocol/facts/inventory.ts'
import type { NetworkInterface, NicFacts } from '../../protocol/facts/nic.ts'
import type { RdmaDevice } from '../../protocol/facts/rdma.ts'
import { inOrder } from './rails.ts'
import { portName } from './topology.ts'

/** A port of a machine as the machine itself sees it. */
export interface MachinePort {
  readonly name: string
  readonly nodeGuid: string | null
  readonly number: number
  readonly portGuid: string | null
}

/** InfiniBand ports in the order of the machine's slots. */
export function infinibandPorts(inventory: Inventory): readonly MachinePort[] {
  const { nic } = inventory
  if (nic === null) return []
  const devices = nic.rdmaDevices.filter(({ ports }) =>
    ports.some(({ linkLayer }) => linkLayer === 'infiniband'),
  )
  const ports = devices.toSorted(bySlot).flatMap((device) =>
    device.ports
      .filter(({ linkLayer }) => linkLayer === 'infiniband')
      .map(({ number, gids }) => ({
        name: portName(device.name, number, device.ports.length),
        nodeGuid: device.nodeGuid,
        number,
        // The lower half of GID 0 (InfiniBand Architecture 1.4 §4.1.1).
        portGuid: gids.find(({ index }) => index === 0)?.gid.slice(16) ?? null,
      })),
  )
  return ports.length > 0 ? ports : ipOverInfiniband(nic)
}

/** Without RDMA devices the last 8 bytes of an interface's address are its port's GUID (RFC 4391). */
function ipOverInfiniband(nic: NicFacts): readonly MachinePort[] {
  return nic.interfaces
    .filter(({ linkType }) => linkType === 'infiniband')
    .toSorted(bySlot)
    .flatMap(({ name, mac, portIndex }) => {
      const digits = mac?.replaceAll(':', '') ?? ''
      return digits.length === 40
        ? [{ name, nodeGuid: null, number: (portIndex ?? 0) + 1, portGuid: digits.slice(24) }]
        : []
    })
}

/**
 * Ethernet interfaces that make the machine's rails: those of its fastest kind of adapter, RDMA before
 * others, in the order of their slots. Ports without a link are among them.
 */
export function ethernetRails(nic: NicFacts): readonly NetworkInterface[] {
  const ethernet = nic.interfaces.filter(({ linkType }) => linkType === 'ethernet')
  const rdma = ethernet.filter(({ rdmaDevices }) => rdmaDevices.length > 0)
  const candidates = rdma.length > 0 ? rdma : ethernet
  const [fastest] = candidates.toSorted((a, b) => speedOf(b) - speedOf(a) || bySlot(a, b))
  if (fastest === undefined || speedOf(fastest) === 0) return []
  const kind = kindOf(fastest, nic.rdmaDevices)
  return candidates.filter((one) => kindOf(one, nic.rdmaDevices) === kind).toSorted(bySlot)
}

function speedOf({ linkSpeedBitsPerSecond }: NetworkInterface): number {
  return linkSpeedBitsPerSecond ?? 0
}

function kindOf({ driver, rdmaDevices }: NetworkInterface, all: readonly RdmaDevice[]): string {
  const model = all.find(({ name }) => rdmaDevices.includes(name))?.hcaType ?? ''
  return `${driver} ${model}`
}

function bySlot(
  a: { readonly pciAddress: string | null; readonly name: string },
  b: { readonly pciAddress: string | null; readonly name: string },
): number {
  const [left, right] = [a.pciAddress ?? '', b.pciAddress ?? '']
  return left === right ? inOrder(a.name, b.name) : left < right ? -1 : 1
}
