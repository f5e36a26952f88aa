import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import type { Constraint } from '../../protocol/request/constraint.ts'
import type { Request } from '../../protocol/request.ts'
import { leafByRailIn } from '../fabric/leaf-by-rail.ts'
import type { Candidate, CandidateAvailability, MatchOutcome } from '../matching/candidate.ts'
import type { GangProfile } from '../matching/gang-census.ts'
import { FleetIndex } from '../matching/index/fleet-index.ts'
import { matchIn } from '../matching/match.ts'
import type { Outlook } from './outlook.ts'

/**
 * The fleet as the matcher has it indexed, kept from decision to decision: a machine is indexed anew
 * only when its attributes changed. Who may have it is said for each question.
 */
export class FleetMatcher {
  readonly #index = new FleetIndex()
  readonly #indexed = new Map<string, AttributeValues>()
  #gangs: readonly GangProfile[] = []

  /** Takes over what changed. Every question until the next call is about these machines. */
  takeOver(machines: readonly Outlook[]): void {
    const present = new Set<string>()
    for (const { id, attributes } of machines) {
      present.add(id)
      if (this.#indexed.get(id) === attributes) continue
      this.#index.set(candidateOf(id, attributes))
      this.#indexed.set(id, attributes)
    }
    if (present.size === this.#indexed.size) return
    for (const id of this.#indexed.keys()) {
      if (present.has(id)) continue
      this.#index.remove(id)
      this.#indexed.delete(id)
    }
  }

  /** Gangs that placements leave room for from now on, where they can. */
  keepRoomFor(gangs: readonly GangProfile[]): void {
    this.#gangs = gangs
  }

  /** Asks the index about machines that are to be had as `availabilityOf` says. */
  look<T>(
    machines: readonly Outlook[],
    availabilityOf: (machine: Outlook) => CandidateAvailability,
    body: (index: FleetIndex) => T,
  ): T {
    for (const machine of machines) {
      this.#index.setAvailability(machine.id, availabilityOf(machine))
    }
    return body(this.#index)
  }

  /** What a tenant gets for a request, when its machines are to be had as `availabilityOf` says. */
  match(
    request: Request,
    tenant: string,
    machines: readonly Outlook[],
    availabilityOf: (machine: Outlook) => CandidateAvailability,
  ): MatchOutcome {
    // Each gang is counted over the whole fleet: only those of levels that are chosen from.
    const levels = new Set(request.constraints.flatMap(levelsOf))
    const gangs = this.#gangs.filter((gang) =>
      gang.request.constraints.flatMap(levelsOf).some((level) => levels.has(level)),
    )
    return this.look(machines, availabilityOf, (index) =>
      matchIn(index, request, { tenant, gangs }),
    )
  }
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
