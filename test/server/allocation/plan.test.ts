import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRequest } from '../../../protocol/request.ts'
import { FleetMatcher } from '../../../server/allocation/engine/fleet-matcher.ts'
import { PlanMemory } from '../../../server/allocation/engine/plan-memory.ts'
import { planQueue } from '../../../server/allocation/engine/plan.ts'
import type { Ask, Verdict } from '../../../server/allocation/engine/question.ts'
import { foreignBooking } from '../../../server/allocation/outlook.ts'
import type { Outlook } from '../../../server/allocation/outlook.ts'
import { unlimited } from '../../../server/quotas/quota.ts'
import { propertyRuns } from '../../property-runs.ts'
import { type Fleet, referenceForesee } from './reference-plan.ts'

const now = 1_000_000
/** Machines that are due within a minute count as late: all times are longer. */
const minute = 60_000

/** A machine of one of two kinds, free now or later, perhaps booked by somebody. */
const machineOf = fc.record({
  big: fc.boolean(),
  freeInMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 })),
  booking: fc.option(
    fc.record({
      tenant: fc.constantFrom('a', 'b', 'c'),
      fromMs: fc.integer({ min: 0, max: 100 }),
      lengthMs: fc.integer({ min: 1, max: 100 }),
    }),
    { freq: 4 },
  ),
})

const askOf = fc.record({
  tenant: fc.constantFrom('a', 'b', 'c'),
  count: fc.integer({ min: 1, max: 4 }),
  big: fc.boolean(),
  needMs: fc.integer({ min: 1, max: 120 }),
})

const sceneOf = fc.record({
  machines: fc.array(machineOf, { minLength: 1, maxLength: 8 }),
  asks: fc.array(askOf, { minLength: 1, maxLength: 6 }),
})

type Made = typeof sceneOf extends fc.Arbitrary<infer T> ? T : never

function fleetOf({ machines }: Made): Fleet {
  return {
    nowMs: now,
    quotas: new Map(),
    machines: machines.map(({ big, freeInMs, booking }, index): Outlook => ({
      id: `m${index}`,
      attributes: new Map([['cpu.cores', big ? 8n : 4n]]),
      obstacle: null,
      freeAtMs: freeInMs === 0 ? 0 : now + (1 + freeInMs) * minute,
      heldBy: freeInMs === 0 ? null : 'somebody',
      heldFor: null,
      bookings:
        booking === null
          ? []
          : [
              {
                reservationId: `r${index}`,
                tenant: booking.tenant,
                fromMs: now + booking.fromMs * minute,
                untilMs: now + (booking.fromMs + booking.lengthMs) * minute,
              },
            ],
    })),
  }
}

function asksOf({ asks }: Made): readonly Ask[] {
  return asks.map(({ tenant, count, big, needMs }, index) => ({
    id: `q${index}`,
    likeness: `${tenant} ${count} ${big} ${needMs}`,
    tenant,
    needMs: needMs * minute,
    reservationId: null,
    waits: true,
    request: parseRequest({
      roles: [{ name: 'n', count, match: { 'cpu.cores': { gte: big ? 8 : 4 } } }],
      lease: { duration: '1h' },
    }),
  }))
}

/** The fleet once the starts of a plan have been made. */
function afterStarts(fleet: Fleet, asks: readonly Ask[], plan: readonly Verdict[]) {
  const taken = new Map<string, number>()
  for (const verdict of plan) {
    if (verdict.kind !== 'start') continue
    const needMs = asks.find(({ id }) => id === verdict.askId)?.needMs ?? 0
    for (const { machines } of verdict.assignments) {
      for (const id of machines) taken.set(id, now + needMs)
    }
  }
  return fleet.machines.map((machine): Outlook => {
    const freeAtMs = taken.get(machine.id)
    return freeAtMs === undefined ? machine : { ...machine, freeAtMs, heldBy: 'taken' }
  })
}

/** The plan of an engine that was told the fleet at once. */
function planOf(fleet: Fleet, asks: readonly Ask[], estimates = 32): readonly Verdict[] {
  const matcher = new FleetMatcher()
  const machines = fleet.machines.map(({ attributes, ...standing }) => ({ standing, attributes }))
  matcher.take({ machines, gone: [] })
  matcher.setNow(fleet.nowMs)
  const scene = { matcher, memory: new PlanMemory(), quotas: fleet.quotas }
  return planQueue(scene, asks, { estimates, startsMaximum: Infinity, explains: 'all' })
}

describe('a plan', () => {
  it('never delays the first that waits beyond its estimate', () => {
    let backfilled = 0
    fc.assert(
      fc.property(sceneOf, (made) => {
        const fleet = fleetOf(made)
        const asks = asksOf(made)
        const plan = planOf(fleet, asks)
        const firstAt = plan.findIndex(({ kind }) => kind === 'wait')
        const first = plan[firstAt]
        if (first?.kind !== 'wait' || first.estimatedStartAtMs === null) return
        backfilled += plan.slice(firstAt).filter(({ kind }) => kind === 'start').length
        const { askId, estimatedStartAtMs } = first
        const ask = asks.find(({ id }) => id === askId)
        if (ask === undefined) throw new Error('a verdict is about an ask')
        const later = referenceForesee(ask, afterStarts(fleet, asks, plan), now)
        expect(later?.atMs).not.toBeNull()
        expect(later?.atMs).toBeLessThanOrEqual(estimatedStartAtMs)
      }),
      { numRuns: propertyRuns(4000) },
    )
    expect(backfilled).toBeGreaterThan(propertyRuns(50))
  })

  it('gives no machine twice, none that is held, and none into a window of another', () => {
    fc.assert(
      fc.property(sceneOf, (made) => {
        const fleet = fleetOf(made)
        const given = new Set<string>()
        const asks = asksOf(made)
        for (const verdict of planOf(fleet, asks)) {
          if (verdict.kind !== 'start') continue
          for (const id of verdict.assignments.flatMap(({ machines }) => machines)) {
            const machine = fleet.machines.find((one) => one.id === id)
            expect(given.has(id)).toBe(false)
            expect(machine?.heldBy).toBeNull()
            const ask = asks.find((one) => one.id === verdict.askId)
            if (ask === undefined) throw new Error('a verdict is about an ask')
            expect(foreignBooking(machine?.bookings ?? [], ask, now)).toBeNull()
            given.add(id)
          }
        }
      }),
      { numRuns: propertyRuns(2000) },
    )
  })

  it('is the same for machines in any order', () => {
    fc.assert(
      fc.property(sceneOf, (made) => {
        const fleet = fleetOf(made)
        const turned = { ...fleet, machines: fleet.machines.toReversed() }
        const text = (one: Fleet) =>
          planOf(one, asksOf(made)).map((verdict) =>
            verdict.kind === 'start'
              ? verdict.assignments.map(({ machines }) => machines.toSorted())
              : [verdict.estimatedStartAtMs, verdict.waitsFor],
          )
        expect(text(turned)).toEqual(text(fleet))
      }),
      { numRuns: propertyRuns(1000) },
    )
  })

  it('answers an ask like one before it as if it had been asked by itself', () => {
    const likely = fc.record({
      tenant: fc.constantFrom('a', 'b'),
      count: fc.integer({ min: 1, max: 3 }),
      big: fc.boolean(),
      needMs: fc.constantFrom(5, 60),
    })
    const scenes = fc.record({
      machines: fc.array(machineOf, { minLength: 1, maxLength: 6 }),
      asks: fc.array(likely, { minLength: 2, maxLength: 10 }),
    })
    let alike = 0
    fc.assert(
      fc.property(scenes, (made) => {
        const asks = asksOf(made)
        alike += asks.length - new Set(asks.map(({ likeness }) => likeness)).size
        const told = (given: readonly Ask[]) =>
          planOf(fleetOf(made), given, 0).map((verdict) =>
            verdict.kind === 'start' ? verdict.assignments : 'wait',
          )
        expect(told(asks)).toEqual(told(asks.map((ask) => ({ ...ask, likeness: ask.id }))))
      }),
      { numRuns: propertyRuns(2000) },
    )
    expect(alike).toBeGreaterThan(propertyRuns(150))
  })

  it('gives what is kept to who is back in time, and keeps nothing for who does not wait', () => {
    const outlook = (id: string, freeInMs: number): Outlook => ({
      id,
      attributes: new Map([['cpu.cores', 8n]]),
      obstacle: null,
      freeAtMs: freeInMs === 0 ? 0 : now + freeInMs * minute,
      heldBy: freeInMs === 0 ? null : 'somebody',
      heldFor: null,
      bookings: [],
    })
    const fleet = {
      nowMs: now,
      quotas: new Map(),
      machines: [outlook('m0', 0), outlook('m1', 50)],
    }
    const [gang, single] = asksOf({
      machines: [],
      asks: [
        { tenant: 'a', count: 2, big: true, needMs: 100 },
        { tenant: 'b', count: 1, big: true, needMs: 60 },
      ],
    })
    if (gang === undefined || single === undefined) throw new Error('two asks were made')
    const kinds = (asks: readonly Ask[]) => planOf(fleet, asks).map(({ kind }) => kind)
    expect(kinds([gang, single])).toEqual(['wait', 'wait'])
    expect(kinds([gang, { ...single, needMs: 50 * minute }])).toEqual(['wait', 'start'])
    expect(kinds([{ ...gang, waits: false }, single])).toEqual(['wait', 'start'])
  })

  it('passes over who is at the quota, and keeps nothing for it', () => {
    const fleet = fleetOf({
      machines: [{ big: true, freeInMs: 0, booking: null }],
      asks: [],
    })
    const asks = asksOf({
      machines: [],
      asks: [
        { tenant: 'a', count: 1, big: true, needMs: 100 },
        { tenant: 'b', count: 1, big: true, needMs: 100 },
      ],
    })
    const quotas = new Map([['a', { ...unlimited, machinesMaximum: 0 }]])
    const plan = planOf({ ...fleet, quotas }, asks)
    expect(plan).toMatchObject([
      { kind: 'wait', waitsFor: 'quota', isHopeless: true },
      { kind: 'start' },
    ])
  })
})
