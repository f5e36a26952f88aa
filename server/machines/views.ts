import { flatten } from '../../protocol/attributes.ts'
import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import { emptyInventory } from '../../protocol/facts/inventory.ts'
import type { MachineRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'

/**
 * Attribute values of machines as the matcher wants them, read from facts, results and labels and
 * kept for as long as these stay the same.
 */
export class MachineViews {
  readonly #store: Pick<Store, 'inventory' | 'results'>
  readonly #kept = new Map<
    string,
    { readonly revision: number; readonly values: AttributeValues }
  >()

  constructor(store: Pick<Store, 'inventory' | 'results'>) {
    this.#store = store
  }

  async attributes(machine: MachineRecord): Promise<AttributeValues> {
    const kept = this.#kept.get(machine.id)
    if (kept?.revision === machine.inventoryRevision) return kept.values
    const values = flatten(await readSources(this.#store, machine))
    this.#kept.set(machine.id, { revision: machine.inventoryRevision, values })
    return values
  }
}

async function readSources(store: Pick<Store, 'inventory' | 'results'>, machine: MachineRecord) {
  const { inspectionId, labels } = machine
  if (inspectionId === null) return { inventory: emptyInventory, benchmarks: [], labels }
  return {
    inventory: await store.inventory(inspectionId),
    benchmarks: await store.results(inspectionId),
    labels,
  }
}
