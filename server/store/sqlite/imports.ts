import type { Database } from 'bun:sqlite'
import type { ImportStore } from '../import-store.ts'
import { machineRecordSchema } from '../records.ts'
import { documentReader } from './documents.ts'

/** As the index `machines_imported` has it. */
const isImported = `instr(json_extract(document, '$.flags'), '"imported"') > 0`

const machineIds = '(select value from json_each(?1))'
const inspectionIds = `(select id from inspections where machine_id in ${machineIds})`

/** Rows that name a machine, those that are named by others last. */
const deletions = [
  `delete from facts where inspection_id in ${inspectionIds}`,
  `delete from findings where inspection_id in ${inspectionIds}`,
  `delete from results where inspection_id in ${inspectionIds}`,
  `delete from inspections where machine_id in ${machineIds}`,
  `delete from log_lines where machine_id in ${machineIds}`,
  `delete from phases where machine_id in ${machineIds}`,
  `delete from identity_evidence where machine_id in ${machineIds}`,
  `delete from machines where id in ${machineIds}`,
] as const

export function sqliteImports(database: Database): ImportStore {
  const forget = database.transaction((machineId: string | null, atMost: number): number => {
    const found = database
      .query<{ id: string }, [string | null, number]>(
        `select id from machines where ${isImported} and (?1 is null or id = ?1) limit ?2`,
      )
      .all(machineId, atMost)
    const ids = JSON.stringify(found.map(({ id }) => id))
    for (const deletion of deletions) database.query(deletion).run(ids)
    return found.length
  })
  const documents = documentReader(database)
  return {
    machinesNamed: async (names) =>
      documents.many(
        machineRecordSchema,
        `select document from machines
         where json_extract(document, '$.name') in (select value from json_each(?)) order by id`,
        JSON.stringify(names),
      ),
    foreignNames: async (names) =>
      database
        .query<{ name: string }, [string]>(
          `select json_extract(document, '$.name') as name from machines
           where json_extract(document, '$.name') in (select value from json_each(?))
             and not ${isImported}`,
        )
        .all(JSON.stringify(names))
        .map(({ name }) => name),
    // SQLite takes a negative limit for none.
    forgetImported: async (machineId, atMost = -1) => forget.immediate(machineId, atMost),
  }
}
