import { Table } from 'console-table-printer'
import { safeText } from './safe-text.ts'

/** A column: its heading, and which way its cells lean. */
export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

const blank = { left: '', mid: '', right: '', other: '' }
const style = { headerTop: blank, headerBottom: blank, tableBottom: blank, vertical: '' }

/** Rows under headings without any lines, two spaces between columns. Cells are made safe here. */
export function tableText(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const table = new Table({
    shouldDisableColors: true,
    style,
    columns: columns.map(({ title, align = 'left' }, at) => ({
      name: String(at),
      title,
      alignment: align,
    })),
  })
  for (const row of rows) {
    table.addRow(Object.fromEntries(row.map((cell, at) => [String(at), safeText(cell)])))
  }
  return table
    .render()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.slice(1).trimEnd())
    .join('\n')
}

/** `name  value` lines, the values under each other. */
export function fieldsText(fields: readonly (readonly [string, string])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length))
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${safeText(value)}`).join('\n')
}
