import type { AttributeValues } from '../../protocol/attributes/definition.ts'
import type { MachineRecord } from '../store/records.ts'
import { type AttributeReads, attributeValues } from './attribute-sources.ts'

/** Machines whose values are kept: those of a very large site, and some that are no more. */
const keptMaximum = 250_000

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
    if (this.#kept.size >= keptMaximum) this.#kept.clear()
    this.#kept.set(machine.id, { revision: machine.inventoryRevision, values })
    return values
  }
}
