import type { Database } from 'bun:sqlite'
import type { ImportStore } from '../import-store.ts'

const isImported = `exists (
  select 1 from json_each(machines.document, '$.flags') where value = 'imported'
)`

/** Rows that name a machine, those that are named by others last. */
const deletions = [
  `delete from facts where inspection_id in
    (select id from inspections where machine_id in (select id from forgotten))`,
  `delete from findings where inspection_id in
    (select id from inspections where machine_id in (select id from forgotten))`,
  `delete from results where inspection_id in
    (select id from inspections where machine_id in (select id from forgotten))`,
  `delete from inspections where machine_id in (select id from forgotten)`,
  `delete from log_lines where machine_id in (select id from forgotten)`,
  `delete from phases where machine_id in (select id from forgotten)`,
  `delete from identity_evidence where machine_id in (select id from forgotten)`,
  `delete from machines where id in (select id from forgotten)`,
] as const

export function sqliteImports(database: Database): ImportStore {
  const forget = database.transaction((machineId: string | null): number => {
    database.run('create temp table forgotten (id text primary key) strict')
    database
      .query(
        `insert into forgotten select id from machines where ${isImported} and (?1 is null or id = ?1)`,
      )
      .run(machineId)
    for (const deletion of deletions) database.run(deletion)
    const found = database
      .query<{ count: number }, []>('select count(*) as count from forgotten')
      .get()
    database.run('drop table forgotten')
    return found?.count ?? 0
  })
  return { forgetImported: async (machineId) => forget.immediate(machineId) }
}
