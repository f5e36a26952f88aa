import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { explanationSchema } from '../../../protocol/explanation.ts'
import type { Request } from '../../../protocol/request.ts'
import type { Candidate } from '../../../server/matching/candidate.ts'
import { compile } from '../../../server/matching/evaluate.ts'
import { match } from '../../../server/matching/match.ts'
import { constraintsHold, placementExists } from './exhaustive.ts'
import { anyFleet, machine, request, simple } from './fleet.ts'

/** Roles over overlapping ranges of cores, so that a greedy choice goes wrong often. */
const roleMatches = fc.constantFrom<object>(
  { 'cpu.cores': { gte: 1 } },
  { 'cpu.cores': { gte: 2 } },
  { 'cpu.cores': { lte: 2 } },
  { 'cpu.cores': { between: [1, 3] } },
  { 'cpu.cores': { ne: 2 } },
  { 'memory.size': { gte: 2 } },
  { 'label.leaf': 'l1' },
  {},
)
const prefer = fc.constantFrom<readonly object[]>(
  [],
  [{ attribute: 'memory.size', order: 'high' }],
  [{ attribute: 'cpu.cores', order: 'low', weight: 2 }],
)
const anyRequest: fc.Arbitrary<Request> = fc
  .array(fc.record({ count: fc.integer({ min: 1, max: 2 }), match: roleMatches, prefer }), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((roles) => {
    const names = roles.map((_, index) => `r${index}`)
    const some = fc.subarray(names, { minLength: 1 })
    const level = fc.constantFrom('rack', 'leaf')
    const constraint = fc.oneof(
      fc.record({ kind: fc.constant('same'), level, roles: some }),
      fc.record({ kind: fc.constant('distinct'), level, roles: some }),
      fc.record({
        kind: fc.constant('spread'),
        level,
        max: fc.integer({ min: 1, max: 2 }),
        roles: some,
      }),
    )
    return fc.array(constraint, { maxLength: 2 }).map((constraints) =>
      request(
        roles.map((role, index) => ({ name: `r${index}`, ...role })),
        constraints,
      ),
    )
  })

function oracle(wanted: Request): (role: string, candidate: Candidate) => boolean {
  const predicates = new Map(wanted.roles.map((role) => [role.name, compile(role.match)]))
  return (role, candidate) => predicates.get(role)?.(candidate.attributes) === 'yes'
}

const isFree = (candidate: Candidate) => candidate.availability.kind === 'free'
const isUsable = (candidate: Candidate) => candidate.availability.kind !== 'unschedulable'

describe('match', () => {
  test('agrees with an exhaustive search, and its verdict does too', () => {
    fc.assert(
      fc.property(anyRequest, anyFleet, (wanted, fleet) => {
        const { explanation } = match(wanted, fleet)
        const eligible = oracle(wanted)
        const exists = (machines: readonly Candidate[]) =>
          placementExists(wanted, machines, eligible)
        const truth = exists(fleet.filter(isFree))
          ? 'matched'
          : exists(fleet.filter(isUsable))
            ? 'busy'
            : exists(fleet)
              ? 'unschedulable'
              : 'impossible'
        expect(explanation.verdict).toBe(truth)
      }),
      { numRuns: 4000 },
    )
  })

  test('gives machines that are free, eligible, different and meet the constraints', () => {
    let matched = 0
    fc.assert(
      fc.property(anyRequest, anyFleet, (wanted, fleet) => {
        const outcome = match(wanted, fleet)
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
        expect(outcome.assignments.map(({ machines }) => machines.length)).toEqual(
          wanted.roles.map((role) => role.count),
        )
        expect(new Set(chosen.map(([, { id }]) => id)).size).toBe(
          wanted.roles.reduce((sum, role) => sum + role.count, 0),
        )
        for (const [role, candidate] of chosen) {
          expect(isFree(candidate) && eligible(role, candidate)).toBe(true)
        }
        expect(constraintsHold(wanted.constraints, chosen)).toBe(true)
      }),
      { numRuns: 2000 },
    )
    expect(matched).toBeGreaterThan(200)
  })

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
          expect(match(wanted, shuffled)).toEqual(match(wanted, fleet))
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('says when enough held machines are back', () => {
    let busy = 0
    fc.assert(
      fc.property(anyRequest, anyFleet, (wanted, fleet) => {
        const { verdict, earliestAtMs } = match(wanted, fleet).explanation
        if (verdict !== 'busy') return
        busy += 1
        const eligible = oracle(wanted)
        const moments = [1, 2, 3, 4].filter((moment) =>
          placementExists(
            wanted,
            fleet.filter(
              ({ availability }) =>
                availability.kind === 'free' ||
                (availability.kind === 'held' &&
                  availability.untilMs !== null &&
                  availability.untilMs <= moment),
            ),
            eligible,
          ),
        )
        expect(earliestAtMs).toBe(moments[0] ?? null)
      }),
      { numRuns: 2000 },
    )
    expect(busy).toBeGreaterThan(50)
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
