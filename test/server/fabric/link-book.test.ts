import { expect, test } from 'vitest'
import { emptyInventory } from '../../../protocol/facts/inventory.ts'
import { LinkBook } from '../../../server/fabric/link-book.ts'
import { adapterGuid, infinibandMachine } from './made-fabric.ts'

/** A book over facts that a test changes, with the reads it made. */
function bookOver(facts: Map<string, ReturnType<typeof infinibandMachine>>) {
  const reads: string[] = []
  const book = new LinkBook({
    async inventory(id) {
      reads.push(id)
      return facts.get(id) ?? emptyInventory
    },
  })
  return { book, reads }
}

test('links are read once for the facts that a machine has', async () => {
  const facts = new Map([['i1', infinibandMachine([adapterGuid('a')])]])
  const { book, reads } = bookOver(facts)
  const machine = { id: 'm1', inspectionId: 'i1', inventoryRevision: 1 }
  const first = await book.linksOf(machine)
  expect(first?.infiniband.map(({ nodeGuid }) => nodeGuid)).toEqual([adapterGuid('a')])
  expect(await book.linksOf(machine)).toBe(first)
  expect(reads).toEqual(['i1'])
  facts.set('i1', infinibandMachine([adapterGuid('b')]))
  const other = await book.linksOf({ ...machine, inventoryRevision: 2 })
  expect(other?.infiniband.map(({ nodeGuid }) => nodeGuid)).toEqual([adapterGuid('b')])
  expect(await book.linksOf({ ...machine, inspectionId: null })).toBeNull()
})

test('links of a machine that changed otherwise are kept by who knows', async () => {
  const { book, reads } = bookOver(new Map([['i1', infinibandMachine([adapterGuid('a')])]]))
  const machine = { id: 'm1', inspectionId: 'i1', inventoryRevision: 1 }
  const links = await book.linksOf(machine)
  if (links === null) throw new Error('the machine was inspected')
  book.keep({ ...machine, inventoryRevision: 2 }, links)
  expect(await book.linksOf({ ...machine, inventoryRevision: 2 })).toBe(links)
  expect(reads).toEqual(['i1'])
})
