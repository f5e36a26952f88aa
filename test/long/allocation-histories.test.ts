import { describe, expect, it } from 'vitest'
import { runHistory } from '../server/allocation/histories/run-history.ts'

/** 100 histories of 1,000 steps: clients, operators, time, and deaths between any two writes. */
const histories = 100
const stepsEach = 1000
const perTest = 10

describe('random histories of allocations', () => {
  it.each(Array.from({ length: histories / perTest }, (_, part) => 1000 + part * perTest))(
    'keep every invariant (seeds from %i)',
    async (from) => {
      const totals = { steps: 0, grants: 0, crashes: 0, staleRefused: 0 }
      for (let seed = from; seed < from + perTest; seed++) {
        const outcome = await runHistory(seed, stepsEach, 3 + (seed % 4))
        expect(outcome.problems).toEqual([])
        totals.steps += outcome.steps
        totals.grants += outcome.grants
        totals.crashes += outcome.crashes
        totals.staleRefused += outcome.staleRefused
      }
      expect(totals.steps).toBe(perTest * stepsEach)
      expect(totals.grants).toBeGreaterThan(perTest * 20)
      expect(totals.crashes).toBeGreaterThan(perTest * 5)
      expect(totals.staleRefused).toBeGreaterThan(perTest * 10)
    },
  )
})
