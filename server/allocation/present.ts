import type { Allocation, Deployment } from '../../protocol/api.ts'
import type { QueuePlace } from '../../protocol/queue.ts'
import type { LiveAgents } from '../sessions/live-agents.ts'
import type { AllocationRecord, DeploymentRecord } from '../store/records.ts'
import { endsAtMs } from './allocation-record.ts'

/** An allocation as the API shows it; `deployments` are those its members name. */
export function presentAllocation(
  record: AllocationRecord,
  deployments: readonly Deployment[],
  queue: QueuePlace | null,
): Allocation {
  const { id, state, owner, tenant, priority, request, image, members, explanation } = record
  const isWaiting = state === 'pending' || state === 'queued'
  return {
    id,
    state,
    owner,
    tenant,
    priority,
    request,
    image,
    machines: members.map(({ machineId, role, fencingToken, deploymentId }) => ({
      machineId,
      role,
      fencingToken,
      deployment: deployments.find((deployment) => deployment.id === deploymentId) ?? null,
    })),
    explanation,
    createdAtMs: record.createdAtMs,
    holdUntilMs: record.holdUntilMs,
    leaseUntilMs: record.leaseUntilMs,
    endsAtMs: endsAtMs(record),
    waitUntilMs: isWaiting ? record.waitUntilMs : null,
    queue,
    reservationId: record.reservationId,
    error: record.error,
    generation: record.generation,
  }
}

/** A deployment as the API shows it: with the progress its agent last told, while it is there. */
export function presentDeployment(record: DeploymentRecord, live: LiveAgents): Deployment {
  const { id, machineId, allocationId, commandId, state, attempt, image, disk, error } = record
  const activity = live.get(machineId)?.activity ?? null
  const progress =
    activity?.kind === 'write' && activity.commandId === commandId ? activity.progress : null
  return {
    id,
    machineId,
    allocationId,
    commandId,
    state,
    attempt,
    image,
    disk,
    progress,
    error,
    startedAtMs: record.startedAtMs,
    endedAtMs: record.endedAtMs,
  }
}
