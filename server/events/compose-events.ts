import { presentAllocation, presentDeployment } from '../allocation/present.ts'
import type { Domain } from '../domain.ts'
import { presentMachine } from '../machines/present.ts'
import type { AllocationRecord } from '../store/records.ts'
import type { NewEvent } from '../store/store.ts'
import type { Work } from '../store/work.ts'

/** Events that follow from a decision: each machine and allocation it changed, as it is after it. */
export async function composeEvents(
  { clock, live }: Pick<Domain, 'clock' | 'live'>,
  work: Work,
): Promise<readonly NewEvent[]> {
  const atMs = clock.now()
  const machines = work.machines
    .changed()
    .map((record): NewEvent => ({ kind: 'machine', atMs, machine: presentMachine(record, live) }))
  const allocations = await Promise.all(
    (await touchedAllocations(work)).map(async (record): Promise<NewEvent> => {
      const deployments = await Promise.all(
        record.members.flatMap(({ deploymentId }) =>
          deploymentId === null ? [] : [work.deployments.get(deploymentId)],
        ),
      )
      const shown = deployments.map((deployment) => presentDeployment(deployment, live))
      return { kind: 'allocation', atMs, allocation: presentAllocation(record, shown, null) }
    }),
  )
  return [...machines, ...allocations]
}

/** Allocations that changed, or of which a deployment did. */
async function touchedAllocations(work: Work): Promise<readonly AllocationRecord[]> {
  const ids = new Set([
    ...work.allocations.changed().map(({ id }) => id),
    ...work.deployments.changed().map(({ allocationId }) => allocationId),
  ])
  return Promise.all([...ids].map((id) => work.allocations.get(id)))
}
