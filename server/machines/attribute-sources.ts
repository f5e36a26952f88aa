import type { MachineRecord as AttributeSources } from '../../protocol/attributes/definition.ts'
import type { BenchmarkResult } from '../../protocol/benchmarks.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import { emptyInventory, type Inventory } from '../../protocol/facts/inventory.ts'
import { withMachineFindings } from '../inventory/findings/machine-findings.ts'
import type { MachineRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'

/** What came with the decision that is being made: in the store only once it is committed. */
export interface InventoryNews {
  readonly facts: Partial<Inventory>
  readonly results: readonly BenchmarkResult[]
  readonly findings: readonly Finding[]
}

const noNews: InventoryNews = { facts: {}, results: [], findings: [] }

/** All that the attributes of a machine are read from. */
export async function attributeSources(
  store: Pick<Store, 'inventory' | 'results' | 'findings'>,
  { inspectionId, labels }: Pick<MachineRecord, 'inspectionId' | 'labels'>,
  news: InventoryNews = noNews,
): Promise<AttributeSources> {
  if (inspectionId === null) {
    return { inventory: emptyInventory, benchmarks: [], findings: null, labels }
  }
  const inventory: Inventory = { ...(await store.inventory(inspectionId)), ...news.facts }
  const kept = await store.results(inspectionId)
  const told = [...(await store.findings(inspectionId)), ...news.findings]
  return {
    inventory,
    benchmarks: [...kept.filter((result) => !news.results.some(isSame(result))), ...news.results],
    findings: withMachineFindings(told, inventory),
    labels,
  }
}

function isSame(a: BenchmarkResult): (b: BenchmarkResult) => boolean {
  return (b) => a.method === b.method && a.component === b.component
}
