import { AppError } from '../../protocol/errors.ts'
import type { Capacity } from '../../protocol/capacity.ts'
import { requestLimits } from '../../protocol/request/limits.ts'
import type { ProfileInput } from '../../protocol/request/schema.ts'
import type { GangProfile } from '../matching/gang-census.ts'
import { type GangView, gangsLostBy, gangViews } from '../matching/gang-view.ts'
import type { FleetIndex } from '../matching/index/fleet-index.ts'
import { matchIn } from '../matching/match.ts'
import { type Gang, gangProfile, gangsOf, namedGangs } from '../profiles/gang-profiles.ts'
import type { ProfileBook } from '../profiles/profile-book.ts'

/** What is asked about a profile over an index as it is. */
export interface CapacityQuestion {
  readonly book: ProfileBook
  readonly index: FleetIndex
  readonly levels: readonly Omit<Gang, 'count'>[]
  /** Null: one more machine than fits. */
  readonly count: number | null
}

/** How the fleet stands for a profile: the gangs it names first, then those of every other level. */
export function capacityViews(
  profile: ProfileInput,
  question: CapacityQuestion,
): readonly Capacity[] {
  const named = gangsOf(profile)
  const rest = question.levels.filter(
    ({ level, perRail }) => !named.some((gang) => gang.level === level && gang.perRail === perRail),
  )
  return [
    ...named.map((gang) => viewOf(profile, question, gang, true)),
    ...rest.map((place) => {
      const { largest } = single(profile, question, place)
      const more = Math.min((largest?.machines ?? 0) + 1, requestLimits.count)
      return viewOf(profile, question, { ...place, count: question.count ?? more }, false)
    }),
  ]
}

/** How it stands for gangs of one: where most of them are. */
function single(
  profile: ProfileInput,
  { book, index }: CapacityQuestion,
  place: Omit<Gang, 'count'>,
): Pick<GangView, 'largest'> {
  const [view] = gangViews([gangProfile(book, profile, { ...place, count: 1 })], index)
  return view ?? { largest: null }
}

function viewOf(
  profile: ProfileInput,
  { book, index }: CapacityQuestion,
  gang: Gang,
  isNamed: boolean,
): Capacity {
  const { level, perRail, count: size } = gang
  const asked = gangProfile(book, profile, gang)
  const [view] = gangViews([asked], index)
  const base = { profile: `${profile.name}@${profile.version}`, level, perRail, size, isNamed }
  if (view === undefined) throw new AppError('conflict', `profile '${profile.name}' has no role`)
  const { largest, largestIfFree, gangs, next } = view
  const cost = gangs === 0 ? null : costOf(asked, namedGangs(book), index)
  return { ...base, largest, largestIfFree, gangs, next, cost }
}

/** Named gangs that are lost where a gang is placed as it would be now. */
function costOf(
  { request }: GangProfile,
  named: readonly GangProfile[],
  index: FleetIndex,
): Capacity['cost'] {
  const outcome = matchIn(index, request, { tenant: null, gangs: named })
  if (outcome.kind !== 'matched') return null
  const machines = outcome.assignments.flatMap((assignment) => assignment.machines)
  return gangsLostBy(machines, named, index).flatMap(({ profile, gangs }) =>
    gangs > 0 ? [{ gang: profile, gangs }] : [],
  )
}
