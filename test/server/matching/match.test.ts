import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explanationSchema } from '../../../protocol/explanation.ts'
import type { Request } from '../../../protocol/request.ts'
import type { Candidate } from '../../../server/matching/candidate.ts'
import { compile } from '../../../server/matching/evaluate.ts'
import { match } from '../../../server/matching/match.ts'
import { constraintsHold, placementExists } from './exhaustive.ts'
import { anyFleet, machine, request, simple } from './fleet.ts'
import { anyRequest } from './requests.ts'
import { propertyRuns } from '../../property-runs.ts'

const surroundings = (fleet: readonly Candidate[]) => ({ fleet, tenant: 'red' })
const context = { tenant: 'red' }

function oracle(wanted: Request): (role: string, candidate: Candidate) => boolean {
  const roles = new Map(
    wanted.roles.map((role) => [role.name, { role, holds: compile(role.match) }]),
  )
  return (name, candidate) => {
    const found = roles.get(name)
    const { include = null, exclude = [] } = found?.role.machines ?? {}
    const isNamed = include === null || include.includes(candidate.id)
    return (
      isNamed && !exclude.includes(candidate.id) && found?.holds(candidate.attributes) === 'yes'
    )
  }
}

const isFree = (candidate: Candidate) => candidate.availability.kind === 'free'
const isUsable = (candidate: Candidate) => candidate.availability.kind !== 'unschedulable'

/** Those whose holders stay where they are while `back` can be had. */
function without(fleet: readonly Candidate[], back: readonly Candidate[]): readonly Candidate[] {
  return fleet.filter((candidate) => !back.includes(candidate))
}

/** What an exhaustive search says of a request without alternatives. */
function truthOf(wanted: Request, fleet: readonly Candidate[]) {
  const exists = (machines: readonly Candidate[]) =>
    placementExists(wanted, machines, oracle(wanted), surroundings(without(fleet, machines)))
  if (exists(fleet.filter(isFree))) return 'matched'
  if (exists(fleet.filter(isUsable))) return 'busy'
  return exists(fleet) ? 'unschedulable' : 'impossible'
}

describe('match', () => {
  test('agrees with an exhaustive search, and its verdict does too', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(anyRequest, anyFleet, (wanted, fleet) => {
        const { verdict } = match(wanted, fleet, context).explanation
        seen.set(verdict, (seen.get(verdict) ?? 0) + 1)
        expect(verdict).toBe(truthOf(wanted, fleet))
      }),
      { numRuns: propertyRuns(20_000) },
    )
    for (const verdict of ['matched', 'busy', 'unschedulable', 'impossible']) {
      expect(seen.get(verdict)).toBeGreaterThan(propertyRuns(100))
    }
  }, 120_000)

  test('takes the first of the alternatives that an exhaustive search can serve', () => {
    fc.assert(
      fc.property(anyRequest, anyRequest, anyFleet, (wanted, other, fleet) => {
        const [choice] = other.roles
        const [first, ...rest] = wanted.roles
        if (choice === undefined || first === undefined) return
        const { count, match: condition, prefer } = choice
        const alternatives = [{ count, match: condition, prefer }]
        const both = { ...wanted, roles: [{ ...first, alternatives }, ...rest] }
        const second = { ...wanted, roles: [{ ...first, ...alternatives[0] }, ...rest] }
        const outcome = match(both, fleet, context)
        const truths = [truthOf(wanted, fleet), truthOf(second, fleet)]
        const winner = truths.indexOf('matched')
        expect(outcome.kind).toBe(winner === -1 ? 'unmatched' : 'matched')
        expect(outcome.explanation.tried.at(-1)?.choices[0] ?? 0).toBe(winner === -1 ? 1 : winner)
      }),
      { numRuns: propertyRuns(1000) },
    )
  })

  test('gives machines that are free, eligible, different and meet the constraints, as many as can be had', () => {
    let matched = 0
    fc.assert(
      fc.property(anyRequest, anyFleet, (wanted, fleet) => {
        const outcome = match(wanted, fleet, context)
        expect(explanationSchema.parse(outcome.explanation)).toEqual(outcome.explanation)
        if (outcome.kind !== 'matched') return
        matched += 1
        const eligible = oracle(wanted)
        const byId = new Map(fleet.map((candidate) => [candidate.id, candidate]))
        const chosen = outcome.assignments.flatMap(({ role, machines }) =>
          machines.flatMap((id) => {
            const candidate = byId.get(id)
            return candidate === undefined ? [] : [[role, candidate] as const]
          }),
        )
        const counts = outcome.assignments.map(({ machines }) => machines.length)
        wanted.roles.forEach(({ count }, at) => {
          expect(counts[at]).toBeGreaterThanOrEqual(count.min)
          expect(counts[at]).toBeLessThanOrEqual(count.max)
          if ((counts[at] ?? 0) === count.max) return
          // One more of this role, the earlier ones as they are and the later ones at their least.
          const more = wanted.roles.map((role, index) =>
            index < at
              ? (counts[index] ?? 0)
              : index === at
                ? (counts[at] ?? 0) + 1
                : role.count.min,
          )
          const free = fleet.filter(isFree)
          expect(placementExists(wanted, free, eligible, surroundings(fleet), more)).toBe(false)
        })
        expect(new Set(chosen.map(([, { id }]) => id)).size).toBe(
          counts.reduce((sum, count) => sum + count, 0),
        )
        for (const [role, candidate] of chosen) {
          expect(isFree(candidate) && eligible(role, candidate)).toBe(true)
        }
        expect(constraintsHold(wanted.constraints, chosen, surroundings(fleet))).toBe(true)
      }),
      { numRuns: propertyRuns(3000) },
    )
    expect(matched).toBeGreaterThan(propertyRuns(200))
  }, 60_000)

  test('does not depend on the order of the candidates', () => {
    fc.assert(
      fc.property(
        anyRequest,
        anyFleet.chain((fleet) =>
          fc.tuple(
            fc.constant(fleet),
            fc.shuffledSubarray(fleet, { minLength: fleet.length, maxLength: fleet.length }),
          ),
        ),
        (wanted, [fleet, shuffled]) => {
          expect(match(wanted, shuffled, context)).toEqual(match(wanted, fleet, context))
        },
      ),
      { numRuns: propertyRuns(1000) },
    )
  })

  test('says when enough held machines are back', () => {
    let busy = 0
    fc.assert(
      fc.property(anyRequest, anyFleet, (wanted, fleet) => {
        const { verdict, earliestAtMs } = match(wanted, fleet, context).explanation
        if (verdict !== 'busy') return
        busy += 1
        const eligible = oracle(wanted)
        const moments = [1, 2, 3, 4].filter((moment) => {
          const back = fleet.filter(
            ({ availability }) =>
              availability.kind === 'free' ||
              (availability.kind === 'held' &&
                availability.untilMs !== null &&
                availability.untilMs <= moment),
          )
          return placementExists(wanted, back, eligible, surroundings(without(fleet, back)))
        })
        expect(earliestAtMs).toBe(moments[0] ?? null)
      }),
      { numRuns: propertyRuns(2000) },
    )
    expect(busy).toBeGreaterThan(propertyRuns(50))
  })

  test('does not waste on a modest role the only machine of a demanding one', () => {
    const outcome = match(
      request([
        { name: 'modest', count: 1, match: { 'cpu.cores': { gte: 1 } } },
        { name: 'strong', count: 1, match: { 'cpu.cores': { gte: 8 } } },
      ]),
      [machine('a', { 'cpu.cores': 8n }), machine('b', { 'cpu.cores': 2n })],
    )
    expect(outcome.kind === 'matched' && outcome.assignments).toEqual([
      { role: 'modest', machines: ['b'] },
      { role: 'strong', machines: ['a'] },
    ])
  })

  test('prefers what the request prefers, then common machines, then the tightest fit, then the id', () => {
    const fleet = [
      machine('a', { 'cpu.cores': 4n, 'gpu.count': 8n, 'bench.memory.triad': 100n }),
      machine('b', { 'cpu.cores': 4n, 'gpu.count': 0n, 'bench.memory.triad': 90n }),
      machine('c', { 'cpu.cores': 4n, 'gpu.count': 0n, 'bench.memory.triad': 90n }),
      machine('d', { 'cpu.cores': 4n, 'gpu.count': 0n }),
    ]
    const first = (extra: object) => {
      const outcome = match(
        request([{ name: 'w', count: 1, match: { 'cpu.cores': { gte: 2 } }, ...extra }]),
        fleet,
      )
      return outcome.kind === 'matched' ? outcome.assignments[0]?.machines[0] : null
    }
    const triad = { attribute: 'bench.memory.triad' }
    expect(first({})).toBe('b')
    expect(first({ prefer: [{ ...triad, order: 'high' }] })).toBe('a')
    expect(first({ prefer: [{ ...triad, order: 'low' }] })).toBe('b')
  })

  test('packs a gang into the domain it fits best', () => {
    const fleet = ['r1', 'r1', 'r1', 'r2', 'r2', 'r3'].map((rack, index) =>
      machine(`m${index}`, { 'label.rack': rack }),
    )
    const outcome = match(
      request([{ name: 'w', count: 2, match: {} }], [{ kind: 'same', level: 'rack' }]),
      fleet,
    )
    expect(outcome.kind === 'matched' && outcome.assignments[0]?.machines).toEqual(['m3', 'm4'])
  })

  test('answers 64 identical nodes and a role that cannot exist without searching', () => {
    const fleet = Array.from({ length: 64 }, (_, index) =>
      machine(`m${index}`, { 'gpu.count': 8n, 'label.rack': `r${index % 8}` }),
    )
    const { explanation } = match(
      request(
        [
          { name: 'trainer', count: 4, match: { 'gpu.count': { gte: 8 } } },
          { name: 'store', count: 1, match: { 'storage.nvmeSize': { gte: '30T' } } },
        ],
        [
          { kind: 'same', level: 'rack' },
          { kind: 'spread', level: 'rack', max: 4, roles: ['trainer'] },
        ],
      ),
      fleet,
    )
    expect(explanation.verdict).toBe('impossible')
    expect(explanation.deficient).toEqual({ roles: ['store'], wanted: 1, eligible: 0 })
    expect(explanation.roles[1]?.unknown).toBe(64)
  })

  test('says that its search ended, and not that nothing matches, when constraints cross', () => {
    const fleet = Array.from({ length: 60 }, (_, index) =>
      machine(`m${index}`, { 'label.rack': `r${index % 20}` }),
    )
    // Any two roles fit into twenty racks, one machine in each; whether all three do takes a search.
    const verdict = (count: number) =>
      match(
        request(
          ['a', 'b', 'c'].map((name) => ({ name, count, match: {} })),
          [
            { kind: 'distinct', level: 'rack', roles: ['a', 'b'] },
            { kind: 'distinct', level: 'rack', roles: ['b', 'c'] },
            { kind: 'distinct', level: 'rack', roles: ['c', 'a'] },
          ],
        ),
        fleet,
      ).explanation.verdict
    expect(verdict(6)).toBe('matched')
    expect(verdict(10)).toBe('search-exhausted')
    expect(verdict(11)).toBe('impossible')
  })

  test('takes no two candidates of one id', () => {
    expect(() => match(simple(1, {}), [machine('a', {}), machine('a', {})])).toThrow(
      'different ids',
    )
  })
})
