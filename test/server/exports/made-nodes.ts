import { emptyInventory, type Inventory } from '../../../protocol/facts/inventory.ts'
import type { ExportAllocation, ExportNode } from '../../../server/exports/export-node.ts'
import { rackMachine } from '../web/rack-machine.ts'

/** A server of two sockets, two GPUs, two ports and NVMe disks, in an allocation. */
export function madeNode(n: number, changes: Partial<ExportNode> = {}): ExportNode {
  return {
    machineId: `machine-${n}`,
    host: `n-${String(n).padStart(2, '0')}`,
    toldHost: null,
    role: 'trainer',
    shape: 'cafe01234567',
    labels: {},
    leaves: null,
    inventoryRevision: 3,
    inventory: rackInventory(n),
    ...changes,
  }
}

export function rackInventory(n: number): Inventory {
  let inventory: Inventory = emptyInventory
  for (const { class: name, facts } of rackMachine(n).facts) {
    inventory = { ...inventory, [name]: facts }
  }
  return inventory
}

export function madeAllocation(nodes: readonly ExportNode[]): ExportAllocation {
  return { id: '0193c0de-0000-7000-8000-000000000001', owner: 'ci', nodes }
}

/** The machine with its GPUs in an NVLink domain. */
export function inDomain(node: ExportNode, clusterUuid: string, cliqueId: number): ExportNode {
  const { gpu } = node.inventory
  if (gpu === null) return node
  const gpus = gpu.gpus.map((one) => ({
    ...one,
    management:
      one.management === null
        ? null
        : {
            ...one.management,
            fabric: { state: 'completed' as const, status: 'Success', cliqueId, clusterUuid },
          },
  }))
  return { ...node, inventory: { ...node.inventory, gpu: { ...gpu, gpus } } }
}
