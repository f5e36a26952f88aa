import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AttributeValue } from '../../../protocol/attributes/definition.ts'
import { maxSteps } from '../../../protocol/quantity.ts'
import {
  excessOf,
  formatAmount,
  parseAmount,
  quotaOf,
  uncountable,
  withMachine,
} from '../../../server/quotas/quota.ts'

const anyLimit = fc.oneof(
  fc.record({
    name: fc.constantFrom('gpu.count', 'cpu.cores'),
    amount: fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }),
  }),
  fc.record({
    name: fc.constantFrom('memory.size', 'bench.memory.triad', 'storage.nvmeSize'),
    amount: fc.bigInt({ min: 0n, max: maxSteps - 1n }),
  }),
)

const tenantWith = (attributeMaxima: Readonly<Record<string, string>>, machines: number | null) =>
  quotaOf({
    id: 'a',
    generation: 1,
    weight: 1,
    priorityMaximum: 0,
    machinesMaximum: machines,
    attributeMaxima,
  })

test('an amount of a quota is kept as text, and is the same when it is read', () => {
  fc.assert(
    fc.property(anyLimit, ({ name, amount }) => {
      expect(parseAmount(name, formatAmount(name, amount))).toBe(amount)
    }),
  )
})

test('a quota holds up to its last byte and no farther', () => {
  const anyHeld = fc.array(fc.oneof(fc.bigInt({ min: 0n, max: 1n << 66n }), fc.constant(null)), {
    minLength: 1,
    maxLength: 6,
  })
  const slack = fc.bigInt({ min: -2n, max: 2n })
  fc.assert(
    fc.property(anyHeld, slack, fc.integer({ min: 0, max: 6 }), (held, more, machines) => {
      const sum = held.reduce<bigint>((total, value) => total + (value ?? 0n), 0n)
      const maximum = sum + more < 0n ? 0n : sum + more
      const limits = { 'memory.size': formatAmount('memory.size', maximum) }
      const quota = held.reduce(
        (state, value) =>
          withMachine(state, new Map<string, AttributeValue | null>([['memory.size', value]])),
        tenantWith(limits, machines),
      )
      expect(quota.machines).toBe(held.length)
      expect(quota.sums.get('memory.size')).toBe(sum)
      const isOver = sum > maximum || held.length > machines
      expect(excessOf(quota) !== null).toBe(isOver)
    }),
  )
})

test('a machine of which a counted amount is not known cannot be counted; one that has none can', () => {
  const quota = tenantWith({ 'gpu.count': '8' }, null)
  expect(uncountable(quota, new Map())).toBe('gpu.count')
  expect(uncountable(quota, new Map([['gpu.count', null]]))).toBeNull()
  expect(excessOf(withMachine(quota, new Map([['gpu.count', 9n]])))).toBe(
    '9 of gpu.count, its quota is 8',
  )
})
