import { describe, expect, it } from 'vitest'
import { runHistory } from './run-history.ts'

/** A slice of what `test/long/allocation-histories.test.ts` runs for long. */
describe('a random history with deaths at any write', () => {
  it.each([1, 3, 4])('keeps every invariant (seed %i)', async (seed) => {
    const outcome = await runHistory(seed, 120, 4)
    expect(outcome.problems).toEqual([])
    expect(outcome.grants).toBeGreaterThan(3)
    expect(outcome.crashes).toBeGreaterThan(0)
  })
})
