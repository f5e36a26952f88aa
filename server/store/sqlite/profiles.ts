import type { Database } from 'bun:sqlite'
import { profileInputSchema } from '../../../protocol/request/schema.ts'
import type { ProfileEntry, ProfileStore } from '../profile-store.ts'
import { StaleWriteError } from '../store.ts'

interface Row {
  readonly seq: number
  readonly name: string
  readonly at_ms: number
  readonly by_whom: string
  readonly document: string | null
}

/** The log of profiles in the table `profiles`. */
export function sqliteProfiles(database: Database): ProfileStore {
  let known: readonly ProfileEntry[] = []
  return {
    // Entries never change, so only those behind the last one known are read.
    profileLog: async () => {
      const rows = database
        .query<Row, [number]>('select * from profiles where seq > ? order by seq')
        .all(known.at(-1)?.seq ?? 0)
      if (rows.length > 0) known = [...known, ...rows.map(entryOf)]
      return known
    },
    appendProfile: async ({ name, atMs, by, profile }, afterSeq) => {
      const { changes } = database
        .query(
          `insert into profiles (seq, name, at_ms, by_whom, document)
           select ?1 + 1, ?2, ?3, ?4, ?5
           where (select coalesce(max(seq), 0) from profiles) = ?1`,
        )
        .run(afterSeq, name, atMs, by, profile === null ? null : JSON.stringify(profile))
      if (changes !== 1) throw new StaleWriteError('another profile was changed meanwhile')
      return afterSeq + 1
    },
  }
}

function entryOf({ seq, name, at_ms, by_whom, document }: Row): ProfileEntry {
  const profile = document === null ? null : profileInputSchema.parse(JSON.parse(document))
  return { seq, name, atMs: at_ms, by: by_whom, profile }
}
