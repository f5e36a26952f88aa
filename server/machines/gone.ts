import type { Domain } from '../domain.ts'
import type { Work } from '../store/work.ts'
import { woken } from './machine-record.ts'

/** Notes that a machine has no agent from now on. */
export async function stepGone(domain: Domain, work: Work, machineId: string): Promise<void> {
  const machine = await work.machines.get(machineId)
  if (machine.goneSinceMs !== null) return
  const nowMs = domain.clock.now()
  work.machines.update(woken({ ...machine, goneSinceMs: nowMs, lastSeenAtMs: nowMs }, nowMs))
}
