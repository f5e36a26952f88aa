import type { Database } from 'bun:sqlite'
import type { FabricSource, FabricStore } from '../fabric-store.ts'

/** Imported subnets in the table `fabrics`. */
export function sqliteFabric(database: Database): FabricStore {
  return {
    fabricSources: async () =>
      database
        .query<FabricSource, []>(
          `select name, imported_at_ms as importedAtMs, imported_by as importedBy
           from fabrics order by name`,
        )
        .all(),
    fabricText: async (name) =>
      database
        .query<{ text: string }, [string]>('select text from fabrics where name = ?')
        .get(name)?.text ?? null,
    putFabric: async ({ name, importedAtMs, importedBy }, text) => {
      database
        .query(
          `insert into fabrics (name, imported_at_ms, imported_by, text) values (?, ?, ?, ?)
           on conflict (name) do update set imported_at_ms = excluded.imported_at_ms,
             imported_by = excluded.imported_by, text = excluded.text`,
        )
        .run(name, importedAtMs, importedBy, text)
    },
    removeFabric: async (name) =>
      database.query('delete from fabrics where name = ?').run(name).changes > 0,
  }
}
