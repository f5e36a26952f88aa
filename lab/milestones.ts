import type { MachineSummary } from '../protocol/api.ts'

/** What a machine goes through in the lab, in order. */
export const milestones = [
  'agent',
  'network',
  'discovered',
  'benchmarking',
  'available',
  'allocated',
  'writing',
  'verified',
  'written',
  'running',
] as const
export type Milestone = (typeof milestones)[number]

/** Seconds from power-on at which a machine was first seen at each milestone. */
export type MilestoneTimes = ReadonlyMap<Milestone, number>

/** Notes when each machine first reaches each milestone, from the events of the server. */
export class MilestoneLog {
  readonly #times = new Map<string, Map<Milestone, number>>()

  note(name: string, machine: MachineSummary, secondsSincePowerOn: number): void {
    const times = this.#times.get(name) ?? new Map<Milestone, number>()
    this.#times.set(name, times)
    for (const milestone of milestonesOf(machine)) {
      if (!times.has(milestone)) times.set(milestone, secondsSincePowerOn)
    }
  }

  of(name: string): MilestoneTimes {
    return this.#times.get(name) ?? new Map()
  }
}

/** Milestones the machine is at now, by what the server says of it. */
function milestonesOf(machine: MachineSummary): readonly Milestone[] {
  const found: Milestone[] = []
  if (machine.connected) found.push('agent')
  if (machine.phase === 'network') found.push('network')
  if (machine.phase === 'discovered') found.push('discovered')
  if (machine.phase === 'benchmarking') found.push('benchmarking')
  if (machine.state === 'available') found.push('available')
  if (machine.state === 'allocated' || machine.state === 'deploying') found.push('allocated')
  if (machine.activity?.kind === 'write') {
    found.push(machine.activity.progress.phase === 'write' ? 'writing' : 'verified')
  }
  if (machine.state === 'active') found.push('written')
  if (machine.running !== null) found.push('running')
  return found
}
