import { flatten } from '../../protocol/attributes.ts'
import type {
  AttributeValues,
  MachineRecord as AttributeSources,
} from '../../protocol/attributes/definition.ts'
import { parseKept } from '../../protocol/attributes/parse-presented.ts'
import type { BenchmarkResult } from '../../protocol/benchmarks.ts'
import type { Finding } from '../../protocol/facts/finding.ts'
import { emptyInventory, type Inventory } from '../../protocol/facts/inventory.ts'
import { fabricOfMachine, type FabricReads } from '../fabric/known-fabric.ts'
import { withMachineFindings } from '../inventory/findings/machine-findings.ts'
import type { MachineRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'

/** What is read of the store. */
export type AttributeReads = Pick<Store, 'inventory' | 'results' | 'findings'> & FabricReads

/** What came with the decision that is being made: in the store only once it is committed. */
export interface InventoryNews {
  readonly facts: Partial<Inventory>
  readonly results: readonly BenchmarkResult[]
  readonly findings: readonly Finding[]
}

const noNews: InventoryNews = { facts: {}, results: [], findings: [] }

/** All that the attributes of a machine are read from. */
export async function attributeSources(
  store: AttributeReads,
  { inspectionId, labels }: Pick<MachineRecord, 'inspectionId' | 'labels'>,
  news: InventoryNews = noNews,
): Promise<AttributeSources> {
  if (inspectionId === null) {
    return { inventory: emptyInventory, benchmarks: [], findings: null, labels, fabric: null }
  }
  const inventory: Inventory = { ...(await store.inventory(inspectionId)), ...news.facts }
  const kept = await store.results(inspectionId)
  const told = [...(await store.findings(inspectionId)), ...news.findings]
  return {
    inventory,
    benchmarks: [...kept.filter((result) => !news.results.some(isSame(result))), ...news.results],
    findings: withMachineFindings(told, inventory),
    labels,
    fabric: await fabricOfMachine(store, inventory),
  }
}

/**
 * Attribute values of a machine, read from its facts. A machine without facts has those that are kept
 * as they are shown: an imported one what its source stated, one on its way back to the pool what it
 * was when it was last looked at. Neither can be had.
 */
export async function attributeValues(
  store: AttributeReads,
  machine: Pick<MachineRecord, 'inspectionId' | 'labels' | 'attributes'>,
): Promise<AttributeValues> {
  const values = flatten(await attributeSources(store, machine))
  if (machine.inspectionId !== null) return values
  const stated = [...parseKept(machine.attributes)].filter(([name]) => !name.startsWith('label.'))
  return new Map([...stated, ...values])
}

function isSame(a: BenchmarkResult): (b: BenchmarkResult) => boolean {
  return (b) => a.method === b.method && a.component === b.component
}
