import { AppError, errorChain } from '../../protocol/errors.ts'
import type {
  ImportFormat,
  ImportProblem,
  ImportProgress,
  ImportReport,
  ProblemPolicy,
} from '../../protocol/imports.ts'
import type { Domain } from '../domain.ts'
import { describeMachine, type Described } from './describe-machine.ts'
import type { PackedFile } from './packed-file.ts'
import { checkImport, machinesOf, type MachineOnLine } from './read-import.ts'
import { takeMachines } from './take-machines.ts'
import { Turns } from '../turns.ts'

export interface ImportOrder {
  readonly format: ImportFormat
  readonly dryRun: boolean
  readonly onProblem: ProblemPolicy
  /** Who imports it. */
  readonly actor: string
}

/**
 * Reads a file to its end, and takes its machines when nothing is wrong with it. They are written
 * some at a time, so that others are served meanwhile: an end in the middle leaves whole machines,
 * and is said.
 */
export async function takeFile(
  domain: Domain,
  order: ImportOrder,
  file: PackedFile,
  tell: (progress: ImportProgress) => void,
): Promise<ImportReport> {
  const { format, dryRun, onProblem } = order
  const turns = new Turns(domain.clock)
  const checked = await checkImport(file.bytes(), {
    format,
    policy: onProblem,
    turns,
    foreignNames: (names) => domain.store.foreignNames(names),
    tell: (machines) => tell({ kind: 'checking', machines }),
  })
  const taking = new Taking()
  const of = checked.machineCount
  try {
    for await (const piece of piecesOf(machinesOf(file.bytes(), { format, turns }, checked))) {
      const described: Described[] = []
      for (const machine of piece) {
        described.push(await describeMachine(domain, machine))
        await turns.give()
      }
      await turns.giveWay()
      taking.add(await domain.transact((work) => takeMachines(domain, work, described, order)))
      tell({ kind: 'taking', machines: taking.machines, of })
      await turns.giveWay()
    }
  } catch (error) {
    throw endedEarly(domain, error, taking.machines, of, dryRun)
  }
  const refused = [...checked.problems, ...taking.foreign].toSorted((a, b) => a.line - b.line)
  const { added, changed, unchanged } = taking
  return { format, dryRun, added, changed, unchanged, refused, known: taking.known() }
}

/** What was taken so far. */
class Taking {
  added = 0
  changed = 0
  unchanged = 0
  readonly foreign: ImportProblem[] = []
  readonly #known = new Map<string, number>()

  get machines(): number {
    return this.added + this.changed + this.unchanged
  }

  add({ taken, foreign, added, changed, unchanged }: Awaited<ReturnType<typeof takeMachines>>) {
    this.added += added
    this.changed += changed
    this.unchanged += unchanged
    this.foreign.push(...foreign)
    for (const { attributes } of taken) {
      for (const name of Object.keys(attributes)) {
        this.#known.set(name, (this.#known.get(name) ?? 0) + 1)
      }
    }
  }

  /** Of how many machines each attribute is known, by name. */
  known(): ImportReport['known'] {
    return Object.fromEntries([...this.#known].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
}

/** Machines that are written together: a commit of some milliseconds. */
const machinesAtATime = 100

/** Facts of a machine are many rows, and as long as the attributes of so many. */
const machinesWorthFacts = 25

async function* piecesOf(
  machines: AsyncIterable<MachineOnLine>,
): AsyncGenerator<readonly MachineOnLine[]> {
  let piece: MachineOnLine[] = []
  let weight = 0
  for await (const one of machines) {
    piece.push(one)
    weight += one.machine.known.kind === 'facts' ? machinesWorthFacts : 1
    if (weight < machinesAtATime) continue
    yield piece
    piece = []
    weight = 0
  }
  if (piece.length > 0) yield piece
}

/** What to tell of an import that ended before its file did. */
function endedEarly(
  { log }: Pick<Domain, 'log'>,
  cause: unknown,
  taken: number,
  of: number,
  dryRun: boolean,
): AppError {
  log.error('import ended early', { taken, of, error: errorChain(cause) })
  const why = cause instanceof AppError ? cause.message : 'the server failed, its log says why'
  const what = dryRun
    ? `${taken} of ${of} machines were looked at`
    : `${taken} of ${of} machines were taken, the same file again takes the rest`
  return new AppError(
    'unavailable',
    `import ended early: ${why}; ${what}`,
    { taken, of },
    { cause },
  )
}
