import type { ProfileLookup } from '../../protocol/request/profile.ts'
import type { ProfileInput } from '../../protocol/request/schema.ts'
import type { ProfileEntry, ProfileStore } from '../store/profile-store.ts'

/** A profile that was put, with all its versions. */
export interface KnownProfile {
  readonly name: string
  /** Entries of its name so far. */
  readonly generation: number
  /** Oldest first; at least one. */
  readonly versions: readonly (ProfileEntry & { readonly profile: ProfileInput })[]
  /** Its versions stay taken: a version, once given, never changes. */
  readonly isRemoved: boolean
}

/** All profiles at one moment. */
export interface ProfileBook extends ProfileLookup {
  /** Of the last entry; 0: there is none. */
  readonly seq: number
  /** Those that are there, by name. */
  readonly present: readonly KnownProfile[]
  /** One that is there or was; null: nobody ever put it. */
  known(name: string): KnownProfile | null
}

const books = new WeakMap<readonly ProfileEntry[], ProfileBook>()

/** The profiles of a store, read anew where one changed. */
export async function readProfiles(store: ProfileStore): Promise<ProfileBook> {
  const log = await store.profileLog()
  const kept = books.get(log)
  if (kept !== undefined) return kept
  const book = bookOf(log)
  books.set(log, book)
  return book
}

/** What a log of changes, oldest first, comes to. */
export function bookOf(log: readonly ProfileEntry[]): ProfileBook {
  const byName = new Map<string, KnownProfile>()
  for (const entry of log) {
    const { name, profile } = entry
    const before = byName.get(name)
    const versions = before?.versions ?? []
    byName.set(name, {
      name,
      generation: (before?.generation ?? 0) + 1,
      versions: profile === null ? versions : [...versions, { ...entry, profile }],
      isRemoved: profile === null,
    })
  }
  const present = [...byName.values()]
    .filter(({ isRemoved }) => !isRemoved)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const presentByName = new Map(present.map((profile) => [profile.name, profile]))
  return {
    seq: log.at(-1)?.seq ?? 0,
    present,
    known: (name) => byName.get(name) ?? null,
    names: present.map(({ name }) => name),
    find(name, version) {
      const versions = presentByName.get(name)?.versions ?? []
      const found =
        version === null
          ? versions.at(-1)
          : versions.find(({ profile }) => profile.version === version)
      return found?.profile ?? null
    },
  }
}
