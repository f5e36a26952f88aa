import { Table } from 'console-table-printer'

/** Rows as a table for a terminal; numbers stand right. */
export function printableTable(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const names = Object.keys(rows[0] ?? {})
  const table = new Table({
    shouldDisableColors: true,
    columns: names.map((name) => ({
      name,
      alignment: rows.every((row) => typeof row[name] === 'number') ? 'right' : 'left',
    })),
  })
  for (const row of rows) table.addRow(row)
  return table.render()
}
