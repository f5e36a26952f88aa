import type { Database } from 'bun:sqlite'
import type { z } from 'zod'

export interface DocumentRow {
  readonly document: string
}

interface RecordRow extends DocumentRow {
  readonly id: string
  readonly generation: number
}

/** Records of one table that are kept as they were read: the machines of a very large site. */
const keptMaximum = 250_000

/** Reads rows out of `document`, checked: what a file holds is input like any other. */
export function documentReader(database: Database) {
  return {
    one<S extends z.ZodType>(schema: S, sql: string, key: string): z.infer<S> | null {
      const row = database.query<DocumentRow, [string]>(sql).get(key)
      return row === null ? null : schema.parse(JSON.parse(row.document))
    },
    many<S extends z.ZodType>(
      schema: S,
      sql: string,
      ...keys: readonly (string | number)[]
    ): z.infer<S>[] {
      const rows = database.query<DocumentRow, (string | number)[]>(sql).all(...keys)
      return rows.map((row) => schema.parse(JSON.parse(row.document)))
    },
  }
}

/**
 * Reads many records of one table, each checked once for each generation: none ever changes but by
 * rising. `rest` of the query is ours; nothing in it comes from outside.
 */
export function recordReader<S extends z.ZodType>(
  database: Database,
  schema: S,
  table: 'machines' | 'allocations',
): (rest: string) => z.infer<S>[] {
  const kept = new Map<string, { readonly generation: number; readonly record: z.infer<S> }>()
  return (rest) =>
    database
      .query<RecordRow, []>(`select id, generation, document from ${table} ${rest}`)
      .all()
      .map(({ id, generation, document }) => {
        const known = kept.get(id)
        if (known?.generation === generation) return known.record
        const record = schema.parse(JSON.parse(document))
        if (kept.size >= keptMaximum) kept.clear()
        kept.set(id, { generation, record })
        return record
      })
}
