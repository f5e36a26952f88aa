import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { factClasses } from '../../../../protocol/facts/classes.ts'
import { emptyInventory, type Inventory, parseFacts } from '../../../../protocol/facts/inventory.ts'
import { changeImportances } from '../../../../protocol/inspections.ts'
import { diffInventories } from '../../../../server/inventory/diff/diff.ts'
import { isVolatile } from '../../../../server/inventory/diff/volatile.ts'
import { machineFacts } from '../../../agent/discovery/machines.ts'
import { rackMachine } from '../../web/rack-machine.ts'

/** A value in an inventory: the class it is in, and the fields and places that lead to it. */
interface Leaf {
  readonly path: readonly (string | number)[]
  readonly value: unknown
}

const machines: readonly Inventory[] = [
  inventoryOf(await machineFacts('qemu-q35-two-socket')),
  inventoryOf(Object.fromEntries(rackMachine(1).facts.map((one) => [one.class, one.facts]))),
]

function inventoryOf(facts: Readonly<Record<string, unknown>>): Inventory {
  const known = factClasses.flatMap((name) =>
    facts[name] === undefined || facts[name] === null
      ? []
      : [[name, parseFacts(name, facts[name])]],
  )
  return { ...emptyInventory, ...Object.fromEntries(known) }
}

function leavesOf(value: unknown, path: readonly (string | number)[] = []): readonly Leaf[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => leavesOf(item, [...path, at]))
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, held]) => leavesOf(held, [...path, name]))
  }
  return [{ path, value }]
}

/** The inventory with another value at the end of a path. */
function changedAt(value: unknown, path: readonly (string | number)[], to: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return to
  if (Array.isArray(value)) {
    return value.map((item, at) => (at === step ? changedAt(item, rest, to) : item))
  }
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([name, held]) => [
      name,
      name === step ? changedAt(held, rest, to) : held,
    ]),
  )
}

function otherThan(value: unknown): unknown {
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  return typeof value === 'string' ? `${value}x` : 'something'
}

const anyLeaf = fc.integer({ min: 0, max: machines.length - 1 }).chain((at) => {
  const leaves = leavesOf(machines[at]).filter(({ path }) => path.length > 1)
  return fc.constantFrom(...leaves).map((leaf) => ({ at, ...leaf }))
})

describe('a diff', () => {
  test('tells every change but those of readings, in words', () => {
    fc.assert(
      fc.property(anyLeaf, ({ at, path, value }) => {
        const inventory = machines[at] ?? emptyInventory
        const after = changedAt(inventory, path, otherThan(value))
        if (!isInventory(after)) throw new TypeError('want an inventory')
        const { changes } = diffInventories(inventory, after)
        const names = path.filter((step) => typeof step === 'string')
        const isIgnored = names.some((_, end) => isVolatile(names.slice(0, end + 1).join('.')))
        // What has nothing of its own is told apart by the name the kernel gave.
        const isName = ['name', 'device', 'interface'].includes(names.at(-1) ?? '')
        // An empty slot is empty whatever else is written of it.
        const isEmptySlot = names[0] === 'memory' && names[1] === 'dimms'
        if (!isIgnored && !isEmptySlot) expect(changes).not.toEqual([])
        if (isIgnored && !isName) expect(changes).toEqual([])
        for (const { text, importance } of changes) {
          expect(changeImportances).toContain(importance)
          expect(text).toMatch(/^\S.*\S$/)
          expect(text).not.toMatch(/undefined|\[object|NaN/)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('does not depend on the order of lists', () => {
    for (const inventory of machines) {
      const turned = reversed(inventory)
      if (!isInventory(turned)) throw new TypeError('want an inventory')
      const { changes } = diffInventories(inventory, turned)
      // Caches of one level and links of one kind are told apart by nothing but their place.
      expect(changes.filter(({ importance }) => importance === 'hardware')).toEqual([])
    }
  })
})

function isInventory(value: unknown): value is Inventory {
  return typeof value === 'object' && value !== null && factClasses.every((name) => name in value)
}

/** Lists of objects the other way round; lists of plain values have an order that means something. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value.map(reversed)
    return items.every((item) => typeof item === 'object' && item !== null)
      ? items.toReversed()
      : items
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, reversed(held)]))
}
