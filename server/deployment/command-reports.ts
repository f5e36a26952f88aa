import type { Report } from '../../protocol/messages.ts'
import type { Domain } from '../domain.ts'
import { stepMachine } from '../machines/machine-record.ts'
import type { LiveAgent } from '../sessions/live-agents.ts'
import type { CommandRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'
import { endCommand, isEnded, tryStepCommand } from './command-record.ts'

type CommandReport = Extract<
  Report,
  { kind: 'prepared' | 'started' | 'verified' | 'done' | 'failed' }
>

/**
 * What an agent reports of a destructive command. Only the machine's own command of this very
 * session is heard, and only for a step its table has; everything else is noted and changes nothing.
 */
export async function noteCommandReport(
  domain: Domain,
  work: Work,
  agent: LiveAgent,
  report: CommandReport,
): Promise<void> {
  const command = await work.commands.find(report.commandId)
  const isMine =
    command !== null &&
    command.machineId === agent.machineId &&
    command.sessionId === agent.sessionId &&
    !isEnded(command.state)
  if (!isMine) return refuse(domain, agent, report, command)
  const nowMs = domain.clock.now()
  work.append({
    kind: 'phase',
    machineId: agent.machineId,
    phase: `deployment ${report.kind}`,
    atSeconds: null,
    atMs: nowMs,
  })
  switch (report.kind) {
    case 'prepared': {
      const { evidence } = report
      await noteStep(domain, work, agent, report, command, 'prepared', { evidence })
      return
    }
    case 'started':
      await noteStep(domain, work, agent, report, command, 'start')
      return
    case 'verified':
      if (await noteStep(domain, work, agent, report, command, 'verify')) {
        work.after(() => agent.send({ kind: 'continue', commandId: command.id }))
      }
      return
    case 'done':
      return noteDone(domain, work, agent, report, command)
    case 'failed':
      return endCommand(work, command, 'fail', `${report.step}: ${report.reason}`, nowMs)
  }
}

/** Whether the table had the step. */
async function noteStep(
  domain: Domain,
  work: Work,
  agent: LiveAgent,
  report: CommandReport,
  command: CommandRecord,
  action: 'prepared' | 'start' | 'verify' | 'finish',
  changes: Partial<Pick<CommandRecord, 'evidence'>> = {},
): Promise<boolean> {
  const stepped = tryStepCommand(command, action, domain.clock.now(), changes)
  if (stepped === null) {
    refuse(domain, agent, report, command)
    return false
  }
  work.commands.update(stepped)
  const deployment = await work.deployments.get(command.deploymentId)
  work.deployments.update({ ...deployment, state: stepped.state })
  return true
}

/** The image is on the disk, proven: from here on the machine boots it. */
async function noteDone(
  domain: Domain,
  work: Work,
  agent: LiveAgent,
  report: CommandReport,
  command: CommandRecord,
): Promise<void> {
  if (!(await noteStep(domain, work, agent, report, command, 'finish'))) return
  const machine = await work.machines.get(command.machineId)
  if (machine.state !== 'deploying' || machine.allocationId !== command.allocationId) return
  work.machines.update(stepMachine(machine, 'activate', domain.clock.now()))
  work.after(() => {
    agent.activity = null
    agent.send({ kind: 'reboot', reason: 'the image is written and verified' })
  })
}

function refuse(
  domain: Domain,
  agent: LiveAgent,
  report: CommandReport,
  command: CommandRecord | null,
): void {
  domain.log.warn('report of a command does not fit and is ignored', {
    machineId: agent.machineId,
    commandId: report.commandId,
    report: report.kind,
    state: command?.state ?? null,
  })
}
