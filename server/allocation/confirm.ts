import type { Domain } from '../domain.ts'
import { stepMachine, woken } from '../machines/machine-record.ts'
import type { AllocationRecord } from '../store/records.ts'
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
    if (image === null) {
      members.push(member)
      continue
    }
    const deployment = work.deployments.insert({
      id: domain.random.uuid(),
      generation: 1,
      machineId: member.machineId,
      allocationId: confirmed.id,
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
    const machine = await work.machines.get(member.machineId)
    const deploying = { ...stepMachine(machine, 'deploy', nowMs), deploymentId: deployment.id }
    work.machines.update(woken({ ...deploying, running: null }, nowMs))
    work.after(() => domain.poke(member.machineId))
    members.push({ ...member, deploymentId: deployment.id })
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
