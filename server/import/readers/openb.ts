import type { Json } from '../../../protocol/canonical.ts'
import { parsePresented } from '../../../protocol/attributes/parse-presented.ts'
import { AppError, DecodeError } from '../../../protocol/errors.ts'
import type { ImportedMachine, ImportReader } from '../imported-machine.ts'
import { parseCsvLine } from './csv.ts'
import { entryOf } from './entry.ts'
import { nameOf } from './name.ts'

/**
 * The node lists of Alibaba's GPU cluster trace of 2023 (`openb_node_list_*.csv`): serial number,
 * thousandths of CPUs, MiB of memory, GPUs and their model. The columns may stand in any order; one
 * without a name, as data frames write their index, is left out.
 */
export const readOpenb: ImportReader = async function* (lines) {
  let columns: readonly string[] | null = null
  for await (const { number, text } of lines) {
    if (text.trim() === '') continue
    if (columns === null) {
      columns = headerOf(text, number)
      continue
    }
    const header = columns
    yield entryOf(number, () => toMachine(rowOf(header, parseCsvLine(text))))
  }
}

const wanted = ['sn', 'cpu_milli', 'memory_mib', 'gpu', 'model'] as const
type Column = (typeof wanted)[number]

/** Throws `unprocessable` for another header: no line below could be understood. */
function headerOf(text: string, line: number): readonly string[] {
  const columns = columnsIn(text)
  const named = columns.filter((name) => name !== '')
  const isOpenb = named.length === wanted.length && wanted.every((column) => named.includes(column))
  if (isOpenb) return columns
  const found = text.trim().slice(0, 80)
  throw new AppError(
    'unprocessable',
    `line ${line}: columns are '${found}', wanted ${wanted.join(',')}`,
  )
}

function columnsIn(text: string): readonly string[] {
  try {
    return parseCsvLine(text).map((name) => name.trim())
  } catch (error) {
    if (error instanceof DecodeError) return []
    throw error
  }
}

function rowOf(
  columns: readonly string[],
  cells: readonly string[],
): Readonly<Record<Column, string>> {
  if (cells.length !== columns.length) {
    throw new DecodeError(`has ${cells.length} cells, wanted ${columns.length}`)
  }
  const cell = (column: Column) => (cells[columns.indexOf(column)] ?? '').trim()
  return {
    sn: cell('sn'),
    cpu_milli: cell('cpu_milli'),
    memory_mib: cell('memory_mib'),
    gpu: cell('gpu'),
    model: cell('model'),
  }
}

function toMachine(row: Readonly<Record<Column, string>>): ImportedMachine {
  const cpuMilli = whole(row.cpu_milli, 'cpu_milli')
  const memoryMib = whole(row.memory_mib, 'memory_mib')
  const gpuCount = whole(row.gpu, 'gpu')
  const model = row.model === '' || row.model.toLowerCase() === 'nan' ? null : row.model
  if (cpuMilli % 1000 !== 0)
    throw new DecodeError(`cpu_milli ${cpuMilli} is no whole number of CPUs`)
  if (gpuCount > mostGpus) throw new DecodeError(`gpu is ${gpuCount}, wanted at most ${mostGpus}`)
  if (gpuCount === 0 && model !== null) {
    throw new DecodeError(`gpu is 0 and its model is '${model.slice(0, 40)}'`)
  }
  const gpu = model === null ? { kind: 'gpu' } : { kind: 'gpu', model }
  const attributes: Record<string, Json> = {
    'cpu.threads': cpuMilli / 1000,
    'memory.size': `${memoryMib}MiB`,
    'gpu.count': gpuCount,
    gpus: Array.from({ length: gpuCount }, () => gpu),
  }
  if (gpuCount === 0) attributes['gpu.model'] = null
  else if (model !== null) attributes['gpu.model'] = [model]
  const values = parsePresented(attributes)
  return { name: nameOf(row.sn, 'sn'), labels: {}, known: { kind: 'attributes', values } }
}

/** The facts of a machine hold no more. */
const mostGpus = 256

function whole(text: string, column: Column): number {
  if (/^\d{1,12}(\.0+)?$/.test(text)) return Number(text)
  throw new DecodeError(`${column} is '${text.slice(0, 40)}', wanted a whole number`)
}
