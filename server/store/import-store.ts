/** Machines that a file told of: the only ones that can be forgotten. */
export interface ImportStore {
  /**
   * Drops imported machines with all that was kept of them, in one transaction: that of an id, or
   * all for null. How many there were; a machine that an agent reported is never among them.
   */
  forgetImported(machineId: string | null): Promise<number>
}
