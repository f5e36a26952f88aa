import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gangsLostBy, gangViews } from '../../../server/matching/gang-view.ts'
import { FleetIndex } from '../../../server/matching/index/fleet-index.ts'
import { match, matchIn } from '../../../server/matching/match.ts'
import type { Candidate } from '../../../server/matching/candidate.ts'
import { anyFleet, machine, request } from './fleet.ts'

const gang = (count: number, match: object = {}) => ({
  name: `gang of ${count}`,
  request: request([{ name: 'w', count, match }], [{ kind: 'same', level: 'rack' }]),
})
const held = (untilMs: number | null) => ({ kind: 'held', by: 'a-1', untilMs }) as const
const inRack = (id: string, rack: string, availability?: Candidate['availability']) =>
  machine(id, { 'label.rack': rack }, availability)

describe('gang views', () => {
  test('say what fits now, what would, and who stands in the way of the next', () => {
    const index = FleetIndex.of([
      inRack('a', 'r1'),
      inRack('b', 'r1'),
      inRack('c', 'r1', held(2000)),
      inRack('d', 'r1', held(1000)),
      inRack('e', 'r2'),
      inRack('f', 'r2'),
      inRack('g', 'r2'),
      inRack('h', 'r3', held(null)),
      machine('i', {}),
    ])
    expect(gangViews([gang(3)], index)).toEqual([
      {
        profile: 'gang of 3',
        size: 3,
        largest: { domain: 'r2', machines: 3 },
        largestIfFree: { domain: 'r1', machines: 4 },
        gangs: 1,
        next: {
          domain: 'r1',
          free: 2,
          missing: 1,
          blockers: [{ machine: 'd', heldBy: 'a-1', untilMs: 1000 }],
          earliestAtMs: 1000,
        },
      },
    ])
    expect(gangViews([gang(9)], index)[0]).toMatchObject({ gangs: 0, next: null })
  })

  test('agree with the matcher on the largest gang', () => {
    fc.assert(
      fc.property(anyFleet, fc.integer({ min: 0, max: 3 }), (fleet, cores) => {
        const wanted = { 'cpu.cores': { gte: cores } }
        const [view] = gangViews([gang(1, wanted)], FleetIndex.of(fleet))
        const most = view?.largest?.machines ?? 0
        if (most > 0) expect(match(gang(most, wanted).request, fleet).kind).toBe('matched')
        expect(match(gang(most + 1, wanted).request, fleet).kind).toBe('unmatched')
      }),
      { numRuns: 500 },
    )
  })
})

describe('a placement', () => {
  const racks = { r1: 5, r2: 6 }
  const fleet = Object.entries(racks).flatMap(([rack, count]) =>
    Array.from({ length: count }, (_, at) => inRack(`${rack}-${at}`, rack)),
  )

  test('goes where it costs the fewest gangs, and otherwise where least is left', () => {
    const index = FleetIndex.of(fleet)
    const wanted = gang(2).request
    const domainOf = (gangs: readonly ReturnType<typeof gang>[]) =>
      matchIn(index, wanted, { tenant: null, gangs }).explanation.constraints[0]?.best?.domain
    expect(domainOf([])).toBe('r1')
    // Two of five leave a gang of three, two of six only one of two; two of six leave a gang of four.
    expect(domainOf([gang(3)])).toBe('r1')
    expect(domainOf([gang(4)])).toBe('r2')
  })

  test('has a price in gangs', () => {
    const index = FleetIndex.of(fleet)
    expect(gangsLostBy(['r1-0', 'r1-1'], [gang(5), gang(3), gang(2)], index)).toEqual([
      { profile: 'gang of 5', gangs: 1 },
      { profile: 'gang of 3', gangs: 0 },
      { profile: 'gang of 2', gangs: 1 },
    ])
    expect(gangsLostBy(['nobody'], [gang(2)], index)).toEqual([{ profile: 'gang of 2', gangs: 0 }])
  })
})
