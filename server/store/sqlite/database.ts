import { Database } from 'bun:sqlite'
import { migrations } from './migrations.ts'

/**
 * Opens a database, makes it durable (WAL, a sync for each commit) and brings its schema up to date.
 * `file` is a path or `:memory:`. Throws for a file that a newer server wrote.
 */
export function openDatabase(file: string, newDatabaseId: () => string): Database {
  const database = new Database(file, { create: true, strict: true })
  database.run('pragma journal_mode = wal')
  database.run('pragma synchronous = full')
  database.run('pragma foreign_keys = on')
  database.run('pragma busy_timeout = 5000')
  database.transaction(migrate).immediate(database, newDatabaseId)
  return database
}

function migrate(database: Database, newDatabaseId: () => string): void {
  const row = database.query<{ user_version: number }, []>('pragma user_version').get()
  const version = row?.user_version ?? 0
  const newest = migrations.at(-1)?.version ?? 0
  if (version > newest) {
    throw new Error(
      `Cannot open database of schema ${version}: this server knows schemas up to ${newest}`,
    )
  }
  for (const migration of migrations.filter((step) => step.version > version)) {
    for (const statement of migration.statements) database.run(statement)
    database.run(`pragma user_version = ${migration.version}`)
  }
  database
    .query('insert into meta (key, value) values (?, ?) on conflict do nothing')
    .run('database_id', newDatabaseId())
}
