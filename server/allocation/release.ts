import type { Domain } from '../domain.ts'
import { endDeployment } from '../deployment/end-deployment.ts'
import { stepMachine } from '../machines/machine-record.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { stepAllocation } from './allocation-record.ts'
import { leaveAllocation } from './leave.ts'

/**
 * Gives the machines of an allocation back, in one transaction with the release of their disks (P4)
 * and with fencing tokens that outrun every holder of an old one. A machine that was only held is
 * available at once. A confirmed one is `cleaning`: it boots the agent, is inspected and measured
 * again, and only then offered. Erasing its disks with proof is the work of a later issue; until
 * then the next image is written over what the last tenant left.
 */
export async function releaseAllocation(
  domain: Domain,
  work: Work,
  allocation: AllocationRecord,
  reason: string,
): Promise<AllocationRecord> {
  const wasConfirmed = allocation.state === 'active'
  const releasing = stepAllocation(allocation, 'release')
  work.allocations.update(releasing)
  for (const { machineId, held } of releasing.members) {
    if (!held) continue
    if (wasConfirmed) await cleanMachine(domain, work, releasing.id, machineId, reason)
    else await withdrawMachine(domain, work, machineId)
  }
  return work.allocations.get(releasing.id)
}

/** An unconfirmed hold ran out: nothing was done with its machines. */
export async function lapseAllocation(
  domain: Domain,
  work: Work,
  allocation: AllocationRecord,
): Promise<void> {
  work.allocations.update({
    ...stepAllocation(allocation, 'lapse'),
    error: 'the hold ended before it was confirmed',
  })
  for (const { machineId, held } of allocation.members) {
    if (held) await withdrawMachine(domain, work, machineId)
  }
}

async function withdrawMachine(domain: Domain, work: Work, machineId: string): Promise<void> {
  const machine = await work.machines.get(machineId)
  const fencingToken = machine.fencingToken + 1
  const free =
    machine.state === 'allocated' ? stepMachine(machine, 'withdraw', domain.clock.now()) : machine
  work.machines.update({ ...free, fencingToken })
  await leaveAllocation(domain, work, machineId)
  work.after(() => domain.poke(machineId))
}

async function cleanMachine(
  domain: Domain,
  work: Work,
  allocationId: string,
  machineId: string,
  reason: string,
): Promise<void> {
  const nowMs = domain.clock.now()
  const machine = await work.machines.get(machineId)
  if (machine.deploymentId !== null) {
    await endDeployment(domain, work, machineId, machine.deploymentId, reason)
  }
  work.append({ kind: 'release-disks', allocationId, machineId, atMs: nowMs })
  work.machines.update({
    ...stepMachine(machine, 'release', nowMs),
    fencingToken: machine.fencingToken + 1,
    // What it is, is to be seen again: nothing of the last inspection counts any more.
    inspectionId: null,
    phase: null,
    running: null,
  })
  work.after(() => domain.poke(machineId))
}
