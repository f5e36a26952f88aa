import type { FencingTokens } from '../../protocol/holder.ts'
import { AppError } from '../../protocol/errors.ts'
import type { AllocationRecord, MachineRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'

/**
 * Refuses whoever acts on a machine with the token of an earlier grant: it rose with every grant and
 * every release since. Checked in the transaction that acts.
 * @throws {AppError} `conflict`, with the token that counts in `details.fencingToken`
 */
export function checkFencingToken(machine: MachineRecord, token: number): void {
  if (machine.fencingToken === token) return
  throw new AppError(
    'conflict',
    `fencing token ${token} of machine '${machine.id}' is stale, it is at ${machine.fencingToken}`,
    { machineId: machine.id, fencingToken: machine.fencingToken },
  )
}

/** The same for every machine that the caller names a token of; each must be the allocation's. */
export async function checkFencingTokens(
  work: Work,
  { id, members }: AllocationRecord,
  tokens: FencingTokens,
): Promise<void> {
  for (const [machineId, token] of Object.entries(tokens)) {
    const machine = await work.machines.find(machineId)
    if (machine === null || !members.some((member) => member.machineId === machineId)) {
      throw new AppError('conflict', `allocation '${id}' has no machine '${machineId}'`)
    }
    checkFencingToken(machine, token)
    if (machine.allocationId === id) continue
    throw new AppError('conflict', `machine '${machineId}' is no longer of allocation '${id}'`)
  }
}
