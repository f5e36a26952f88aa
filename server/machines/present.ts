import type { MachineDetail, MachineSummary } from '../../protocol/api.ts'
import { presentDeployment } from '../allocation/present.ts'
import { emptyInventory } from '../../protocol/facts/inventory.ts'
import { withMachineFindings } from '../inventory/findings/machine-findings.ts'
import type { Domain } from '../domain.ts'
import type { LiveAgents } from '../sessions/live-agents.ts'
import type { MachineRecord } from '../store/records.ts'
import { reasonOf } from './erase-due.ts'

/** Rows of a machine's history that its page shows. */
const shownRows = 200

/** A machine as lists and events show it: what is kept, and what only its agent knows right now. */
export function presentMachine(record: MachineRecord, live: LiveAgents): MachineSummary {
  const agent = live.get(record.id)
  return {
    id: record.id,
    name: record.name,
    state: record.state,
    flags: [...record.flags],
    reason: reasonOf(record),
    connected: record.goneSinceMs === null && record.sessionId !== null,
    phase: record.phase,
    lastSeenAtMs: agent?.lastSeenAtMs ?? record.lastSeenAtMs,
    address: record.address,
    labels: record.labels,
    shape: record.shape,
    claims: record.claims,
    attributes: record.attributes,
    allocationId: record.allocationId,
    fencingToken: record.fencingToken,
    generation: record.generation,
    activity: agent?.activity ?? null,
    telemetry: agent?.telemetry ?? null,
    running: record.running,
    createdAtMs: record.createdAtMs,
  }
}

/** All that is known of a machine. */
export async function presentMachineDetail(
  { store, live }: Pick<Domain, 'store' | 'live'>,
  record: MachineRecord,
): Promise<MachineDetail> {
  const { id, inspectionId } = record
  const inspections = await store.inspections(id)
  const inventory = inspectionId === null ? emptyInventory : await store.inventory(inspectionId)
  const deployments = await store.deployments(id)
  return {
    ...presentMachine(record, live),
    inventory: inspectionId === null ? {} : { ...inventory },
    findings:
      inspectionId === null
        ? []
        : [...withMachineFindings(await store.findings(inspectionId), inventory)],
    results: inspectionId === null ? [] : [...(await store.results(inspectionId))],
    phases: [...(await store.phases(id, shownRows))],
    deployments: deployments.map((deployment) => presentDeployment(deployment, live)),
    inspections: inspections.map(({ id, startedAtMs, endedAtMs }) => ({
      id,
      startedAtMs,
      endedAtMs,
    })),
    log: [...(await store.logLines(id, shownRows))],
  }
}
