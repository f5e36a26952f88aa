import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import type { Explanation } from '../../protocol/explanation.ts'
import type { Request } from '../../protocol/request.ts'
import type { Domain } from '../domain.ts'
import { leafByRailIn } from '../fabric/leaf-by-rail.ts'
import { obstacleOf } from '../machines/erase-due.ts'
import type { CandidateAvailability, RailDomains } from '../matching/candidate.ts'
import { FleetIndex } from '../matching/index/fleet-index.ts'
import { matchIn } from '../matching/match.ts'
import { SerialLane } from '../sessions/serial-lane.ts'
import type { MachineRecord } from '../store/records.ts'
import { Turns } from '../turns.ts'

/** An index that nobody asks any more is dropped after this long: it is as large as the fleet. */
const keptMs = 10 * 60_000

/** Changes that are read together: some milliseconds. */
const changesAtATime = 100

/**
 * The fleet as it would be if imported machines were free, beside the real ones as they are. It is
 * indexed when somebody asks, some machines at a time so that others are served meanwhile, and after
 * that only what changed is.
 */
export class FleetWithImported {
  readonly #domain: Pick<Domain, 'store' | 'views' | 'clock'>
  readonly #lane = new SerialLane()
  #index = new FleetIndex()
  #seq = 0
  #dropping: Disposable | null = null

  constructor(domain: Pick<Domain, 'store' | 'views' | 'clock'>) {
    this.#domain = domain
  }

  /** What a request would get. */
  explain(request: Request): Promise<Explanation> {
    return this.#lane.run(async () => {
      this.#dropping?.[Symbol.dispose]()
      await this.#bringUpToDate()
      this.#dropping = this.#domain.clock.after(keptMs, () => this.#drop())
      return matchIn(this.#index, request).explanation
    })
  }

  async #bringUpToDate(): Promise<void> {
    const { store, views, clock } = this.#domain
    const turns = new Turns(clock)
    for (;;) {
      const changes = await store.fleetChanges(this.#seq, changesAtATime)
      for (const machine of changes.machines) {
        const attributes = await views.attributes(machine)
        const availability = availabilityOf(machine)
        this.#index.set({ id: machine.id, attributes, availability, links: linksOf(attributes) })
        await turns.give()
      }
      for (const id of changes.machinesGone) this.#index.remove(id)
      this.#seq = changes.seq
      if (changes.isLast) return
      await turns.give()
    }
  }

  #drop(): void {
    this.#index = new FleetIndex()
    this.#seq = 0
  }
}

/** Its leaf on each rail, where its rails are known. */
function linksOf(attributes: AttributeValues): ReadonlyMap<string, RailDomains> {
  const leaves = [...leafByRailIn(attributes)].map(([rail, leaf]) => [String(rail), leaf] as const)
  return leaves.length === 0 ? new Map() : new Map([['leaf', new Map(leaves)]])
}

function availabilityOf(machine: MachineRecord): CandidateAvailability {
  const { flags, state, allocationId } = machine
  // Nothing but its origin keeps it from being schedulable: `maintenance` still would.
  const obstacle = obstacleOf({ ...machine, flags: flags.filter((one) => one !== 'imported') })
  if (obstacle !== null) return { kind: 'unschedulable', reason: obstacle }
  if (flags.length > 0 || state === 'available') return { kind: 'free' }
  const by = allocationId === null ? state : `allocation ${allocationId}`
  return { kind: 'held', by, untilMs: null }
}
