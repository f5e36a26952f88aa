import type { Domain } from '../domain.ts'
import type { Work } from '../store/work.ts'
import { endCommand, isEnded } from './command-record.ts'

/**
 * Ends a deployment that is in the middle. A command whose commit may have left is not known to have
 * stopped: it ends as `indeterminate`, and without `continue` its disk never boots.
 */
export async function endDeployment(
  domain: Domain,
  work: Work,
  machineId: string,
  deploymentId: string,
  reason: string,
): Promise<void> {
  const nowMs = domain.clock.now()
  const deployment = await work.deployments.get(deploymentId)
  if (deployment.endedAtMs !== null) return
  const command =
    deployment.commandId === null ? null : await work.commands.get(deployment.commandId)
  let state = deployment.state
  if (command !== null && !isEnded(command.state)) {
    const isSafe = command.state === 'preparing' || command.state === 'prepared'
    await endCommand(work, command, isSafe ? 'abort' : 'lose', reason, nowMs)
    state = isSafe ? 'aborted' : 'indeterminate'
    const commandId = command.id
    work.after(() => domain.live.get(machineId)?.send({ kind: 'abort', commandId, reason }))
  } else if (state === 'waiting') {
    state = 'aborted'
  }
  const ended = await work.deployments.get(deploymentId)
  work.deployments.update({
    ...ended,
    state,
    error: reason,
    reportTokenHash: null,
    endedAtMs: nowMs,
  })
}
