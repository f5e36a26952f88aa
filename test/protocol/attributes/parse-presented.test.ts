import { expect, test } from 'vitest'
import { flatten, presentAttributes } from '../../../protocol/attributes.ts'
import { parseKept, parsePresented } from '../../../protocol/attributes/parse-presented.ts'
import { exampleMachine } from './example-machine.ts'

test('what is shown reads back as what it was, for every attribute of a full machine', () => {
  const values = flatten(exampleMachine())
  expect(values.size).toBeGreaterThan(40)
  // A map equals another whatever the order of its entries.
  expect(parsePresented(presentAttributes(values))).toEqual(values)
})

test('a name that is not known is refused when it comes in, and left out of what was kept', () => {
  const presented = { 'cpu.cores': 4, 'cpu.coers': 4, 'cpu.threads': 'many' }
  expect(() => parsePresented(presented)).toThrow("did you mean 'cpu.cores'")
  expect(parseKept(presented)).toEqual(new Map([['cpu.cores', 4n]]))
})
