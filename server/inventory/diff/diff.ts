import { type FactClass, factClasses } from '../../../protocol/facts/classes.ts'
import type { Inventory } from '../../../protocol/facts/inventory.ts'
import type { InventoryChange } from '../../../protocol/inspections.ts'
import { changeImportances } from '../../../protocol/inspections.ts'
import { type IdLists, noIdLists } from '../../ids/read-id-lists.ts'
import { componentAt } from './components.ts'
import { describeChange } from './describe-change.ts'
import { componentOf, importanceOf } from './importance.ts'
import { diffTrees, isFields, type Step, type TreeChange, type TreeRules } from './tree-diff.ts'
import { isVolatile } from './volatile.ts'

/** What two inspections of a machine differ in. */
export interface InventoryDiff {
  /** The most important first, then by class and place. */
  readonly changes: readonly InventoryChange[]
  /** Classes that only one of the two knows, or neither: nothing can be said of them. */
  readonly notCompared: readonly FactClass[]
}

const rules: TreeRules = {
  list: componentAt,
  ignores: isVolatile,
}

/**
 * Compares two inspections. Readings that differ from second to second are left out. `names` says what
 * ids stand for in the texts.
 */
export function diffInventories(
  before: Inventory,
  after: Inventory,
  names: IdLists = noIdLists,
): InventoryDiff {
  const gpus = new Set([before, after].flatMap(gpuAddresses))
  const compared = factClasses.filter((name) => isKnown(name, before) && isKnown(name, after))
  const changes = compared.flatMap((name) =>
    diffTrees(name, before[name], after[name], rules).map((change): InventoryChange => {
      return {
        class: name,
        kind: change.kind,
        path: pathText(change.steps),
        before: change.before ?? null,
        after: change.after ?? null,
        importance: isToldByGpu(name, change, gpus) ? 'detail' : importanceOf(name, change),
        text: describeChange(name, change, names),
      }
    }),
  )
  return {
    changes: changes.toSorted(
      (a, b) => changeImportances.indexOf(a.importance) - changeImportances.indexOf(b.importance),
    ),
    notCompared: factClasses.filter((name) => !compared.includes(name)),
  }
}

/** Neighbours speak late: while there may be more to hear, one that is missing is not gone. */
function isKnown(name: FactClass, inventory: Inventory): boolean {
  return inventory[name] !== null && (name !== 'neighbors' || inventory.neighbors?.settled === true)
}

function gpuAddresses({ gpu }: Inventory): readonly string[] {
  return gpu?.gpus.map(({ address }) => address) ?? []
}

/** The link of a GPU is a fact of the GPU too. */
function isToldByGpu(name: FactClass, { steps }: TreeChange, gpus: ReadonlySet<string>): boolean {
  if (name !== 'pci') return false
  const item = componentOf(name, steps)?.step.item
  return isFields(item) && gpus.has(String(item['address']))
}

/** `dimms[P1-DIMMC1].sizeBytes`. */
function pathText(steps: readonly Step[]): string {
  return steps
    .map((step) => (step.kind === 'field' ? `.${step.name}` : `[${step.key}]`))
    .join('')
    .replace(/^\./, '')
}
