import { expect, it } from 'vitest'
import { raceForTheLastMachine } from '../server/allocation/race.ts'

it('two clients race for the last machine 10,000 times and never both win', async () => {
  const races = 10_000
  expect(await raceForTheLastMachine(races)).toEqual({
    one: races,
    two: 0,
    none: 0,
    isFenced: true,
  })
})
