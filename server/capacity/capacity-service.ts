import { AppError } from '../../protocol/errors.ts'
import type { Capacity, CapacityQuery } from '../../protocol/capacity.ts'
import { requestLimits } from '../../protocol/request/limits.ts'
import { Problems } from '../../protocol/request/problems.ts'
import { resolveProfile } from '../../protocol/request/profile.ts'
import type { ProfileInput } from '../../protocol/request/schema.ts'
import { availabilityAt } from '../allocation/outlook.ts'
import type { Outlook } from '../allocation/outlook.ts'
import { readOutlooks } from '../allocation/read-fleet.ts'
import type { Domain } from '../domain.ts'
import type { GangProfile } from '../matching/gang-census.ts'
import { type GangView, gangsLostBy, gangViews } from '../matching/gang-view.ts'
import type { FleetIndex } from '../matching/index/fleet-index.ts'
import { matchIn } from '../matching/match.ts'
import { type Gang, gangProfile, gangsOf, namedGangs } from '../profiles/gang-profiles.ts'
import { type ProfileBook, readProfiles } from '../profiles/profile-book.ts'
import { Work } from '../store/work.ts'

/** What a fleet could still serve. */
export interface CapacityService {
  /**
   * For each profile the largest gang that fits now, by level, and what blocks the next. The gangs that
   * it names come first. Throws `unprocessable` for a profile that there is not.
   */
  view(query: CapacityQuery): Promise<readonly Capacity[]>
}

/** Levels that are looked at beside those that a profile names. */
const levelsMaximum = 8
/** A level with fewer machines a domain than that is no place for a gang. */
const machinesPerDomainMinimum = 2

export function capacityService(domain: Domain): CapacityService {
  const { store, clock, fleetLane, fleetMatcher } = domain
  return {
    async view({ profile = null, count = null }) {
      const book = await readProfiles(store)
      const profiles = profilesAskedFor(book, profile)
      const nowMs = clock.now()
      const open = await store.openAllocations()
      const machines = await readOutlooks(domain, new Work(store), open, nowMs)
      const levels = levelsOf(machines)
      const views: Capacity[] = []
      // One profile at a time: decisions that wait for the index come between.
      for (const one of profiles) {
        const found = await fleetLane.run(async () => {
          fleetMatcher.takeOver(machines)
          return fleetMatcher.look(
            machines,
            (machine) => availabilityAt(machine, nobody, nowMs),
            (index) => viewsOf(one, { book, index, levels, count }),
          )
        })
        views.push(...found)
      }
      return views
    },
  }
}

/** Whoever comes: what is kept for a tenant at this moment is not theirs. */
const nobody = { tenant: '', needMs: 1, reservationId: null }

function profilesAskedFor(book: ProfileBook, wanted: string | null): readonly ProfileInput[] {
  if (wanted === null) return book.present.flatMap(({ versions }) => versions.at(-1)?.profile ?? [])
  const problems = new Problems('the question')
  const profile = resolveProfile(wanted, book, 'profile', problems).at(-1)
  if (profile === undefined || !problems.empty) throw problems.refusal()
  return [profile]
}

interface Question {
  readonly book: ProfileBook
  readonly index: FleetIndex
  readonly levels: readonly Omit<Gang, 'count'>[]
  /** Null: one more machine than fits. */
  readonly count: number | null
}

function viewsOf(profile: ProfileInput, question: Question): readonly Capacity[] {
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
  { book, index }: Question,
  place: Omit<Gang, 'count'>,
): Pick<GangView, 'largest'> {
  const [view] = gangViews([gangProfile(book, profile, { ...place, count: 1 })], index)
  return view ?? { largest: null }
}

function viewOf(
  profile: ProfileInput,
  { book, index }: Question,
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

/** Anywhere, the labels that put machines together, and leaves by rail where links are known. */
function levelsOf(machines: readonly Outlook[]): readonly Omit<Gang, 'count'>[] {
  const domains = new Map<string, { readonly values: Set<unknown>; count: number }>()
  let isRailed = false
  for (const { attributes } of machines) {
    isRailed ||= attributes.has('fabric.ports')
    for (const [name, value] of attributes) {
      if (!name.startsWith('label.')) continue
      const level = domains.get(name) ?? { values: new Set(), count: 0 }
      level.values.add(value)
      level.count += 1
      domains.set(name, level)
    }
  }
  const labels = [...domains]
    .filter(([, { values, count }]) => count >= values.size * machinesPerDomainMinimum)
    .map(([name]) => ({ level: name.slice('label.'.length), perRail: false }))
    .toSorted((a, b) => (a.level < b.level ? -1 : 1))
    .slice(0, levelsMaximum)
  const anywhere = { level: null, perRail: false }
  return [anywhere, ...labels, ...(isRailed ? [{ level: 'leaf', perRail: true }] : [])]
}
