import { AppError } from '../../protocol/errors.ts'
import type { Inspection, InspectionDetail, InspectionDiff } from '../../protocol/inspections.ts'
import type { IdLists } from '../ids/read-id-lists.ts'
import { diffInventories } from '../inventory/diff/diff.ts'
import { withMachineFindings } from '../inventory/findings/machine-findings.ts'
import type { InspectionHistory } from '../service.ts'
import type { InspectionRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'

/** What a machine was found to be, then and now. */
export function inspectionHistory(store: Store, ids: IdLists): InspectionHistory {
  const records = async (machineId: string) => {
    if ((await store.machine(machineId)) === null) {
      throw new AppError('not-found', `no machine has the id '${machineId}'`)
    }
    return store.inspections(machineId)
  }
  return {
    list: async (machineId) => (await records(machineId)).map(presentInspection),
    get: async (machineId, wanted) =>
      presentDetail(store, named(await records(machineId), machineId, wanted)),
    async diff(machineId, from, to): Promise<InspectionDiff> {
      const known = await records(machineId)
      const later = to === null ? newest(known, machineId) : named(known, machineId, to)
      const earlier =
        from === null ? before(known, later, machineId) : named(known, machineId, from)
      const [a, b] = await Promise.all([store.inventory(earlier.id), store.inventory(later.id)])
      return {
        from: presentInspection(earlier),
        to: presentInspection(later),
        ...diffInventories(a, b, ids),
      }
    },
  }
}

/** An inspection without what it found. */
export function presentInspection(record: InspectionRecord): Inspection {
  const { id, step, startedAtMs, endedAtMs, classes, findingCount } = record
  return { id, step, startedAtMs, endedAtMs, classes, findingCount }
}

async function presentDetail(store: Store, record: InspectionRecord): Promise<InspectionDetail> {
  const inventory = await store.inventory(record.id)
  return {
    ...presentInspection(record),
    inventory: { ...inventory },
    findings: withMachineFindings(await store.findings(record.id), inventory),
    results: await store.results(record.id),
  }
}

function named(
  known: readonly InspectionRecord[],
  machineId: string,
  wanted: string,
): InspectionRecord {
  const found = known.find(({ id }) => id === wanted)
  if (found !== undefined) return found
  throw new AppError('not-found', `machine '${machineId}' has no inspection '${wanted}'`)
}

/** The latest that found anything. */
function newest(known: readonly InspectionRecord[], machineId: string): InspectionRecord {
  const found = known.find(({ classes }) => classes.length > 0)
  if (found !== undefined) return found
  throw new AppError('conflict', `machine '${machineId}' has not been inspected yet`)
}

/** The one before `later` that found anything. */
function before(
  known: readonly InspectionRecord[],
  later: InspectionRecord,
  machineId: string,
): InspectionRecord {
  const found = known.slice(known.indexOf(later) + 1).find(({ classes }) => classes.length > 0)
  if (found !== undefined) return found
  const detail = `machine '${machineId}' was inspected once only: there is nothing to compare with`
  throw new AppError('conflict', detail)
}
