import type { Database } from 'bun:sqlite'
import type { z } from 'zod'

export interface DocumentRow {
  readonly document: string
}

interface RecordRow {
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
 * Reads many records of one table. Each is read and checked once for each generation, which rises
 * with every change. `rest` of the query is ours; nothing in it comes from outside.
 */
export function recordReader<S extends z.ZodType>(
  database: Database,
  schema: S,
  table: 'machines' | 'allocations',
): (rest: string) => z.infer<S>[] {
  const kept = new Map<string, { readonly generation: number; readonly record: z.infer<S> }>()
  const read = (id: string): z.infer<S>[] => {
    const row = database
      .query<DocumentRow, [string]>(`select document from ${table} where id = ?`)
      .get(id)
    return row === null ? [] : [schema.parse(JSON.parse(row.document))]
  }
  return (rest) =>
    database
      .query<RecordRow, []>(`select id, generation from ${table} ${rest}`)
      .all()
      .flatMap(({ id, generation }) => {
        const known = kept.get(id)
        if (known?.generation === generation) return [known.record]
        const [record] = read(id)
        if (record === undefined) return []
        if (kept.size >= keptMaximum) kept.clear()
        kept.set(id, { generation, record })
        return [record]
      })
}
