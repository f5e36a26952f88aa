import { AppError } from '../../protocol/errors.ts'
import { parseRequest } from '../../protocol/request.ts'
import type { Domain } from '../domain.ts'
import { endDeployment } from '../deployment/end-deployment.ts'
import { withEraseDue } from '../machines/erase-due.ts'
import { stepMachine } from '../machines/machine-record.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { membersInUse, stepAllocation } from './allocation-record.ts'
import { leastOf } from './fit-quota.ts'
import { finishEmpty, leaveAllocation } from './leave.ts'

/**
 * Gives the machines of an allocation back, in one transaction with the release of their disks (P4)
 * and with fencing tokens that outrun every holder of an old one. A machine that was only held is
 * available at once. A confirmed one is `cleaning`: it boots the agent, is inspected and measured
 * again, and only then offered. Its disks are not erased: where the lease asked for that, the machine
 * stays out of service until somebody did.
 */
export async function releaseAllocation(
  domain: Domain,
  work: Work,
  allocation: AllocationRecord,
  reason: string,
): Promise<AllocationRecord> {
  const wasConfirmed = allocation.state !== 'reserved'
  const inUse = membersInUse(allocation)
  const releasing = work.allocations.update(stepAllocation(allocation, 'release'))
  for (const { machineId } of inUse) {
    await giveBack(domain, work, releasing.id, machineId, wasConfirmed, reason)
  }
  const left = await work.allocations.get(releasing.id)
  if (left.state === 'releasing') finishEmpty(domain, work, left)
  return work.allocations.get(releasing.id)
}

/**
 * Gives some machines of a lease back; the others stay. Throws `conflict` where a role would have
 * fewer than it asked for at least.
 */
export async function shrinkAllocation(
  domain: Domain,
  work: Work,
  allocation: AllocationRecord,
  machineIds: readonly string[],
  reason: string,
): Promise<AllocationRecord> {
  const { id, state } = allocation
  const inUse = membersInUse(allocation)
  const stranger = machineIds.find((one) => !inUse.some(({ machineId }) => machineId === one))
  if (stranger !== undefined) {
    throw new AppError('conflict', `allocation '${id}' has no machine '${stranger}' to give back`)
  }
  const kept = inUse.filter(({ machineId }) => !machineIds.includes(machineId))
  if (kept.length === 0) return releaseAllocation(domain, work, allocation, reason)
  if (state !== 'active' && state !== 'expiring') {
    throw new AppError('conflict', `allocation '${id}' is '${state}', only a lease shrinks`)
  }
  const request = parseRequest(allocation.request)
  for (const { name } of request.roles) {
    const left = kept.filter(({ role }) => role === name).length
    const least = leastOf(request, name)
    if (left >= least) continue
    const detail = `role '${name}' would have ${left} machines, it asked for at least ${least}`
    throw new AppError('conflict', detail, { role: name, left, least })
  }
  for (const machineId of machineIds) {
    await giveBack(domain, work, id, machineId, true, reason)
  }
  return work.allocations.get(id)
}

/** An unconfirmed hold ran out, or nobody could be served in time: nothing was done. */
export async function lapseAllocation(
  domain: Domain,
  work: Work,
  allocation: AllocationRecord,
): Promise<void> {
  const error =
    allocation.state === 'reserved'
      ? 'the hold ended before it was confirmed'
      : 'no machines came free while it waited'
  work.allocations.update({ ...stepAllocation(allocation, 'lapse'), error })
  for (const { machineId } of membersInUse(allocation)) {
    await withdrawMachine(domain, work, machineId)
  }
}

async function giveBack(
  domain: Domain,
  work: Work,
  allocationId: string,
  machineId: string,
  wasConfirmed: boolean,
  reason: string,
): Promise<void> {
  if (!wasConfirmed) return withdrawMachine(domain, work, machineId)
  const nowMs = domain.clock.now()
  const allocation = await work.allocations.get(allocationId)
  const members = allocation.members.map((member) =>
    member.machineId === machineId ? { ...member, givenBackAtMs: nowMs } : member,
  )
  work.allocations.update({ ...allocation, members })
  work.append({ kind: 'usage-end', allocationId, machineId, atMs: nowMs })
  return cleanMachine(domain, work, allocationId, machineId, reason)
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
  const allocation = await work.allocations.get(allocationId)
  work.machines.update({
    ...withEraseDue(stepMachine(machine, 'release', nowMs), allocation),
    fencingToken: machine.fencingToken + 1,
    // What it is, is to be seen again: nothing of the last inspection counts any more.
    inspectionId: null,
    phase: null,
    running: null,
  })
  work.after(() => domain.poke(machineId))
}
