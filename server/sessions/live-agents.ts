import type { Activity } from '../../protocol/api.ts'
import type { Telemetry } from '../../protocol/facts/telemetry.ts'
import type { Resume, ServerMessage } from '../../protocol/messages.ts'

/** The proven connection of a machine's newest session, and what is only known while it lives. */
export interface LiveAgent {
  readonly machineId: string
  readonly sessionId: string
  /**
   * All that the agent had to say when it connected is applied: only now may it be told what to do.
   * Turned on once per connection.
   */
  ready: boolean
  /** What the agent said of a command when it connected; null once that was dealt with. */
  resumed: { readonly command: Resume['command'] } | null
  activity: Activity | null
  telemetry: Telemetry | null
  lastSeenAtMs: number
  /** When the running command last moved. */
  progressAtMs: number
  send(message: ServerMessage): void
  close(code: number, reason: string): void
}

/** Connected agents by machine: at most one each. */
export class LiveAgents {
  readonly #agents = new Map<string, LiveAgent>()

  get(machineId: string): LiveAgent | null {
    return this.#agents.get(machineId) ?? null
  }

  /** The agent, when it has said all it had to say. */
  ready(machineId: string): LiveAgent | null {
    const agent = this.get(machineId)
    return agent?.ready === true ? agent : null
  }

  /** The newest proven connection takes the place of an older one, which is told and closed. */
  put(agent: LiveAgent): void {
    const older = this.get(agent.machineId)
    this.#agents.set(agent.machineId, agent)
    older?.close(closeCodes.superseded, 'superseded by a newer connection of this machine')
  }

  /** Whether it was still the machine's newest. */
  remove(agent: LiveAgent): boolean {
    return this.get(agent.machineId) === agent && this.#agents.delete(agent.machineId)
  }

  all(): readonly LiveAgent[] {
    return [...this.#agents.values()]
  }
}

/** Websocket close codes of ours (4000 to 4999 are private, RFC 6455 §7.4.2). */
export const closeCodes = {
  /** A message that is not in its format, or out of turn. */
  protocol: 4000,
  superseded: 4001,
  /** A report's seq does not follow the one before. */
  gap: 4002,
  /** The machine's standing changed; connect again to hear it. */
  standing: 4003,
  refused: 4004,
  tooMuch: 4005,
  silent: 4006,
  /** The server stops. */
  goingAway: 1001,
  internal: 1011,
} as const
