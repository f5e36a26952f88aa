import { DecodeError } from '../../../protocol/errors.ts'

/**
 * The cells of one line of CSV (RFC 4180): quotes around a cell, two for one inside. Cells do not go
 * over lines. Throws DecodeError for a quote that is not where one may stand.
 */
export function parseCsvLine(line: string): readonly string[] {
  const cells: string[] = []
  let at = 0
  for (;;) {
    const [cell, end] = line[at] === '"' ? quotedCell(line, at) : plainCell(line, at)
    cells.push(cell)
    if (end >= line.length) return cells
    if (line[end] !== ',') throw new DecodeError(`has '${line[end] ?? ''}' after a quoted cell`)
    at = end + 1
  }
}

function plainCell(line: string, start: number): readonly [cell: string, end: number] {
  const comma = line.indexOf(',', start)
  const end = comma === -1 ? line.length : comma
  const cell = line.slice(start, end)
  if (cell.includes('"')) throw new DecodeError(`has a quote inside of '${cell.slice(0, 40)}'`)
  return [cell, end]
}

function quotedCell(line: string, start: number): readonly [cell: string, end: number] {
  let cell = ''
  let at = start + 1
  for (;;) {
    const quote = line.indexOf('"', at)
    if (quote === -1) throw new DecodeError('has a quote that does not end')
    cell += line.slice(at, quote)
    if (line[quote + 1] !== '"') return [cell, quote + 1]
    cell += '"'
    at = quote + 2
  }
}
