import type { ProfileInput } from '../../protocol/request/schema.ts'

/** What was done to a profile. */
export interface ProfileEntry {
  /** Rises with every entry of any profile. */
  readonly seq: number
  readonly name: string
  readonly atMs: number
  readonly by: string
  /** The version that was put; null: the profile was removed. */
  readonly profile: ProfileInput | null
}

/** Profiles as the log of what was done to them: entries are added and never change. */
export interface ProfileStore {
  /** Oldest first. The same array as before where nothing was added. */
  profileLog(): Promise<readonly ProfileEntry[]>
  /**
   * Adds an entry behind the one with `afterSeq` (0: the first) and gives its seq. Throws
   * {@link StaleWriteError} where another one stands there by now.
   */
  appendProfile(entry: Omit<ProfileEntry, 'seq'>, afterSeq: number): Promise<number>
}
