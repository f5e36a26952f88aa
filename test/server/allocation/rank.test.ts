import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requestLimits } from '../../../protocol/request/limits.ts'
import { inOrder, rankOf } from '../../../server/allocation/rank.ts'

const hour = 3_600_000
const now = 10_000 * hour

const waiting = fc
  .record({
    tenant: fc.constantFrom('a', 'b', 'c'),
    priority: fc.integer({ min: -requestLimits.priority, max: requestLimits.priority }),
    createdAtMs: fc.integer({ min: 0, max: now }),
  })
  .map((made) => ({ ...made, queuedAtMs: made.createdAtMs }))
const queues = fc
  .array(waiting, { maxLength: 12 })
  .map((all) => all.map((one, index) => ({ ...one, id: `q${String(index).padStart(2, '0')}` })))
const shares = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(
    ([a, b]) =>
      new Map([
        ['a', a],
        ['b', b],
      ] as const),
  )

describe('the order of the queue', () => {
  it('does not depend on the order in which requests are looked at', () => {
    fc.assert(
      fc.property(queues, shares, (queue, parts) => {
        const ids = (all: typeof queue) => inOrder(all, parts, now).map(({ id }) => id)
        expect(ids(queue.toReversed())).toEqual(ids(queue))
      }),
    )
  })

  it('lets nobody wait for ever: whoever waited long enough ranks before all that is new', () => {
    const old = { id: 'old', tenant: 'a', priority: -requestLimits.priority }
    const patience = (2 * requestLimits.priority + 10) * hour
    const waited = { ...old, createdAtMs: now - patience - 1, queuedAtMs: now - patience - 1 }
    fc.assert(
      fc.property(waiting, (newcomer) => {
        const fresh = { ...newcomer, id: 'new', createdAtMs: now, queuedAtMs: now }
        expect(rankOf(waited, new Map([['a', 1]]), now)).toBeGreaterThan(
          rankOf(fresh, new Map([['a', 1]]), now),
        )
      }),
    )
  })

  it('is by age among equals', () => {
    const one = { id: 'b', tenant: 'a', priority: 0, createdAtMs: 5, queuedAtMs: now }
    const two = { ...one, id: 'a', createdAtMs: 6 }
    expect(inOrder([two, one], new Map(), now).map(({ id }) => id)).toEqual(['b', 'a'])
  })
})
