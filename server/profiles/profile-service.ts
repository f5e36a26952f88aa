import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { nearestName } from '../../protocol/attributes/nearest.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Profile } from '../../protocol/profiles.ts'
import { parseProfile } from '../../protocol/request/profile.ts'
import type { ProfileInput } from '../../protocol/request/schema.ts'
import type { Domain } from '../domain.ts'
import { StaleWriteError } from '../store/store.ts'
import { checkProfile } from './check-profile.ts'
import { type KnownProfile, type ProfileBook, readProfiles } from './profile-book.ts'

/** Named hardware descriptions. `generation` null: whatever the caller has seen. */
export interface ProfileService {
  /** The newest version of each, by name. */
  list(): Promise<readonly Profile[]>
  /** Version null: the newest. Throws `not-found`. */
  get(name: string, version: string | null): Promise<Profile>
  /**
   * Puts a version; without one in it, it is given the next number. What is put equal to the newest
   * version changes nothing. Throws `unprocessable` for what is no profile, extends one that is not
   * there or itself, or breaks one that extends it; `conflict` for a version that is another.
   */
  put(name: string, written: unknown, actor: string, generation: number | null): Promise<Profile>
  /** Requests that name it are refused from now on. Throws `conflict` where another extends it. */
  remove(name: string, actor: string, generation: number | null): Promise<void>
}

/** Changes of profiles that are kept: a year of one a quarter of an hour. */
const entriesMaximum = 32_768

/** How often a change is decided again because another one came before it. */
const attemptsMaximum = 16

export function profileService(domain: Pick<Domain, 'store' | 'clock' | 'log'>): ProfileService {
  const { store, clock, log } = domain
  const append = async (
    book: ProfileBook,
    name: string,
    by: string,
    profile: ProfileInput | null,
  ) => {
    if (book.seq >= entriesMaximum) {
      throw new AppError('conflict', `profiles were changed ${book.seq} times, no more are kept`)
    }
    await store.appendProfile({ name, atMs: clock.now(), by, profile }, book.seq)
    log.info('profile was changed', { name, version: profile?.version ?? null, actor: by })
  }
  /** Decides on what there is, anew when somebody else was faster. */
  const decide = async (body: (book: ProfileBook) => Promise<void>) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await body(await readProfiles(store))
      } catch (error) {
        if (!(error instanceof StaleWriteError) || attempt === attemptsMaximum) throw error
      }
    }
  }
  const get = async (name: string, version: string | null) =>
    present(presentProfile(await readProfiles(store), name), version)
  return {
    list: async () => (await readProfiles(store)).present.map((profile) => present(profile, null)),
    get,
    async put(name, written, actor, generation) {
      let version = ''
      await decide(async (book) => {
        const known = book.known(name)
        requireGeneration(name, known, generation)
        const profile = versioned(name, written, known)
        version = profile.version
        const before = known?.versions.find((one) => one.profile.version === version)?.profile
        const isEqual = before !== undefined && isDeepStrictEqual(before, profile)
        if (before !== undefined && !isEqual) {
          const detail = `version '${version}' of profile '${name}' is another; give it a new one`
          throw new AppError('conflict', detail, { name, version })
        }
        const isNewest = known?.versions.at(-1)?.profile.version === version
        if (isEqual && isNewest && !known.isRemoved) return
        if (isEqual) {
          const why = known?.isRemoved === true ? 'of before it was removed' : 'not its newest'
          const detail = `version '${version}' of profile '${name}' is ${why}; give it a new one`
          throw new AppError('conflict', detail, { name, version })
        }
        checkProfile(profile, book)
        await append(book, name, actor, profile)
      })
      return get(name, version)
    },
    remove: (name, actor, generation) =>
      decide(async (book) => {
        requireGeneration(name, presentProfile(book, name), generation)
        const heirs = book.present.filter(({ name: other, versions }) => {
          const parents = versions.at(-1)?.profile.extends ?? []
          return other !== name && parents.some((parent) => parent.split('@')[0] === name)
        })
        if (heirs.length > 0) {
          const names = heirs.map((heir) => heir.name)
          const detail = `profile '${name}' is extended by ${names.slice(0, 5).join(', ')}`
          throw new AppError('conflict', detail, { name, extendedBy: names })
        }
        await append(book, name, actor, null)
      }),
  }
}

/** A profile that is there. Throws `not-found` with the nearest name. */
function presentProfile(book: ProfileBook, name: string): KnownProfile {
  const known = book.known(name)
  if (known !== null && !known.isRemoved) return known
  const near = nearestName(name, book.names)
  const hint = near === null ? '' : `, did you mean '${near}'`
  throw new AppError('not-found', `no profile is named '${name}'${hint}`)
}

function present({ name, generation, versions }: KnownProfile, version: string | null): Profile {
  const found =
    version === null ? versions.at(-1) : versions.find(({ profile }) => profile.version === version)
  if (found === undefined) {
    throw new AppError('not-found', `profile '${name}' has no version '${version ?? ''}'`)
  }
  return {
    name,
    version: found.profile.version,
    generation,
    versions: versions.map(({ profile }) => profile.version),
    profile: found.profile,
    putBy: found.by,
    putAtMs: found.atMs,
  }
}

/** What was written, read, with the version that it says or the one it gets. */
function versioned(name: string, written: unknown, known: KnownProfile | null): ProfileInput {
  const fields = z.record(z.string(), z.unknown()).safeParse(written)
  if (!fields.success) throw new AppError('unprocessable', `profile '${name}' has no fields`)
  const named: Readonly<Record<string, unknown>> = { name, ...fields.data }
  if (named['name'] !== name) {
    const other = String(named['name']).slice(0, 64)
    const detail = `the profile names itself '${other}', not '${name}'`
    throw new AppError('unprocessable', detail)
  }
  if ('version' in named) return parseProfile(named)
  const newest = known === null || known.isRemoved ? undefined : known.versions.at(-1)?.profile
  if (newest !== undefined) {
    const again = parseProfile({ ...named, version: newest.version })
    if (isDeepStrictEqual(again, newest)) return newest
  }
  return parseProfile({ ...named, version: nextVersion(known) })
}

/** One more than the highest that is a whole number. */
function nextVersion(known: KnownProfile | null): string {
  const numbers = (known?.versions ?? []).flatMap(({ profile: { version } }) =>
    /^\d{1,9}$/.test(version) ? [Number(version)] : [],
  )
  return String(Math.max(0, ...numbers) + 1)
}

function requireGeneration(
  name: string,
  known: KnownProfile | null,
  generation: number | null,
): void {
  const present = known?.generation ?? 0
  if (generation === null || generation === present) return
  throw new AppError(
    'precondition-failed',
    `profile '${name}' is at generation ${present}, not at ${generation}`,
    { generation: present },
  )
}
