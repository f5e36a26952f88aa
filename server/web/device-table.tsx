import type { ComponentChildren } from 'preact'
import { nothing } from './format.ts'

type Cell = ComponentChildren | null

/**
 * Devices of a kind, one a row; nothing at all where there are none. A column of which no device
 * tells anything is left out.
 */
export function DeviceTable(props: {
  /** What the list of contents leads to. */
  readonly id: string
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Cell[])[]
  /** What all of them share; what is not known is left out. */
  readonly note?: readonly (string | null | undefined)[]
}) {
  const { id, name, columns, rows, note = [] } = props
  if (rows.length === 0) return null
  const told = columns.map((_, at) => rows.some((cells) => !isNothing(cells[at])))
  const words = [String(rows.length), ...note.filter((word) => word !== null && word !== undefined)]
  return (
    <section class="card scroll" aria-labelledby={id}>
      <table>
        <caption id={id}>
          {name} <small>{words.join(' · ')}</small>
        </caption>
        <thead>
          <tr>
            {columns.map(
              (column, at) =>
                told[at] === true && (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map(
                (cell, at) =>
                  told[at] === true && (
                    <td key={columns[at]}>{isNothing(cell) ? nothing : cell}</td>
                  ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function isNothing(cell: Cell | undefined): boolean {
  return cell === null || cell === undefined || cell === '' || cell === nothing
}
