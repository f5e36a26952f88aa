import { allocationTransitions, nextState } from '../../protocol/states.ts'
import type { Domain } from '../domain.ts'
import type { Work } from '../store/work.ts'

/**
 * The machine stops being held by its allocation. The last machine to leave a `releasing`
 * allocation finishes it.
 */
export async function leaveAllocation(
  domain: Domain,
  work: Work,
  machineId: string,
): Promise<void> {
  const machine = await work.machines.get(machineId)
  const { allocationId } = machine
  if (allocationId === null) return
  work.machines.update({ ...machine, allocationId: null, deploymentId: null, running: null })
  const allocation = await work.allocations.get(allocationId)
  const members = allocation.members.map((member) =>
    member.machineId === machineId ? { ...member, held: false } : member,
  )
  const isEmpty = members.every((member) => !member.held)
  const finished = isEmpty ? nextState(allocationTransitions.finish, allocation.state) : null
  work.allocations.update({ ...allocation, members, state: finished ?? allocation.state })
  if (finished !== null) domain.log.info('allocation released', { allocationId })
}
