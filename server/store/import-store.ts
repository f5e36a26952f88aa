import type { MachineRecord } from './records.ts'

/** Machines that a file told of: the only ones that can be forgotten. */
export interface ImportStore {
  /** All machines, imported or not, that are called by one of these names; by id. */
  machinesNamed(names: readonly string[]): Promise<readonly MachineRecord[]>
  /** Those of these names that a machine has which was not imported. */
  foreignNames(names: readonly string[]): Promise<readonly string[]>
  /**
   * Drops imported machines with all that was kept of them, in one transaction: that of an id, or
   * all for null, of these `atMost` so many. How many it dropped; a machine that an agent reported is
   * never among them.
   */
  forgetImported(machineId: string | null, atMost?: number): Promise<number>
}
