import { AppError } from '../../protocol/errors.ts'
import { machineTransitions, nextState } from '../../protocol/states.ts'
import type { MachineAction, MachineFlag, MachineState } from '../../protocol/states.ts'
import type { MachineRecord } from '../store/records.ts'

/** The agent of a machine that should have one is missed after this long without a connection. */
export const missingAfterSeconds = 120

/**
 * How long a machine may be in a state, in seconds; null: as long as it likes. What follows a
 * deadline is `error` with a reason, and `recover` is the way out. `inspecting` and `testing` count
 * only while the agent is connected, otherwise the machine is `missing`. A held or active machine is
 * bounded by its hold and its lease.
 */
export const stateDeadlineSeconds = {
  enrolled: null,
  inspecting: 30 * 60,
  testing: 60 * 60,
  available: null,
  allocated: null,
  deploying: 6 * 3600,
  active: null,
  cleaning: 24 * 3600,
  error: null,
} as const satisfies Record<MachineState, number | null>

/** A written system reports that it runs within this time, or the machine says that it did not. */
export const reportWithinSeconds = 15 * 60

/** States in which an agent is expected to be there all the time. */
const agentStates: readonly MachineState[] = [
  'enrolled',
  'inspecting',
  'testing',
  'available',
  'allocated',
]

/** The machine after an action, with the reason of its flags unless given one; throws `conflict` where the table has no such step. */
export function stepMachine(
  machine: MachineRecord,
  action: MachineAction,
  nowMs: number,
  reason: string | null = null,
): MachineRecord {
  const state = nextState(machineTransitions[action], machine.state)
  if (state === null) {
    const wanted = machineTransitions[action].from.join(', ')
    throw new AppError(
      'conflict',
      `machine '${machine.id}' is '${machine.state}', '${action}' wants it ${wanted}`,
      { state: machine.state, action },
    )
  }
  const kept = machine.flags.length > 0 ? machine.reason : null
  return woken({ ...machine, state, stateSinceMs: nowMs, reason: reason ?? kept }, nowMs)
}

export function withFlag(
  machine: MachineRecord,
  flag: MachineFlag,
  reason: string | null,
): MachineRecord {
  if (machine.flags.includes(flag)) return machine
  return {
    ...machine,
    flags: [...machine.flags, flag].toSorted(),
    reason: reason ?? machine.reason,
  }
}

export function withoutFlag(machine: MachineRecord, flag: MachineFlag): MachineRecord {
  if (!machine.flags.includes(flag)) return machine
  const flags = machine.flags.filter((held) => held !== flag)
  const keepsReason = flags.length > 0 || machine.state === 'error'
  return { ...machine, flags, reason: keepsReason ? machine.reason : null }
}

/** Only an approved machine gets work. A contradicting newcomer is `pending` as well. */
export function isApproved(machine: MachineRecord): boolean {
  return !machine.flags.includes('pending')
}

/** Whether its agent is missed by now. */
export function isMissed(machine: MachineRecord, nowMs: number): boolean {
  const { goneSinceMs, state } = machine
  if (goneSinceMs === null || !agentStates.includes(state)) return false
  return nowMs >= goneSinceMs + missingAfterSeconds * 1000
}

/** Whether it has been in its state for too long. */
export function isOverdue(machine: MachineRecord, nowMs: number): boolean {
  const at = deadlineMs(machine)
  return at !== null && nowMs >= at
}

/** The record with its next wake-up. A deploying machine is looked at by every sweep. */
export function woken(machine: MachineRecord, nowMs: number): MachineRecord {
  const { goneSinceMs, state, flags } = machine
  const times: number[] = []
  if (state === 'deploying') times.push(nowMs)
  const deadline = deadlineMs(machine)
  if (deadline !== null) times.push(deadline)
  if (awaitsReport(machine)) times.push(machine.stateSinceMs + reportWithinSeconds * 1000)
  if (goneSinceMs !== null && agentStates.includes(state) && !flags.includes('missing')) {
    times.push(goneSinceMs + missingAfterSeconds * 1000)
  }
  return { ...machine, wakeAtMs: times.length === 0 ? null : Math.min(...times) }
}

/** A written system that has neither reported nor been given up on. */
export function awaitsReport({ state, deploymentId, running, reason }: MachineRecord): boolean {
  return state === 'active' && deploymentId !== null && running === null && reason === null
}

function deadlineMs(machine: MachineRecord): number | null {
  const { state, stateSinceMs, goneSinceMs } = machine
  const seconds = stateDeadlineSeconds[state]
  if (seconds === null) return null
  if ((state === 'inspecting' || state === 'testing') && goneSinceMs !== null) return null
  return stateSinceMs + seconds * 1000
}
