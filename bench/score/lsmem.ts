import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { memoryBlocks } from '../../agent/discovery/memory-blocks.ts'
import { rootedHost } from '../../agent/host.ts'
import type { MemoryFacts } from '../../protocol/facts/memory.ts'
import { corpusNames, corpusPath, unpacked } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'

const folder = 'util-linux-lsmem'
type Blocks = NonNullable<MemoryFacts['blocks']>

/** Which memory can be taken away. Of its output forms the tables are read; JSON and raw say the same. */
export const lsmemScorer: Scorer = {
  source: 'lsmem',
  peer: 'lsmem (golden output of its own tests)',
  corpus: folder,
  targetRatio: 0.99,
  async measure() {
    const names = await corpusNames(`${folder}/dumps`, '.tar.bz2')
    await using files = await unpacked(
      `${folder}/dumps`,
      names.map((name) => `${name}.tar.bz2`),
    )
    const comparisons: Comparison[] = []
    for (const name of names) {
      const blocks = await memoryBlocks(rootedHost(join(files.root, name)))
      const golden = await readFile(corpusPath(folder, 'expected', `lsmem-${name}`), 'utf8')
      comparisons.push(...compareLsmem(name, blocks, golden))
    }
    return { machineCount: names.length, comparisons, uncovered: [] }
  },
}

/** `text` has calls of lsmem, each after a line with `$ ` and the command. */
export function compareLsmem(
  name: string,
  blocks: Blocks | null,
  text: string,
): readonly Comparison[] {
  const ours = blocks === null ? () => [] : (table: Table) => linesOf(blocks, table)
  return tablesIn(text).flatMap((table) => compareTable(name, table, ours(table)))
}

/** One call of lsmem. */
interface Table {
  readonly command: string
  readonly columns: readonly string[]
  /** Ranges that differ in one of these stand apart. */
  readonly splitBy: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly summary: readonly string[]
}

/** What stands in a table, by line. */
type Line = readonly (readonly [field: string, value: string])[]

function tablesIn(golden: string): readonly Table[] {
  return golden.split(/^\$ /m).flatMap((section) => {
    const [command = '', ...lines] = section.split('\n')
    const head = lines.find((line) => line.startsWith('RANGE'))
    if (!command.startsWith('lsmem') || head === undefined || /--(raw|json|pairs)/.test(command))
      return []
    const body = lines.slice(lines.indexOf(head) + 1)
    const columns = [...head.matchAll(/\S+/g)].map(([name]) => name)
    // The first column is left-aligned, the others end where their titles end.
    const ends = [...head.matchAll(/\S+/g)].map(({ index, 0: name }) => index + name.length)
    const split = /--split[= ](\S+)/.exec(command)?.[1] ?? columns.join()
    const all = / (-a|--all)\b/.test(command)
    return [
      {
        command,
        columns,
        splitBy: all ? ['BLOCK'] : split === 'none' ? [] : split.split(','),
        rows: body
          .filter((line) => line.startsWith('0x'))
          .map((line) => ends.map((end, at) => cellAt(line, at === 0 ? null : end))),
        summary: body.filter((line) => line.includes(':')),
      },
    ]
  })
}

function cellAt(line: string, end: number | null): string {
  if (end === null) return /^\S+/.exec(line)?.[0] ?? ''
  const found = [...line.matchAll(/\S+/g)].find(({ index, 0: word }) => index + word.length === end)
  return found?.[0] ?? ''
}

function compareTable(name: string, table: Table, ours: readonly Line[]): readonly Comparison[] {
  const theirs: readonly Line[] = [
    ...table.rows.map((row) => table.columns.map((column, at) => [column, row[at] ?? ''] as const)),
    ...table.summary.map((line) =>
      [line.split(/: +/)].map(([what = '', size = '']) => [what, size] as const),
    ),
  ]
  return theirs.flatMap((line, at) =>
    line.map(([field, value], column) => ({
      machine: `${name}, ${table.command}, line ${at + 1}`,
      field,
      ours: ours[at]?.[column]?.[1] ?? null,
      // Older kernels write `None`, newer ones `none`: it is no zone.
      theirs: field === 'ZONES' && value.toLowerCase() === 'none' ? '' : value,
    })),
  )
}

function linesOf(blocks: Blocks, { columns, splitBy }: Table): readonly Line[] {
  const { blockSizeBytes } = blocks
  const single = blocks.ranges.flatMap((range) =>
    Array.from({ length: range.sizeBytes / blockSizeBytes }, (_, index) => ({
      ...range,
      startBytes: range.startBytes + index * blockSizeBytes,
      sizeBytes: blockSizeBytes,
    })),
  )
  const parts: Blocks['ranges'][number][] = []
  for (const block of single) {
    const last = parts.at(-1)
    const key = (range: typeof block) =>
      splitBy
        .filter((column) => column !== 'RANGE' && column !== 'SIZE')
        .map((column) => value(range, column, blockSizeBytes))
    const follows = last !== undefined && last.startBytes + last.sizeBytes === block.startBytes
    const blockwise = splitBy.length === 1 && splitBy[0] === 'BLOCK'
    if (
      follows &&
      !blockwise &&
      key({ ...last, sizeBytes: blockSizeBytes, startBytes: block.startBytes }).join() ===
        key(block).join()
    ) {
      parts[parts.length - 1] = { ...last, sizeBytes: last.sizeBytes + blockSizeBytes }
    } else parts.push(block)
  }
  return [
    ...parts.map((range) =>
      columns.map((column) => [column, value(range, column, blockSizeBytes)] as const),
    ),
    [['Memory block size', size(blockSizeBytes)]],
    [['Total online memory', size(blocks.onlineBytes)]],
    [['Total offline memory', size(blocks.offlineBytes)]],
  ]
}

function value(range: Blocks['ranges'][number], column: string, blockSizeBytes: number): string {
  const { startBytes, sizeBytes, state, removable, node, zones } = range
  const first = startBytes / blockSizeBytes
  const last = first + sizeBytes / blockSizeBytes - 1
  switch (column) {
    case 'RANGE':
      return `${address(startBytes)}-${address(startBytes + sizeBytes - 1)}`
    case 'SIZE':
      return size(sizeBytes)
    case 'STATE':
      return state === 'going-offline' ? 'on->off' : state
    case 'REMOVABLE':
      return state !== 'online' ? '' : removable === true ? 'yes' : 'no'
    case 'BLOCK':
      return first === last ? `${first}` : `${first}-${last}`
    case 'NODE':
      return node === null ? '' : String(node)
    case 'ZONES':
      return zones.join('/')
    default:
      return ''
  }
}

function address(bytes: number): string {
  return `0x${bytes.toString(16).padStart(16, '0')}`
}

/** As util-linux shortens sizes: one digit after the point, half up, none where it is 0. */
function size(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T', 'P', 'E']
  const power = bytes === 0 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  const tenths = Math.floor((bytes / 1024 ** power) * 10 + 0.5)
  return `${tenths / 10}${units[power]}`
}
