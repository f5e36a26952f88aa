import type { AttributeValue, AttributeValues } from '../../../protocol/attributes/definition.ts'
import { findAttribute } from '../../../protocol/attributes.ts'
import type { Constraint } from '../../../protocol/request/constraint.ts'
import type { Request } from '../../../protocol/request.ts'
import { leafByRailIn } from '../../fabric/leaf-by-rail.ts'
import type { Candidate, CandidateAvailability, MatchOutcome } from '../../matching/candidate.ts'
import type { GangProfile } from '../../matching/gang-census.ts'
import { FleetIndex } from '../../matching/index/fleet-index.ts'
import { matchIn } from '../../matching/match.ts'
import { isLate, notReserved, type Standing, standingAt } from '../outlook.ts'
import type { FleetDelta, MachineDelta } from './delta.ts'
import { placeable } from './placeable.ts'

/** How the fleet looks to somebody: where otherwise than to anybody. */
export interface Aspect {
  /** Machines that are to be had in another way. */
  readonly special: ReadonlyMap<string, CandidateAvailability>
  /** Machines that are not in this reservation are out of the question; null: none are. */
  readonly reservationId: string | null
  /** Attributes that must be known of a machine. */
  readonly counted: readonly string[]
}

/** Why a machine is not for a tenant with a limit on an attribute. */
export const uncounted = (name: string) => `${name} is not known, the quota counts it`

/**
 * The fleet as the matcher has it indexed, kept from question to question: of a machine that changed
 * only what changed is taken over. The index says who may have each machine if nobody in particular
 * asks now; where the answer to an asker differs, it is set for the question and set back after.
 */
export class FleetMatcher {
  readonly #index = new FleetIndex()
  readonly #standings = new Map<string, Standing>()
  /** Machines in windows of reservations. */
  readonly #booked = new Set<string>()
  /** Machines whose coming back moves on with time. */
  readonly #late = new Set<string>()
  #nextLateMs = Infinity
  #nowMs = 0
  #gains = 0
  #gangs: readonly GangProfile[] = []

  /** Takes over what changed. */
  take({ machines, gone }: Pick<FleetDelta, 'machines' | 'gone'>): void {
    for (const id of gone) this.#remove(id)
    for (const machine of machines) this.#set(machine)
  }

  /** Every question until the next call is about this moment. */
  setNow(nowMs: number): void {
    if (nowMs === this.#nowMs) return
    this.#nowMs = nowMs
    for (const id of this.#late) this.#setBack(id)
    const isAnyLate = this.#standings.size > 0 && isLate(dueAt(this.#nextLateMs), nowMs)
    if (!isAnyLate) return
    this.#nextLateMs = Infinity
    for (const [id, standing] of this.#standings) this.#noteLate(id, standing)
  }

  /** Gangs that placements leave room for from now on, where they can. */
  keepRoomFor(gangs: readonly GangProfile[]): void {
    this.#gangs = gangs
  }

  /** Rises whenever something changed that may help somebody: what is merely given away helps nobody. */
  get gains(): number {
    return this.#gains
  }

  get nowMs(): number {
    return this.#nowMs
  }

  get booked(): ReadonlySet<string> {
    return this.#booked
  }

  /** All, as they are at this moment. */
  *standings(): Iterable<Standing> {
    for (const standing of this.#standings.values()) yield standingAt(standing, this.#nowMs)
  }

  /** As it is at this moment. */
  standing(id: string): Standing | null {
    const standing = this.#standings.get(id)
    return standing === undefined ? null : standingAt(standing, this.#nowMs)
  }

  /** Some attributes of a machine, those that are known. */
  attributesOf(id: string, names: Iterable<string>): AttributeValues {
    const values = new Map<string, AttributeValue | null>()
    for (const name of names) {
      const value = this.#valueOf(id, name)
      if (value !== undefined) values.set(name, value)
    }
    return values
  }

  /** Asks the index; for the time of the question some machines are to be had in another way. */
  look<T>({ special, reservationId, counted }: Aspect, body: (index: FleetIndex) => T): T {
    const index = this.#index
    using undone = new DisposableStack()
    undone.defer(() => {
      for (const id of special.keys()) this.#setBack(id)
    })
    for (const [id, availability] of special) index.setAvailability(id, availability)
    if (reservationId !== null) {
      undone.use(index.block(this.#outside(reservationId), notReserved))
    }
    for (const name of counted) {
      const words = this.#unknown(name)
      for (let at = 0; at < words.length; at += 1) {
        words[at] = (words[at] ?? 0) & (index.free.words[at] ?? 0)
      }
      undone.use(index.block(words, uncounted(name)))
    }
    return body(index)
  }

  /** What a tenant gets for a request; null where it gets nothing. */
  find(request: Request, tenant: string, aspect: Aspect): MatchOutcome | null {
    return this.look(aspect, (index) =>
      placeable(index, request, tenant).isPlaced() ? this.#matchIn(index, request, tenant) : null,
    )
  }

  /** The same with why it gets nothing, which takes far longer to say than that it does not. */
  match(request: Request, tenant: string, aspect: Aspect): MatchOutcome {
    return this.look(aspect, (index) => this.#matchIn(index, request, tenant))
  }

  #matchIn(index: FleetIndex, request: Request, tenant: string): MatchOutcome {
    // Each gang is counted over the whole fleet: only those of levels that are chosen from.
    const levels = new Set(request.constraints.flatMap(levelsOf))
    const gangs = this.#gangs.filter((gang) =>
      gang.request.constraints.flatMap(levelsOf).some((level) => levels.has(level)),
    )
    return matchIn(index, request, { tenant, gangs })
  }

  /** Machines that are in no window of a reservation, as bits. */
  #outside(reservationId: string): Int32Array {
    const words = this.#index.live.words.slice()
    for (const id of this.#booked) {
      const isIn = this.#standings
        .get(id)
        ?.bookings.some((booking) => booking.reservationId === reservationId)
      const slot = isIn === true ? this.#index.slotOf(id) : null
      if (slot !== null) words[slot >>> 5] = (words[slot >>> 5] ?? 0) & ~(1 << (slot & 31))
    }
    return words
  }

  /** Machines of which an attribute is not known, as bits. */
  #unknown(name: string): Int32Array {
    const index = this.#index
    const attribute = findAttribute(name)
    if (attribute === null) return index.live.words.slice()
    index.scratch.reset(index.wordCount)
    const leaf = { kind: 'exists', attribute, wanted: true } as const
    return index.column(attribute).answer(leaf, index.scratch).unknown.slice()
  }

  #set({ standing, attributes }: MachineDelta): void {
    const { id } = standing
    const before = this.#standings.get(id)
    if (before === undefined || attributes !== null || !isMerelyGiven(before, standing)) {
      this.#gains += 1
    }
    this.#standings.set(id, standing)
    if (standing.bookings.length > 0) this.#booked.add(id)
    else this.#booked.delete(id)
    this.#late.delete(id)
    this.#noteLate(id, standing)
    if (attributes === null) {
      this.#setBack(id)
      return
    }
    this.#index.set(candidateOf(id, attributes, this.#availability(standing)))
  }

  #remove(id: string): void {
    if (!this.#standings.delete(id)) return
    this.#gains += 1
    this.#index.remove(id)
    this.#booked.delete(id)
    this.#late.delete(id)
  }

  #noteLate(id: string, standing: Standing): void {
    const { heldBy, freeAtMs } = standing
    if (heldBy === null || freeAtMs === null || this.#late.has(id)) return
    if (!isLate(standing, this.#nowMs)) {
      this.#nextLateMs = Math.min(this.#nextLateMs, freeAtMs)
      return
    }
    this.#late.add(id)
    this.#setBack(id)
  }

  #setBack(id: string): void {
    const standing = this.#standings.get(id)
    if (standing !== undefined) this.#index.setAvailability(id, this.#availability(standing))
  }

  #availability(standing: Standing): CandidateAvailability {
    return availabilityToAnybody(standingAt(standing, this.#nowMs))
  }

  #valueOf(id: string, name: string): AttributeValue | null | undefined {
    const attribute = findAttribute(name)
    const slot = this.#index.slotOf(id)
    return attribute === null || slot === null
      ? undefined
      : this.#index.column(attribute).valueAt(slot)
  }
}

/** Who may have a machine, reservations left aside. */
export function availabilityToAnybody(standing: Standing): CandidateAvailability {
  const { obstacle, heldBy, freeAtMs, heldFor } = standing
  if (obstacle !== null) return { kind: 'unschedulable', reason: obstacle }
  if (heldBy === null) return { kind: 'free' }
  const held = { kind: 'held', by: heldBy, untilMs: freeAtMs } as const
  return heldFor === null ? held : { ...held, tenant: heldFor }
}

/** A machine to be indexed; nobody has it before that is said. */
export function candidateOf(
  id: string,
  attributes: AttributeValues,
  availability: CandidateAvailability = { kind: 'free' },
): Candidate {
  const leaves = [...leafByRailIn(attributes)].map(([rail, leaf]) => [String(rail), leaf] as const)
  const links = leaves.length === 0 ? new Map() : new Map([['leaf', new Map(leaves)]])
  return { id, attributes, availability, links }
}

/** A machine that was free or held, and is held now by the same tenant or for the first time. */
function isMerelyGiven(before: Standing, after: Standing): boolean {
  if (before.obstacle !== null || after.obstacle !== null || after.heldBy === null) return false
  const isSameHolder = before.heldBy === null || before.heldFor === after.heldFor
  return isSameHolder && JSON.stringify(before.bookings) === JSON.stringify(after.bookings)
}

function dueAt(freeAtMs: number): Standing {
  return { id: '', obstacle: null, freeAtMs, heldBy: '', heldFor: null, bookings: [] }
}

/** Levels of which a constraint has a domain chosen. */
function levelsOf(constraint: Constraint): readonly string[] {
  switch (constraint.kind) {
    case 'same':
      return [constraint.level]
    case 'same-per-rail':
      return [`${constraint.level} per rail`]
    case 'max-distance':
      return constraint.levels
    default:
      return []
  }
}
