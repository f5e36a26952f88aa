import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import type { MachineRecord } from '../store/records.ts'
import { type AttributeReads, attributeValues } from './attribute-sources.ts'

/**
 * Attribute values of machines as the matcher wants them, read from facts, results and labels and
 * kept for as long as these stay the same.
 */
export class MachineViews {
  readonly #store: AttributeReads
  readonly #kept = new Map<
    string,
    { readonly revision: number; readonly values: AttributeValues }
  >()

  constructor(store: AttributeReads) {
    this.#store = store
  }

  async attributes(machine: MachineRecord): Promise<AttributeValues> {
    const kept = this.#kept.get(machine.id)
    if (kept?.revision === machine.inventoryRevision) return kept.values
    const values = await attributeValues(this.#store, machine)
    this.#kept.set(machine.id, { revision: machine.inventoryRevision, values })
    return values
  }
}
