import type { Candidate, CandidateAvailability } from '../matching/candidate.ts'
import type { Domain } from '../domain.ts'
import type { AllocationRecord, MachineRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'

/** Every machine as the matcher sees it: what it is, and whether it may be had. */
export async function listCandidates(domain: Domain, work: Work): Promise<readonly Candidate[]> {
  const allocations = new Map((await work.store.allocations()).map((held) => [held.id, held]))
  const machines = await work.store.machines()
  return Promise.all(
    machines.map(async (machine) => ({
      id: machine.id,
      attributes: await domain.views.attributes(machine),
      availability: availabilityOf(machine, allocations),
    })),
  )
}

function availabilityOf(
  machine: MachineRecord,
  allocations: ReadonlyMap<string, AllocationRecord>,
): CandidateAvailability {
  const { state, flags, allocationId } = machine
  const [flag] = flags
  if (flag !== undefined) return { kind: 'unschedulable', reason: flag }
  if (state === 'available') return { kind: 'free' }
  if (state === 'error') return { kind: 'unschedulable', reason: 'error' }
  if (allocationId === null) return { kind: 'held', by: state, untilMs: null }
  const allocation = allocations.get(allocationId)
  const untilMs = allocation?.leaseUntilMs ?? allocation?.holdUntilMs ?? null
  return { kind: 'held', by: `allocation ${allocationId}`, untilMs }
}
