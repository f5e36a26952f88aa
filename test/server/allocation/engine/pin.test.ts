import fc from 'fast-check'
import { expect, it } from 'vitest'
import { candidateOf, FleetMatcher } from '../../../../server/allocation/engine/fleet-matcher.ts'
import { pin } from '../../../../server/allocation/engine/pin.ts'
import type { Outlook } from '../../../../server/allocation/outlook.ts'
import { standingAt } from '../../../../server/allocation/outlook.ts'
import { match } from '../../../../server/matching/match.ts'
import { availabilityIn, requestFor } from '../../../../server/reservations/pin-machines.ts'
import { propertyRuns } from '../../../property-runs.ts'
import { outlookAfter, startMs, step } from './made-histories.ts'

const minute = 60_000
const condition = { 'cpu.cores': { gte: 4 } }

function matcherOf(machines: readonly Outlook[]): FleetMatcher {
  const matcher = new FleetMatcher()
  const told = machines.map(({ attributes, ...standing }) => ({ standing, attributes }))
  matcher.take({ machines: told, gone: [] })
  matcher.setNow(startMs)
  return matcher
}

const order = fc.record({
  count: fc.integer({ min: 1, max: 6 }),
  fromMinutes: fc.integer({ min: 0, max: 60 }),
  lengthMinutes: fc.integer({ min: 1, max: 90 }),
  held: fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }),
})

it('a reservation keeps what still serves, and gets as many others as there are', () => {
  let [whole, short] = [0, 0]
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8, size: 'max' }), order, (steps, made) => {
      const changes = steps.flatMap((one) => one.changes).map((one) => outlookAfter(one, startMs))
      const machines = [...new Map(changes.map((machine) => [machine.id, machine])).values()]
      const fromMs = startMs + made.fromMinutes * minute
      const untilMs = fromMs + made.lengthMinutes * minute
      const window = { reservationId: 'r1', tenant: 'a', fromMs, untilMs }
      const held = made.held.map((at) => `m${at}`)
      const { count } = made
      const asked = { match: condition, count, window, held }
      const matcher = matcherOf(machines)
      const pinned = pin(matcher, asked)

      // By itself each machine says whether it would do.
      const fits = machines.filter((machine) => {
        const availability = availabilityIn(standingAt(machine, startMs), window)
        const candidate = candidateOf(machine.id, machine.attributes, availability)
        return match(requestFor(condition, 1), [candidate]).kind === 'matched'
      })
      const fitting = new Set(fits.map(({ id }) => id))
      expect(pinned).toEqual([...new Set(pinned)].toSorted())
      expect(pinned.filter((id) => !fitting.has(id))).toEqual([])
      expect(pinned).toHaveLength(Math.min(count, fitting.size))
      const serving = held.filter((id) => fitting.has(id)).toSorted()
      expect(serving.slice(0, count).filter((id) => !pinned.includes(id))).toEqual([])
      // Nothing of the question is left behind, and the order in which machines came is nothing.
      expect(pin(matcher, asked)).toEqual(pinned)
      expect(pin(matcherOf(machines.toReversed()), asked)).toEqual(pinned)
      if (pinned.length === count) whole += 1
      else short += 1
    }),
    { numRuns: propertyRuns(3000) },
  )
  expect(Math.min(whole, short)).toBeGreaterThan(propertyRuns(200))
})
