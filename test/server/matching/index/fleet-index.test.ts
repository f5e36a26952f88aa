import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AttributeValue } from '../../../../protocol/attributes/definition.ts'
import type { Expression } from '../../../../protocol/request/expression.ts'
import { answerExpression } from '../../../../server/matching/answer-expression.ts'
import type { Candidate } from '../../../../server/matching/candidate.ts'
import { compile } from '../../../../server/matching/evaluate.ts'
import { countBits } from '../../../../server/matching/index/bitset.ts'
import { FleetIndex } from '../../../../server/matching/index/fleet-index.ts'
import { matchIn } from '../../../../server/matching/match.ts'
import { anyFleet, anyMatch, machine, simple } from '../fleet.ts'
import { anyRequest } from '../requests.ts'
import { propertyRuns } from '../../../property-runs.ts'

const conditionOf = (match: object): Expression | null => {
  try {
    return simple(1, match).roles[0]?.match ?? null
  } catch {
    // A contradiction, refused where requests are read.
    return null
  }
}

/** Answers of an index by machine, to compare with one machine at a time. */
function answers(index: FleetIndex, condition: Expression, fleet: readonly Candidate[]) {
  index.scratch.reset(index.wordCount)
  const { yes, unknown, yesCount, unknownCount } = answerExpression(condition, index)
  expect([countBits(yes), countBits(unknown)]).toEqual([yesCount, unknownCount])
  return fleet.map(({ id }) => {
    const slot = index.slotOf(id) ?? -1
    const has = (words: Int32Array) => ((words[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0
    return has(yes) ? 'yes' : has(unknown) ? 'unknown' : 'no'
  })
}

const one = (condition: Expression, fleet: readonly Candidate[]) => {
  const holds = compile(condition)
  return fleet.map(({ attributes }) => holds(attributes))
}

describe('FleetIndex', () => {
  test('answers conditions as they are answered for one machine', () => {
    fc.assert(
      fc.property(anyMatch, anyFleet, (match, fleet) => {
        const condition = conditionOf(match)
        if (condition === null) return
        expect(answers(FleetIndex.of(fleet), condition, fleet)).toEqual(one(condition, fleet))
      }),
      { numRuns: propertyRuns(4000) },
    )
  })

  test('is the same after any changes as one made of what is left', () => {
    fc.assert(
      fc.property(
        fc.array(anyFleet, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 6 }),
        anyMatch,
        anyRequest,
        (fleets, removed, match, wanted) => {
          const index = new FleetIndex()
          const left = new Map<string, Candidate>()
          fleets.forEach((fleet, step) => {
            for (const candidate of fleet) {
              index.set(candidate)
              left.set(candidate.id, candidate)
            }
            const gone = removed[step]
            if (gone !== undefined) {
              index.remove(`m${gone}`)
              left.delete(`m${gone}`)
            }
            // Columns made early are kept up to date; those made late find what is there.
            matchIn(index, wanted)
          })
          const fleet = [...left.values()]
          const condition = conditionOf(match)
          if (condition !== null)
            expect(answers(index, condition, fleet)).toEqual(one(condition, fleet))
          expect(matchIn(index, wanted)).toEqual(matchIn(FleetIndex.of(fleet), wanted))
        },
      ),
      { numRuns: propertyRuns(1000) },
    )
  }, 60_000)

  test('compares amounts exactly where a float cannot', () => {
    const around = fc.bigInt({ min: (1n << 53n) - 3n, max: (1n << 53n) + 6n })
    const wide = fc.oneof(
      around,
      fc.bigInt({ min: 0n, max: 1n << 63n }),
      fc.bigInt({ min: 0n, max: 300n }),
    )
    const operator = fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte')
    fc.assert(
      fc.property(
        fc.array(fc.option(wide, { nil: undefined }), { minLength: 1, maxLength: 200 }),
        fc.array(fc.tuple(fc.nat(199), wide), { maxLength: 40 }),
        operator,
        wide,
        (values, changes, operator, bound) => {
          const made = (value: AttributeValue | undefined, at: number) =>
            machine(`m${at}`, value === undefined ? {} : { 'memory.size': value })
          const fleet = values.map(made)
          const index = FleetIndex.of(fleet)
          const condition = conditionOf({ 'memory.size': { [operator]: `${bound}B` } })
          if (condition === null) return
          expect(answers(index, condition, fleet)).toEqual(one(condition, fleet))
          for (const [at, value] of changes) {
            if (at >= fleet.length) continue
            fleet[at] = made(value, at)
            index.set(made(value, at))
          }
          expect(answers(index, condition, fleet)).toEqual(one(condition, fleet))
        },
      ),
      { numRuns: propertyRuns(1000) },
    )
  })

  test('keeps its counts through thousands of machines of many values', () => {
    const fleet = Array.from({ length: 9000 }, (_, at) =>
      machine(
        `m${at}`,
        {
          'memory.size': BigInt((at * 7919) % 6007),
          'cpu.vendor': `v${at % 3}`,
          'system.serial': `s${at}`,
        },
        at % 4 === 0 ? { kind: 'held', by: 'a', untilMs: null } : { kind: 'free' },
      ),
    )
    const index = FleetIndex.of(fleet)
    for (const match of [
      { 'memory.size': { gte: 3000 } },
      { 'memory.size': { between: [17, 18] } },
      { 'system.serial': 's4711' },
      { 'system.serial': { glob: 's47?1' } },
      { 'cpu.vendor': { ne: 'v1' } },
    ]) {
      const condition = conditionOf(match)
      if (condition !== null)
        expect(answers(index, condition, fleet)).toEqual(one(condition, fleet))
    }
    // Half of them move to values nobody had, so that the levels are made anew.
    const moved = fleet.map((candidate, at) =>
      at % 2 === 0 ? candidate : machine(candidate.id, { 'memory.size': BigInt(3_000_000 + at) }),
    )
    for (const candidate of moved) index.set(candidate)
    const condition = conditionOf({ 'memory.size': { gt: 3_004_000 } })
    if (condition !== null) expect(answers(index, condition, moved)).toEqual(one(condition, moved))
    expect(index.availability.total).toBe(9000)
    expect(index.free.count + index.held.count + index.unschedulable.count).toBe(9000)
  })
})
