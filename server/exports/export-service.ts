import { AppError } from '../../protocol/errors.ts'
import type { Export, ExportFile, ExportFormat, SlurmTopology } from '../../protocol/exports.ts'
import { emptyInventory } from '../../protocol/facts/inventory.ts'
import { hostnameOf } from '../deployment/begin-attempt.ts'
import type { Domain } from '../domain.ts'
import { fabricOfMachine } from '../fabric/known-fabric.ts'
import type { AllocationRecord, MachineRecord } from '../store/records.ts'
import type { ExportAllocation, ExportNode } from './export-node.ts'
import { leavesOn } from './topology.ts'
import { labelFiles } from './kubernetes/node-labels.ts'
import { resourceSliceFiles } from './kubernetes/resource-slices.ts'
import { slurmFiles } from './slurm/slurm.ts'

/** Allocations in the words of schedulers. */
export interface ExportService {
  /** Throws `not-found`, and `conflict` for an allocation that holds no machine. */
  export(allocationId: string, format: ExportFormat, topology: SlurmTopology): Promise<Export>
}

/** See {@link ExportService}. */
export function exportService(domain: Domain): ExportService {
  return {
    async export(id, format, topology) {
      const record = await domain.store.allocation(id)
      if (record === null) throw new AppError('not-found', `no allocation has the id '${id}'`)
      const allocation = await readAllocation(domain, record)
      return { format, files: filesOf(allocation, format, topology) }
    },
  }
}

function filesOf(
  allocation: ExportAllocation,
  format: ExportFormat,
  topology: SlurmTopology,
): readonly ExportFile[] {
  switch (format) {
    case 'slurm':
      return slurmFiles(allocation, topology)
    case 'kubernetes-labels':
      return labelFiles(allocation)
    case 'dra':
      return resourceSliceFiles(allocation)
  }
}

async function readAllocation(
  domain: Domain,
  { id, owner, state, members }: AllocationRecord,
): Promise<ExportAllocation> {
  const held = members.filter((member) => member.held)
  if (held.length === 0) {
    throw new AppError('conflict', `allocation '${id}' is '${state}', it holds no machine`)
  }
  const nodes: ExportNode[] = []
  for (const { machineId, role } of held) {
    const machine = await domain.store.machine(machineId)
    if (machine !== null) nodes.push(await readNode(domain, machine, role))
  }
  return { id, owner, nodes: nodes.toSorted((a, b) => (a.host < b.host ? -1 : 1)) }
}

async function readNode(
  { store }: Domain,
  machine: MachineRecord,
  role: string,
): Promise<ExportNode> {
  const { inspectionId, labels, shape, inventoryRevision } = machine
  const inventory = inspectionId === null ? emptyInventory : await store.inventory(inspectionId)
  return {
    machineId: machine.id,
    ...hostOf(machine),
    role,
    shape: shape?.id ?? null,
    labels,
    leaves: leavesOn((await fabricOfMachine(store, inventory))?.rails ?? []),
    inventoryRevision,
    inventory,
  }
}

const hostPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/**
 * What its written system called itself, where that is a host name; else the one it was given. A
 * system without a name calls itself `localhost`, as every other one does.
 */
function hostOf(machine: MachineRecord): Pick<ExportNode, 'host' | 'toldHost'> {
  const toldHost = machine.running?.hostname ?? ''
  const host = toldHost.toLowerCase()
  const isName = host.length <= 253 && hostPattern.test(host) && !/^localhost(\.|$)/.test(host)
  return isName ? { host, toldHost } : { host: hostnameOf(machine), toldHost: null }
}
