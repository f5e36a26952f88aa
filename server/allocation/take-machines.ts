import type { Explanation } from '../../protocol/explanation.ts'
import type { Domain } from '../domain.ts'
import { stepMachine } from '../machines/machine-record.ts'
import type { Assignment } from '../matching/candidate.ts'
import type { AllocationRecord } from '../store/records.ts'
import { StaleWriteError } from '../store/store.ts'
import type { Work } from '../store/work.ts'

/** Machines that were found, with why, and the change of the fleet that was known of then. */
export interface Grant {
  readonly assignments: readonly Assignment[]
  readonly explanation: Explanation
  readonly seq: number
}

/**
 * Takes machines for an allocation: each gets a new fencing token and is charged to the tenant from
 * now on. The allocation as it holds them, not written yet.
 */
export async function takeMachines(
  domain: Domain,
  work: Work,
  allocation: AllocationRecord,
  { assignments, explanation, seq }: Grant,
): Promise<AllocationRecord> {
  work.claimFleet()
  const nowMs = domain.clock.now()
  const { id, tenant, holdSeconds } = allocation
  const members: AllocationRecord['members'][number][] = []
  for (const { role, machines } of assignments) {
    for (const machineId of machines) {
      const machine = await work.machines.get(machineId)
      const isFree = machine.state === 'available' && machine.flags.length === 0
      if (!isFree || !domain.picture.isAsKnown(machine, seq)) {
        throw new StaleWriteError(`machine '${machineId}' is no longer as it was matched`)
      }
      const fencingToken = machine.fencingToken + 1
      work.machines.update({
        ...stepMachine(machine, 'allocate', nowMs),
        allocationId: id,
        deploymentId: null,
        fencingToken,
      })
      const { shape } = machine
      work.append({
        kind: 'usage-begin',
        usage: { allocationId: id, machineId, tenant, shape, fromMs: nowMs },
      })
      const begun = { deploymentId: null, held: true, givenBackAtMs: null }
      members.push({ machineId, role, fencingToken, ...begun })
    }
  }
  const holdUntilMs = nowMs + holdSeconds * 1000
  return { ...allocation, members, explanation, holdUntilMs, error: null }
}
