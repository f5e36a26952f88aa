import type { Resume } from '../../protocol/messages.ts'
import type { CommandState } from '../../protocol/states.ts'
import type { CommandRecord, DeploymentRecord } from '../store/records.ts'

/** What of the world a deployment's next step depends on. */
export interface DeploymentSituation {
  readonly nowMs: number
  readonly deployment: DeploymentRecord
  /** The command of the present attempt; null before the first and between attempts. */
  readonly command: CommandRecord | null
  /** The machine's newest proven session. */
  readonly sessionId: string | null
  /** The agent of that session, once it has said all it had to say; null: not connected. */
  readonly agent: {
    /** Set once for each connection: what the agent says of its command. */
    readonly resumed: { readonly command: Resume['command'] } | null
    readonly progressAtMs: number
  } | null
  /** Since when no agent is connected; null while one is. */
  readonly goneSinceMs: number | null
  readonly attemptsMaximum: number
}

/**
 * `lose`: the outcome is not known, which is a state of its own, never success and never a repeat
 * of the same command. `drop`: certainly not a byte was written.
 */
export type DeploymentStep =
  | { readonly kind: 'wait' }
  | { readonly kind: 'begin' }
  | { readonly kind: 'give-up'; readonly reason: string }
  | { readonly kind: 'send-prepare' }
  | { readonly kind: 'authorize' }
  | { readonly kind: 'send-commit' }
  | { readonly kind: 'send-continue' }
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'lose'; readonly reason: string }

/** Silence that a state of a command may last, in seconds, while its agent is connected. */
export const commandPatienceSeconds = {
  preparing: 180,
  prepared: 60,
  authorized: 180,
  started: 300,
  verified: 300,
} as const

/** How long a command waits for its agent to come back within the same boot. */
export const absencePatienceSeconds = 600

type LiveCommandState = keyof typeof commandPatienceSeconds
type AgentPhase = NonNullable<Resume['command']>['phase'] | 'none'
type Resumption = 'wait' | 'send-prepare' | 'send-commit' | 'send-continue' | 'drop' | 'lose'

/**
 * After a broken link within the same boot: state of the command here x what the agent says of it.
 * All reports the agent had are applied before this is asked, so an agent that says more than we
 * know is waited for (its report follows) and one that says less has lost what we sent.
 * `none`: the agent knows another command or no command at all.
 */
export const resumptions = {
  preparing: {
    none: 'send-prepare',
    preparing: 'wait',
    prepared: 'wait',
    started: 'lose',
    verified: 'lose',
    done: 'lose',
    failed: 'wait',
  },
  prepared: {
    none: 'drop',
    preparing: 'wait',
    prepared: 'wait',
    started: 'lose',
    verified: 'lose',
    done: 'lose',
    failed: 'wait',
  },
  authorized: {
    none: 'lose',
    preparing: 'wait',
    prepared: 'send-commit',
    started: 'wait',
    verified: 'wait',
    done: 'wait',
    failed: 'wait',
  },
  started: {
    none: 'lose',
    preparing: 'wait',
    prepared: 'wait',
    started: 'wait',
    verified: 'wait',
    done: 'wait',
    failed: 'wait',
  },
  verified: {
    none: 'lose',
    preparing: 'wait',
    prepared: 'wait',
    started: 'wait',
    verified: 'send-continue',
    done: 'wait',
    failed: 'wait',
  },
} as const satisfies Record<LiveCommandState, Record<AgentPhase, Resumption>>

/** The one thing to do next. Pure: the same situation gives the same step. */
export function nextStep(situation: DeploymentSituation): DeploymentStep {
  const { deployment, command, agent, nowMs, attemptsMaximum } = situation
  if (command === null) {
    if (deployment.state !== 'waiting') return { kind: 'wait' }
    if (deployment.attempt >= attemptsMaximum) {
      const reason = deployment.error ?? 'no attempt came to an end'
      return {
        kind: 'give-up',
        reason: `${deployment.attempt} attempts failed, the last: ${reason}`,
      }
    }
    if (agent === null || nowMs < deployment.notBeforeMs) return { kind: 'wait' }
    return { kind: 'begin' }
  }
  const { state } = command
  if (!isLive(state)) return { kind: 'wait' }
  if (command.sessionId !== situation.sessionId) {
    return ended(state, 'the machine was restarted in the middle of it')
  }
  if (agent === null) return absent(situation, state)
  if (agent.resumed !== null) {
    const step = resume(situation, command, state, agent.resumed.command)
    if (step.kind !== 'wait') return step
  }
  if (state === 'prepared') return { kind: 'authorize' }
  const silentMs = nowMs - Math.max(command.touchedAtMs, agent.progressAtMs)
  if (silentMs > commandPatienceSeconds[state] * 1000) {
    return ended(state, `nothing was heard for ${Math.round(silentMs / 1000)} s while '${state}'`)
  }
  return { kind: 'wait' }
}

function resume(
  { nowMs }: DeploymentSituation,
  command: CommandRecord,
  state: LiveCommandState,
  said: Resume['command'],
): DeploymentStep {
  const phase: AgentPhase = said?.commandId === command.id ? said.phase : 'none'
  const resumption: Resumption = resumptions[state][phase]
  if (resumption === 'drop' || resumption === 'lose') {
    const reason = `the agent says '${phase}' of a command that is '${state}'`
    return { kind: resumption, reason }
  }
  const commitEndsMs = command.commit?.payload.notAfter ?? 0
  if (resumption === 'send-commit' && commitEndsMs <= nowMs) {
    return { kind: 'drop', reason: 'its commit ended before it reached the agent' }
  }
  return { kind: resumption }
}

function absent(
  { nowMs, goneSinceMs }: DeploymentSituation,
  state: LiveCommandState,
): DeploymentStep {
  const goneMs = goneSinceMs === null ? 0 : nowMs - goneSinceMs
  if (goneMs <= absencePatienceSeconds * 1000) return { kind: 'wait' }
  return ended(state, `the agent has been gone for ${Math.round(goneMs / 1000)} s`)
}

function ended(state: LiveCommandState, reason: string): DeploymentStep {
  const kind = state === 'preparing' || state === 'prepared' ? 'drop' : 'lose'
  return { kind, reason }
}

function isLive(state: CommandState): state is LiveCommandState {
  return Object.hasOwn(commandPatienceSeconds, state)
}
