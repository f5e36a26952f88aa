import { AppError } from '../../protocol/errors.ts'
import type { ImportFormat, ImportProblem, ProblemPolicy } from '../../protocol/imports.ts'
import { importLimits } from './imported-machine.ts'
import type { ImportedMachine, ImportReader } from './imported-machine.ts'
import { linesOf } from './lines.ts'
import { readGrid5000 } from './readers/grid5000.ts'
import { readJsonl } from './readers/jsonl.ts'
import { readOpenb } from './readers/openb.ts'

const readers = {
  jsonl: readJsonl,
  grid5000: readGrid5000,
  openb: readOpenb,
} as const satisfies Record<ImportFormat, ImportReader>

/** All that a file holds. */
export interface ReadImport<T> {
  readonly machines: readonly T[]
  /** What was left out; empty unless problems are skipped. */
  readonly problems: readonly ImportProblem[]
}

/** A machine and where the file tells of it. */
export interface MachineOnLine {
  readonly line: number
  readonly machine: ImportedMachine
}

/**
 * Reads a whole file and keeps what `take` makes of each machine. With `stop` anything wrong refuses all of it: `unprocessable`, with the first
 * problems and their lines. With `skip` the machines it concerns are left out.
 */
export async function readImport<T>(
  format: ImportFormat,
  body: AsyncIterable<Uint8Array>,
  policy: ProblemPolicy,
  take: (machine: MachineOnLine) => Promise<T>,
): Promise<ReadImport<T>> {
  const machines: T[] = []
  const problems: ImportProblem[] = []
  const lineOfName = new Map<string, number>()
  for await (const entry of readers[format](linesOf(body))) {
    if (entry.kind === 'problem') {
      addProblem(problems, entry)
      continue
    }
    const { line, machine } = entry
    const earlier = lineOfName.get(machine.name)
    if (earlier !== undefined) {
      const message = `machine '${machine.name}' is on line ${earlier} already`
      addProblem(problems, { line, message })
      continue
    }
    lineOfName.set(machine.name, line)
    machines.push(await take({ line, machine }))
    if (machines.length > importLimits.machines) {
      throw new AppError('too-large', `file has over ${importLimits.machines} machines, split it`)
    }
  }
  if (policy === 'stop' && problems.length > 0) throw refusal(problems)
  if (machines.length === 0 && problems.length === 0) {
    throw new AppError('unprocessable', `file holds no machine in the format '${format}'`)
  }
  return { machines, problems }
}

function addProblem(problems: ImportProblem[], { line, message }: ImportProblem): void {
  problems.push({ line, message })
  if (problems.length > importLimits.problems) throw refusal(problems)
}

/** All problems of a file as one refusal. */
export function refusal(problems: readonly ImportProblem[]): AppError {
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
