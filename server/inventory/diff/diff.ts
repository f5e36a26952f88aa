import { type FactClass, factClasses } from '../../../protocol/facts/classes.ts'
import type { Inventory } from '../../../protocol/facts/inventory.ts'
import type { InventoryChange } from '../../../protocol/inspections.ts'
import { changeImportances } from '../../../protocol/inspections.ts'
import { components } from './components.ts'
import { describeChange, importanceOf } from './describe-change.ts'
import { diffTrees, type Step, type TreeRules } from './tree-diff.ts'
import { isVolatile } from './volatile.ts'

/** What two inspections of a machine differ in. */
export interface InventoryDiff {
  /** The most important first, then by class and place. */
  readonly changes: readonly InventoryChange[]
  /** Classes that only one of the two knows, or neither: nothing can be said of them. */
  readonly notCompared: readonly FactClass[]
}

const rules: TreeRules = {
  list: (pattern) => components.get(pattern) ?? null,
  ignores: isVolatile,
}

/** Compares two inspections. Readings that differ from second to second are left out. */
export function diffInventories(before: Inventory, after: Inventory): InventoryDiff {
  const compared = factClasses.filter((name) => before[name] !== null && after[name] !== null)
  const changes = compared.flatMap((name) =>
    diffTrees(name, before[name], after[name], rules).map((change): InventoryChange => {
      return {
        class: name,
        kind: change.kind,
        path: pathText(change.steps),
        before: change.before ?? null,
        after: change.after ?? null,
        importance: importanceOf(name, change),
        text: describeChange(name, change),
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

/** `dimms[P1-DIMMC1].sizeBytes`. */
function pathText(steps: readonly Step[]): string {
  return steps
    .map((step) => (step.kind === 'field' ? `.${step.name}` : `[${step.key}]`))
    .join('')
    .replace(/^\./, '')
}
