import { expect, it } from 'vitest'
import { raceForTheLastMachine } from './race.ts'

it('two clients race for the last machine and never both win', async () => {
  expect(await raceForTheLastMachine(200)).toEqual({ one: 200, two: 0, none: 0, isFenced: true })
})
