import type { AllocationAnswer } from '../../protocol/api.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Forgotten, ImportProgress, ImportReport } from '../../protocol/imports.ts'
import type { Domain } from '../domain.ts'
import { SerialLane } from '../sessions/serial-lane.ts'
import { FleetWithImported } from './fleet-with-imported.ts'
import { matchWithImported } from './match-with-imported.ts'
import { packFile } from './packed-file.ts'
import { Turns } from '../turns.ts'
import { takeFile, type ImportOrder } from './take-file.ts'

/** Inventories that others wrote down, to try requests on without their hardware. */
export interface ImportService {
  /**
   * Takes a file: all of it or, where anything is wrong with it, nothing. It is received, then read
   * whole, then taken some machines at a time; `tell` hears how far it is once it was received. A
   * machine that was imported under the same name becomes what the file says; one that an agent
   * reported is nobody's to import. Throws `unavailable` where it ended in the middle: the same file
   * again takes the rest.
   */
  import(
    order: ImportOrder,
    body: AsyncIterable<Uint8Array>,
    tell?: (progress: ImportProgress) => void,
  ): Promise<ImportReport>
  /** Drops one imported machine, or all for null. Throws `not-found` where there is none. */
  forget(machineId: string | null, actor: string): Promise<Forgotten>
  /** What a request would get if imported machines were there and free; holds nothing. */
  match(request: unknown): Promise<AllocationAnswer>
}

/** See {@link ImportService}. */
export function importService(domain: Domain): ImportService {
  // One after the other: two files may tell of the same machine.
  const lane = new SerialLane()
  const fleet = new FleetWithImported(domain)
  return {
    async import(order, body, tell = () => {}) {
      const file = await packFile(body)
      tell({ kind: 'checking', machines: 0 })
      const report = await lane.run(() => takeFile(domain, order, file, tell))
      const { format, dryRun, added, changed, unchanged } = report
      const { actor } = order
      if (!dryRun) {
        domain.log.info('inventory imported', { format, actor, added, changed, unchanged })
      }
      return report
    },
    async forget(machineId, actor) {
      const forgotten = await lane.run(() => forget(domain, machineId))
      if (forgotten === 0 && machineId !== null) {
        throw new AppError('not-found', `no imported machine has the id '${machineId}'`)
      }
      domain.log.info('imported machines forgotten', { actor, forgotten })
      return { forgotten }
    },
    match: async (request) => ({
      allocation: null,
      explanation: await matchWithImported(domain.store, fleet, request),
    }),
  }
}

/** Machines that are dropped together: some milliseconds. */
const forgottenAtATime = 100

async function forget(domain: Domain, machineId: string | null): Promise<number> {
  const turns = new Turns(domain.clock)
  let forgotten = 0
  for (;;) {
    const count = await domain.store.forgetImported(machineId, forgottenAtATime)
    forgotten += count
    if (count < forgottenAtATime) return forgotten
    await turns.giveWay()
  }
}
