import type { Domain } from '../domain.ts'
import { stepMachine, woken } from '../machines/machine-record.ts'
import type { AllocationRecord, DeploymentRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { rewoken, stepAllocation } from './allocation-record.ts'

/**
 * Turns a hold into a lease. With an image each machine gets a deployment and starts `deploying`;
 * without one the machines stay `allocated`, with their agent, for as long as the lease lasts.
 */
export async function confirmAllocation(
  domain: Domain,
  work: Work,
  reserved: AllocationRecord,
): Promise<AllocationRecord> {
  const nowMs = domain.clock.now()
  const confirmed = stepAllocation(reserved, 'confirm')
  const { image } = confirmed
  const members: AllocationRecord['members'][number][] = []
  for (const member of confirmed.members) {
    if (image === null || !member.held) {
      members.push(member)
      continue
    }
    const { id } = await beginDeployment(domain, work, confirmed.id, member.machineId, image)
    members.push({ ...member, deploymentId: id })
  }
  return work.allocations.update(
    rewoken({
      ...confirmed,
      members,
      holdUntilMs: null,
      leaseUntilMs: nowMs + confirmed.leaseSeconds * 1000,
    }),
  )
}

/** A held machine starts to be written with an image. Throws `conflict` where it is not idle. */
export async function beginDeployment(
  domain: Domain,
  work: Work,
  allocationId: string,
  machineId: string,
  image: DeploymentRecord['image'],
): Promise<DeploymentRecord> {
  const nowMs = domain.clock.now()
  const machine = await work.machines.get(machineId)
  const deploying = stepMachine(machine, 'deploy', nowMs)
  const deployment = work.deployments.insert({
    id: domain.random.uuid(),
    generation: 1,
    machineId,
    allocationId,
    state: 'waiting',
    attempt: 0,
    commandId: null,
    image,
    disk: null,
    reportTokenHash: null,
    error: null,
    startedAtMs: nowMs,
    notBeforeMs: nowMs,
    endedAtMs: null,
  })
  work.machines.update(woken({ ...deploying, deploymentId: deployment.id, running: null }, nowMs))
  work.after(() => domain.poke(machineId))
  return deployment
}
