import { AppError } from '../../protocol/errors.ts'
import { commandTransitions, endedCommandStates, nextState } from '../../protocol/states.ts'
import type { CommandAction, CommandState } from '../../protocol/states.ts'
import type { CommandRecord, DeploymentRecord } from '../store/records.ts'
import type { Work } from '../store/work.ts'

/** Whether a command may still act. */
export function isEnded(state: CommandState): boolean {
  return endedCommandStates.some((ended) => ended === state)
}

/** The command after an action, or null where the table has no such step. */
export function tryStepCommand(
  command: CommandRecord,
  action: CommandAction,
  nowMs: number,
  changes: Partial<Pick<CommandRecord, 'evidence' | 'commit' | 'error'>> = {},
): CommandRecord | null {
  const state = nextState(commandTransitions[action], command.state)
  if (state === null) return null
  const endedAtMs = isEnded(state) ? nowMs : null
  return { ...command, ...changes, state, touchedAtMs: nowMs, endedAtMs }
}

/** The command after an action; throws `conflict` where the table has no such step. */
export function stepCommand(
  command: CommandRecord,
  action: CommandAction,
  nowMs: number,
  changes: Partial<Pick<CommandRecord, 'evidence' | 'commit' | 'error'>> = {},
): CommandRecord {
  const stepped = tryStepCommand(command, action, nowMs, changes)
  if (stepped === null) {
    throw new AppError(
      'conflict',
      `command '${command.id}' is '${command.state}', not for '${action}'`,
    )
  }
  return stepped
}

/** Waits longer after each attempt. */
const attemptDelaySeconds = 2

/**
 * Ends a command without success. A deployment that still wants one goes back to `waiting` for the
 * next attempt, which starts over with `prepare` and therefore reads the disk before anything else.
 */
export async function endCommand(
  work: Work,
  command: CommandRecord,
  action: 'fail' | 'abort' | 'lose',
  reason: string,
  nowMs: number,
): Promise<void> {
  work.commands.update(stepCommand(command, action, nowMs, { error: reason }))
  const deployment = await work.deployments.get(command.deploymentId)
  if (deployment.commandId !== command.id || deployment.endedAtMs !== null) return
  work.deployments.update(nextAttempt(deployment, reason, nowMs))
}

function nextAttempt(deployment: DeploymentRecord, error: string, nowMs: number): DeploymentRecord {
  return {
    ...deployment,
    state: 'waiting',
    reportTokenHash: null,
    error,
    notBeforeMs: nowMs + deployment.attempt * attemptDelaySeconds * 1000,
  }
}
