import { AppError } from '../../protocol/errors.ts'
import type { ImportFormat, ImportProblem, ProblemPolicy } from '../../protocol/imports.ts'
import { importLimits } from './imported-machine.ts'
import type { ImportedMachine, ImportReader } from './imported-machine.ts'
import { linesOf } from './lines.ts'
import { readGrid5000 } from './readers/grid5000.ts'
import { readJsonl } from './readers/jsonl.ts'
import { readOpenb } from './readers/openb.ts'
import type { Turns } from '../turns.ts'

const readers = {
  jsonl: readJsonl,
  grid5000: readGrid5000,
  openb: readOpenb,
} as const satisfies Record<ImportFormat, ImportReader>

/** A machine and where the file tells of it. */
export interface MachineOnLine {
  readonly line: number
  readonly machine: ImportedMachine
}

/** What a file was found to hold. */
export interface CheckedImport {
  /** How many machines are to be taken. */
  readonly machineCount: number
  /** What is left out, by line; empty unless problems are skipped. */
  readonly problems: readonly ImportProblem[]
  /** Machines that are left out: which of the file, counted from 0. */
  readonly leftOut: ReadonlySet<number>
}

export interface ImportCheck {
  readonly format: ImportFormat
  readonly policy: ProblemPolicy
  readonly turns: Turns
  /** Which of these names belong to machines that no file may tell of. Asked for many at a time. */
  readonly foreignNames: (names: readonly string[]) => Promise<readonly string[]>
  /** Told now and then, with the machines that were looked at. */
  readonly tell: (machines: number) => void
}

/** Names that are looked up together. */
const namesAtATime = 500

/**
 * Reads a whole file before anything of it is taken. With `stop` anything wrong refuses all of it:
 * `unprocessable`, with the first problems and their lines. With `skip` the machines it concerns are
 * left out.
 */
export async function checkImport(
  body: AsyncIterable<Uint8Array>,
  { format, policy, turns, foreignNames, tell }: ImportCheck,
): Promise<CheckedImport> {
  const problems = new Problems()
  const lineOfName = new Map<string, number>()
  const leftOut = new Set<number>()
  let unknown: { readonly name: string; readonly line: number; readonly index: number }[] = []
  const lookUp = async () => {
    const foreign = new Set(await foreignNames(unknown.map(({ name }) => name)))
    for (const { name, line, index } of unknown.filter((one) => foreign.has(one.name))) {
      leftOut.add(index)
      problems.add(foreignProblem(line, name))
    }
    unknown = []
  }
  let count = 0
  for await (const entry of entriesOf(format, body, turns)) {
    if (entry.kind === 'problem') {
      problems.add(entry)
      continue
    }
    const { line, machine } = entry
    const index = count
    count += 1
    const { name } = machine
    const earlier = lineOfName.get(name)
    if (earlier !== undefined) {
      leftOut.add(index)
      problems.add({ line, message: `machine '${name}' is on line ${earlier} already` })
      continue
    }
    lineOfName.set(name, line)
    unknown.push({ name, line, index })
    if (lineOfName.size > importLimits.machines) {
      throw new AppError('too-large', `file has over ${importLimits.machines} machines, split it`)
    }
    if (unknown.length < namesAtATime) continue
    await lookUp()
    tell(count)
  }
  await lookUp()
  if (policy === 'stop' && problems.count > 0) throw problems.refusal()
  if (count === 0 && problems.count === 0) {
    throw new AppError('unprocessable', `file holds no machine in the format '${format}'`)
  }
  return { machineCount: count - leftOut.size, problems: problems.byLine(), leftOut }
}

/** The machines of a file that was checked, but for those that are left out. */
export async function* machinesOf(
  body: AsyncIterable<Uint8Array>,
  { format, turns }: Pick<ImportCheck, 'format' | 'turns'>,
  { leftOut }: Pick<CheckedImport, 'leftOut'>,
): AsyncGenerator<MachineOnLine> {
  let index = -1
  for await (const entry of entriesOf(format, body, turns)) {
    if (entry.kind === 'problem') continue
    index += 1
    if (!leftOut.has(index)) yield { line: entry.line, machine: entry.machine }
  }
}

/** Why a machine of the file is not taken. */
export function foreignProblem(line: number, name: string): ImportProblem {
  return { line, message: `'${name}' is a machine that an agent reported, not an imported one` }
}

function entriesOf(format: ImportFormat, body: AsyncIterable<Uint8Array>, turns: Turns) {
  return turns.over(readers[format](turns.over(linesOf(body))))
}

/** What is wrong with a file, until it is too much. */
class Problems {
  readonly #found: ImportProblem[] = []

  get count(): number {
    return this.#found.length
  }

  add({ line, message }: ImportProblem): void {
    this.#found.push({ line, message })
    if (this.#found.length > importLimits.problems) throw this.refusal()
  }

  byLine(): readonly ImportProblem[] {
    return this.#found.toSorted((a, b) => a.line - b.line)
  }

  /** All problems as one refusal, with the first of them. */
  refusal(): AppError {
    const problems = this.byLine()
    const [first] = problems
    const others = problems.length - 1
    const more =
      others > 0 ? `, and ${others === 1 ? '1 more problem' : `${others} more problems`}` : ''
    return new AppError(
      'unprocessable',
      `line ${first?.line}: ${first?.message}${more}; nothing was imported`,
      { problems: problems.slice(0, 20) },
    )
  }
}
