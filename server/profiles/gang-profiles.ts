import { parseRequest } from '../../protocol/request.ts'
import type { ProfileInput } from '../../protocol/request/schema.ts'
import { AppError } from '../../protocol/errors.ts'
import type { GangProfile } from '../matching/gang-census.ts'
import type { ProfileBook } from './profile-book.ts'

/** So many machines of one kind together. */
export interface Gang {
  readonly count: number
  /** Null: anywhere. */
  readonly level: string | null
  readonly perRail: boolean
}

/** Gangs that placements keep room for: each is counted anew in a match over domains. */
const keptMaximum = 16

const gangsByBook = new WeakMap<ProfileBook, readonly GangProfile[]>()

/** The gangs that the newest versions of profiles name, the first of them by name. */
export function namedGangs(book: ProfileBook): readonly GangProfile[] {
  const kept = gangsByBook.get(book)
  if (kept !== undefined) return kept
  const found = book.present
    .flatMap(({ versions }) => {
      const profile = versions.at(-1)?.profile
      if (profile === undefined) return []
      return gangsOf(profile).flatMap((gang) => understood(book, profile, gang) ?? [])
    })
    .slice(0, keptMaximum)
  gangsByBook.set(book, found)
  return found
}

export function gangsOf({ gangs = [] }: ProfileInput): readonly Gang[] {
  return gangs.map(({ count, level = null, perRail = false }) => ({ count, level, perRail }))
}

/** A gang as a request. Throws `unprocessable` where its profile is of a form nobody reads any more. */
export function gangProfile(
  book: ProfileBook,
  { name, version }: Pick<ProfileInput, 'name' | 'version'>,
  { count, level, perRail }: Gang,
): GangProfile {
  const where = level === null ? '' : ` in one ${level}${perRail ? ' per rail' : ''}`
  const request = parseRequest(
    {
      roles: [{ name: 'machine', count, profile: `${name}@${version}` }],
      constraints: level === null ? [] : [{ kind: 'same', level, perRail }],
      lease: { duration: '1h' },
    },
    book,
  )
  return { name: `${count} ${name}${where}`, request }
}

function understood(book: ProfileBook, profile: ProfileInput, gang: Gang): GangProfile | null {
  try {
    return gangProfile(book, profile, gang)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}
