import type { MachineDelta } from '../../../../server/allocation/engine/delta.ts'
import type { FleetSource } from '../../../../server/allocation/engine/planner.ts'
import type { Outlook } from '../../../../server/allocation/outlook.ts'

/** A fleet that tells an engine of its changes, as a picture of a store does. */
export class MadeSource implements FleetSource {
  readonly machines = new Map<string, Outlook>()
  readonly #untold = new Set<string>()
  #gone: string[] = []
  #isNew = true
  seq = 0

  get machineCount(): number {
    return this.machines.size
  }

  put(machine: Outlook): void {
    this.machines.set(machine.id, machine)
    this.#untold.add(machine.id)
    this.seq += 1
  }

  remove(id: string): void {
    if (!this.machines.delete(id)) return
    this.#untold.delete(id)
    this.#gone.push(id)
    this.seq += 1
  }

  hold<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  tell(limit: number) {
    const machines: MachineDelta[] = []
    for (const id of this.#untold) {
      if (machines.length === limit) break
      this.#untold.delete(id)
      const known = this.machines.get(id)
      if (known === undefined) continue
      const { attributes, ...standing } = known
      machines.push({ standing, attributes })
    }
    const gone = this.#gone
    this.#gone = []
    const profiles = this.#isNew ? [] : null
    this.#isNew = false
    return { delta: { machines, gone, profiles }, isLast: this.#untold.size === 0 }
  }

  tellAnew(): void {
    this.#gone = []
    this.#isNew = true
    for (const id of this.machines.keys()) this.#untold.add(id)
  }
}
