import { AppError } from '../../protocol/errors.ts'
import type { Labels } from '../../protocol/api.ts'
import type { Inventory } from '../../protocol/facts/inventory.ts'

/** A machine of an allocation, with what exports tell of it. */
export interface ExportNode {
  readonly machineId: string
  /** The host name its system has, lower case; perhaps of several parts. */
  readonly host: string
  /** The same as its system spells it; null where it told none. */
  readonly toldHost: string | null
  readonly role: string
  /** Class of machines with the same hardware; null where not known. */
  readonly shape: string | null
  readonly labels: Labels
  /** Leaf switches on its rails, sorted; null: not known, or not of all of its rails. */
  readonly leaves: readonly string[] | null
  /** Counts changes of the inventory. */
  readonly inventoryRevision: number
  readonly inventory: Inventory
}

/** An allocation as it is exported, its machines by host name. */
export interface ExportAllocation {
  readonly id: string
  readonly owner: string
  readonly nodes: readonly ExportNode[]
}

/** Name of a host within its domain: what Slurm calls a node. */
export function shortName({ host }: ExportNode): string {
  return host.split('.')[0] ?? host
}

/** Throws `conflict` for two machines that a scheduler could not tell apart. */
export function requireDifferentNames(
  nodes: readonly ExportNode[],
  nameOf: (node: ExportNode) => string,
): void {
  const named = new Map<string, string>()
  for (const node of nodes) {
    const name = nameOf(node)
    const other = named.get(name)
    if (other !== undefined) {
      throw new AppError(
        'conflict',
        `machines '${other}' and '${node.machineId}' both have the host name '${name}'`,
      )
    }
    named.set(name, node.machineId)
  }
}
