import { expect, test } from 'vitest'
import { fleetPlan } from '../../bench/matching/fleet.ts'
import { measureMatching } from '../../bench/matching/measure.ts'

test('the matching benchmark runs, and the matcher counts as its rivals do', () => {
  const figures = measureMatching(fleetPlan(2000), 60)
  expect(figures.disagreements).toBe(0)
  expect(figures.requests.map(({ name, count }) => [name, count])).toEqual([
    ['single', 60],
    ['gang', 60],
    ['roles', 60],
    ['impossible', 60],
  ])
  expect(figures.matchedCounts.single).toBeGreaterThan(20)
  expect(figures.matchedCounts.impossible).toBe(0)
  expect(figures.rivals.map(({ name }) => name)).toEqual(['object loop', 'SQLite with indexes'])
})
