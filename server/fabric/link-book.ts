import type { MachineRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { linksOf, type MachineLinks } from './machine-links.ts'

/** What a machine's links are read by. */
export type LinkedMachine = Pick<MachineRecord, 'id' | 'inspectionId' | 'inventoryRevision'>

/** Machines whose links are kept: those of a machine with eight adapters take about two kilobytes. */
const keptMaximum = 16_384

/** Links of machines, kept for as long as their facts are the same: facts are large to read. */
export class LinkBook {
  readonly #store: Pick<Store, 'inventory'>
  readonly #kept = new Map<string, { readonly key: string; readonly links: MachineLinks }>()

  constructor(store: Pick<Store, 'inventory'>) {
    this.#store = store
  }

  /** Null: the machine was not inspected. */
  async linksOf({
    id,
    inspectionId,
    inventoryRevision,
  }: LinkedMachine): Promise<MachineLinks | null> {
    if (inspectionId === null) return null
    const key = keyOf(inspectionId, inventoryRevision)
    const kept = this.#kept.get(id)
    if (kept?.key === key) return kept.links
    const links = linksOf(await this.#store.inventory(inspectionId))
    this.#put(id, key, links)
    return links
  }

  /** The facts of a machine are the same in another revision of it. */
  keep({ id, inspectionId, inventoryRevision }: LinkedMachine, links: MachineLinks): void {
    if (inspectionId === null) return
    this.#put(id, keyOf(inspectionId, inventoryRevision), links)
  }

  #put(id: string, key: string, links: MachineLinks): void {
    if (this.#kept.size < keptMaximum || this.#kept.has(id)) this.#kept.set(id, { key, links })
  }
}

function keyOf(inspectionId: string, inventoryRevision: number): string {
  return `${inspectionId} ${inventoryRevision}`
}
