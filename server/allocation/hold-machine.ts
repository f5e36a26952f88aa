import { AppError } from '../../protocol/errors.ts'
import type { Domain } from '../domain.ts'
import type { AllocationRecord, DeploymentRecord, MachineRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { endsAtMs, findAllocation, membersInUse } from './allocation-record.ts'
import { beginDeployment } from './confirm.ts'
import { checkFencingToken } from './fencing.ts'

/** One machine of a lease, as its holder names it. */
export interface HeldMachine {
  readonly allocationId: string
  readonly machineId: string
  readonly fencingToken: number
}

/** The holder restarts a machine whose agent is connected. */
export async function rebootHeld(domain: Domain, work: Work, named: HeldMachine): Promise<void> {
  const { allocation } = await requireHolder(domain, work, named)
  const agent = domain.live.get(named.machineId)
  if (agent === null) {
    throw new AppError('conflict', `machine '${named.machineId}' has no agent connected`)
  }
  const reason = `asked for by the holder of allocation ${allocation.id}`
  work.after(() => agent.send({ kind: 'reboot', reason }))
}

/** The holder has an image written to a machine that was lent as it is. */
export async function deployHeld(
  domain: Domain,
  work: Work,
  named: HeldMachine,
  image: DeploymentRecord['image'],
): Promise<AllocationRecord> {
  const { allocation } = await requireHolder(domain, work, named)
  const { machineId } = named
  const deployment = await beginDeployment(domain, work, allocation.id, machineId, image)
  const members = allocation.members.map((member) =>
    member.machineId === machineId ? { ...member, deploymentId: deployment.id } : member,
  )
  return work.allocations.update({ ...allocation, members })
}

/** Refuses whoever does not hold the machine now: another token, another allocation, no lease. */
async function requireHolder(
  { clock }: Pick<Domain, 'clock'>,
  work: Work,
  { allocationId, machineId, fencingToken }: HeldMachine,
): Promise<{ readonly allocation: AllocationRecord; readonly machine: MachineRecord }> {
  const allocation = await findAllocation(work, allocationId, null)
  const machine = await work.machines.find(machineId)
  if (machine === null) throw new AppError('not-found', `no machine has the id '${machineId}'`)
  checkFencingToken(machine, fencingToken)
  const { state } = allocation
  const isHeld = membersInUse(allocation).some((member) => member.machineId === machineId)
  const isLease = state === 'active' || state === 'expiring'
  if (isHeld && isLease && clock.now() < (endsAtMs(allocation) ?? 0)) return { allocation, machine }
  throw new AppError(
    'conflict',
    `allocation '${allocationId}' is '${state}' and no lease of machine '${machineId}'`,
    { state },
  )
}
