import type { Domain } from '../domain.ts'
import { endDeployment } from '../deployment/end-deployment.ts'
import type { Work } from '../store/work.ts'
import {
  awaitsReport,
  isMissed,
  isOverdue,
  stepMachine,
  withFlag,
  woken,
} from './machine-record.ts'

/** What time alone does to a machine: it is missed, or has been in its state for too long. */
export async function sweepMachine(domain: Domain, work: Work, machineId: string): Promise<void> {
  const nowMs = domain.clock.now()
  const machine = await work.machines.get(machineId)
  if (isOverdue(machine, nowMs)) {
    const hours = Math.round((nowMs - machine.stateSinceMs) / 360_000) / 10
    const reason = `was '${machine.state}' for ${hours} h`
    if (machine.deploymentId !== null) {
      await endDeployment(domain, work, machineId, machine.deploymentId, reason)
    }
    work.machines.update(stepMachine(await work.machines.get(machineId), 'fail', nowMs, reason))
    return
  }
  if (isMissed(machine, nowMs) && !machine.flags.includes('missing')) {
    work.machines.update(woken(withFlag(machine, 'missing', 'its agent is gone'), nowMs))
    return
  }
  if (awaitsReport(machine) && (machine.wakeAtMs ?? Infinity) <= nowMs) {
    const reason = 'the written system has not reported that it runs'
    work.machines.update(woken({ ...machine, reason }, nowMs))
    return
  }
  if (machine.state === 'deploying') {
    work.after(() => domain.poke(machineId))
    return
  }
  const next = woken(machine, nowMs)
  if (next.wakeAtMs !== machine.wakeAtMs) work.machines.update(next)
}
