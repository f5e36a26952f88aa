import type { AllocationAnswer } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import type {
  Forgotten,
  ImportFormat,
  ImportReport,
  ProblemPolicy,
} from '../../protocol/imports.ts'
import type { Domain } from '../domain.ts'
import { describeMachine, type Described } from './describe-machine.ts'
import { matchWithImported } from './match-with-imported.ts'
import { readImport } from './read-import.ts'
import { foreignProblem, takeMachines } from './take-machines.ts'

/** Inventories that others wrote down, to try requests on without their hardware. */
export interface ImportService {
  /**
   * Takes a file in one step, all of it or nothing. A machine that was imported under the same name
   * becomes what the file says; one that an agent reported is nobody's to import.
   */
  import(order: ImportOrder, body: AsyncIterable<Uint8Array>): Promise<ImportReport>
  /** Drops one imported machine, or all for null. Throws `not-found` where there is none. */
  forget(machineId: string | null, actor: string): Promise<Forgotten>
  /** What a request would get if imported machines were there and free; holds nothing. */
  match(request: unknown): Promise<AllocationAnswer>
}

export interface ImportOrder {
  readonly format: ImportFormat
  readonly dryRun: boolean
  readonly onProblem: ProblemPolicy
  /** Who imports it. */
  readonly actor: string
}

/** See {@link ImportService}. */
export function importService(domain: Domain): ImportService {
  return {
    async import(order, body) {
      const { format, dryRun, onProblem, actor } = order
      const { machines: described, problems } = await readImport(
        format,
        body,
        onProblem,
        (machine) => describeMachine(domain, machine),
      )
      const { taken, foreign, ...counts } = await domain.transact((work) =>
        takeMachines(domain, work, described, order),
      )
      if (!dryRun) domain.log.info('inventory imported', { format, actor, ...counts })
      const refused = [...problems, ...foreign.map(foreignProblem)].toSorted(
        (a, b) => a.line - b.line,
      )
      return { format, dryRun, ...counts, refused, known: knownOf(taken) }
    },
    async forget(machineId, actor) {
      const forgotten = await domain.store.forgetImported(machineId)
      if (forgotten === 0 && machineId !== null) {
        throw new AppError('not-found', `no imported machine has the id '${machineId}'`)
      }
      domain.log.info('imported machines forgotten', { actor, forgotten })
      return { forgotten }
    },
    match: async (request) => ({
      allocation: null,
      explanation: await matchWithImported(domain, request),
    }),
  }
}

function knownOf(described: readonly Described[]): ImportReport['known'] {
  const known = new Map<string, number>()
  for (const { attributes } of described) {
    for (const name of Object.keys(attributes)) known.set(name, (known.get(name) ?? 0) + 1)
  }
  return Object.fromEntries([...known].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
