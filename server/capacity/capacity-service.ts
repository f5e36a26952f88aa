import assert from 'node:assert/strict'
import type { Capacity, CapacityQuery } from '../../protocol/capacity.ts'
import { Problems } from '../../protocol/request/problems.ts'
import { resolveProfile } from '../../protocol/request/profile.ts'
import type { ProfileInput } from '../../protocol/request/schema.ts'
import type { Domain } from '../domain.ts'
import type { ProfileBook } from '../profiles/profile-book.ts'

/** What a fleet could still serve. */
export interface CapacityService {
  /**
   * For each profile the largest gang that fits now, by level, and what blocks the next. The gangs that
   * it names come first. Throws `unprocessable` for a profile that there is not.
   */
  view(query: CapacityQuery): Promise<readonly Capacity[]>
}

export function capacityService(domain: Domain): CapacityService {
  const { clock, picture, planner } = domain
  return {
    async view({ profile = null, count = null }) {
      const nowMs = clock.now()
      const book = await picture.update(nowMs)
      const profiles = profilesAskedFor(book, profile)
      const views: Capacity[] = []
      // One profile at a time: decisions come between.
      for (const { name, version } of profiles) {
        const question = { kind: 'capacity', nowMs, profile: `${name}@${version}`, count } as const
        const { answer } = await planner.ask(picture, question)
        assert(answer.kind === 'capacity', 'an answer is of the kind of its question')
        views.push(...answer.views)
      }
      return views
    },
  }
}

function profilesAskedFor(book: ProfileBook, wanted: string | null): readonly ProfileInput[] {
  if (wanted === null) return book.present.flatMap(({ versions }) => versions.at(-1)?.profile ?? [])
  const problems = new Problems('the question')
  const profile = resolveProfile(wanted, book, 'profile', problems).at(-1)
  if (profile === undefined || !problems.empty) throw problems.refusal()
  return [profile]
}
