import { expect, test } from 'vitest'
import { measureService } from '../../bench/allocation/measure.ts'

/** The smoke size of `npm run bench:allocation`: it runs, and every figure is one. */
test('the bench of the allocation service times all that schedulers do', async () => {
  const { figures, machineCount } = await measureService(1000, 2, 5)
  expect(machineCount).toBe(1000)
  expect(figures.map(({ name }) => name)).toEqual([
    'first dry run',
    'dry run',
    'dry run of a gang',
    'dry run, no match',
    'create and release',
    'update of a machine',
    'update and dry run',
    'capacity',
    'reserve and cancel',
    'join the queue',
    'dry run, many wait',
    'queue view, many wait',
    'queue serves, many wait',
  ])
  for (const { p50Ms, p99Ms, block } of figures) {
    expect(Math.min(p50Ms, p99Ms)).toBeGreaterThan(0)
    expect(Math.min(block.longestMs, block.computingMs)).toBeGreaterThanOrEqual(0)
  }
})
