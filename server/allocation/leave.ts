import { isHolding } from '../../protocol/states.ts'
import type { Domain } from '../domain.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { stepAllocation } from './allocation-record.ts'

/**
 * The machine stops being held by its allocation. The last machine to leave ends it, whatever took
 * the machines away.
 */
export async function leaveAllocation(
  domain: Domain,
  work: Work,
  machineId: string,
): Promise<void> {
  const machine = await work.machines.get(machineId)
  const { allocationId } = machine
  if (allocationId === null) return
  const nowMs = domain.clock.now()
  work.machines.update({ ...machine, allocationId: null, deploymentId: null, running: null })
  work.append({ kind: 'usage-end', allocationId, machineId, atMs: nowMs })
  const allocation = await work.allocations.get(allocationId)
  const members = allocation.members.map((member) =>
    member.machineId === machineId
      ? { ...member, held: false, givenBackAtMs: member.givenBackAtMs ?? nowMs }
      : member,
  )
  finishEmpty(domain, work, work.allocations.update({ ...allocation, members }))
}

/** An allocation without machines has ended. */
export function finishEmpty(domain: Domain, work: Work, allocation: AllocationRecord): void {
  if (!isHolding(allocation.state) || allocation.members.some(({ held }) => held)) return
  const releasing =
    allocation.state === 'releasing'
      ? allocation
      : work.allocations.update(stepAllocation(allocation, 'release'))
  const action = allocation.ending === 'revoked' ? 'revoke' : 'finish'
  work.allocations.update(stepAllocation(releasing, action))
  domain.log.info(`allocation ${allocation.ending}`, { allocationId: allocation.id })
}
