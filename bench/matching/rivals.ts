import { Database } from 'bun:sqlite'
import type { Candidate } from '../../server/matching/candidate.ts'
import { amountNames, nameNames } from './fleet.ts'
import type { Term } from './queries.ts'

/** How many free machines meet some conditions, and the best four of them by one figure. */
export interface RivalAnswer {
  readonly count: number
  readonly best: readonly string[]
}

export interface Rival {
  readonly name: string
  answer(terms: readonly Term[]): RivalAnswer
}

const rankedBy = 'bench.memory.triad'

/** Plain objects in an array, conditions as closures: what a server without an index does. */
export function objectLoop(fleet: readonly Candidate[]): Rival {
  const rows = fleet.map((candidate) => new Map(rowOf(candidate)))
  const objects = rows.map((row): Readonly<Record<string, Cell>> => Object.fromEntries(row))
  return {
    name: 'object loop',
    answer(terms) {
      const tests = terms.map(testOf)
      const found = objects.filter(
        (row) => row['state'] === 'free' && tests.every((holds) => holds(row)),
      )
      const speed = (row: Readonly<Record<string, Cell>>) => Number(row[rankedBy] ?? -1)
      const best = found.toSorted((a, b) => speed(b) - speed(a)).slice(0, 4)
      return { count: found.length, best: best.map((row) => String(row['id'])) }
    },
  }
}

function testOf({
  attribute,
  operator,
  value,
}: Term): (row: Readonly<Record<string, Cell>>) => boolean {
  const wanted = cellOf(value)
  if (operator === 'eq') return (row) => row[attribute] === wanted
  const bound = Number(value)
  return (row) => {
    const held = row[attribute]
    return typeof held === 'number' && held >= bound
  }
}

/** SQLite in memory with an index on state and column for each column, analysed. */
export function sqliteTable(fleet: readonly Candidate[]): Rival {
  const database = new Database(':memory:')
  const columns = [
    'id',
    'state',
    ...amountNames,
    ...nameNames.filter((name) => name !== 'gpu.model'),
  ]
  const quoted = columns.map((name) => `"${name}"`)
  database.run(`CREATE TABLE machine (${quoted.join(', ')})`)
  const insert = database.prepare(
    `INSERT INTO machine VALUES (${columns.map(() => '?').join(', ')})`,
  )
  database.transaction(() => {
    for (const candidate of fleet) {
      const row = new Map(rowOf(candidate))
      insert.run(...columns.map((name) => sqlCell(row.get(name) ?? null)))
    }
  })()
  for (const name of quoted.slice(2)) {
    database.run(`CREATE INDEX "by ${name.slice(1, -1)}" ON machine (state, ${name})`)
  }
  database.run('ANALYZE')
  return {
    name: 'SQLite with indexes',
    answer(terms) {
      const where = terms.map(
        ({ attribute, operator }) => `"${attribute}" ${operator === 'eq' ? '=' : '>='} ?`,
      )
      const condition = `state = 'free' AND ${where.join(' AND ')}`
      const values = terms.map(({ value }) => sqlCell(cellOf(value)))
      const rows: unknown[] = database
        .query(`SELECT id FROM machine WHERE ${condition} ORDER BY "${rankedBy}" DESC LIMIT 4`)
        .values(...values)
        .flat()
      const [[count] = []] = database
        .query(`SELECT count(*) FROM machine WHERE ${condition}`)
        .values(...values)
      return { count: Number(count), best: rows.map(String) }
    },
  }
}

type Cell = number | string | boolean | null

function rowOf({ id, attributes, availability }: Candidate): readonly (readonly [string, Cell])[] {
  return [
    ['id', id],
    ['state', availability.kind],
    ...[...attributes].flatMap(([name, value]): (readonly [string, Cell])[] =>
      value !== null && typeof value === 'object' ? [] : [[name, cellOf(value)]],
    ),
  ]
}

function cellOf(value: bigint | string | boolean | null): Cell {
  return typeof value === 'bigint' ? Number(value) : value
}

function sqlCell(value: Cell): number | string | null {
  return typeof value === 'boolean' ? Number(value) : value
}
