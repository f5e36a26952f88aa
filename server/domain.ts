import type { ServiceDeps } from './service-deps.ts'
import type { Planner } from './allocation/engine/planner.ts'
import type { FleetPicture } from './allocation/fleet-picture.ts'
import type { EventBus } from './events/event-bus.ts'
import type { MachineViews } from './machines/views.ts'
import type { LiveAgents } from './sessions/live-agents.ts'
import type { SerialLane } from './sessions/serial-lane.ts'
import type { Work } from './store/work.ts'

/** What the rooms of the domain share. */
export interface Domain extends ServiceDeps {
  readonly live: LiveAgents
  readonly bus: EventBus
  readonly views: MachineViews
  /** Decisions that look at the whole fleet, one after the other: each sees what the last one took. */
  readonly fleetLane: SerialLane
  /** What these decisions look at, and who finds machines for them. */
  readonly picture: FleetPicture
  readonly planner: Planner
  /**
   * Runs a decision, makes it durable together with the events it causes, then publishes these and
   * runs its effects. The decision may run more than once.
   */
  transact<T>(body: (work: Work) => Promise<T>): Promise<T>
  /** Asks that a machine be advanced soon; machines are advanced one step chain at a time each. */
  poke(machineId: string): void
}
