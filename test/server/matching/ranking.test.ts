import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findAttribute } from '../../../protocol/attributes.ts'
import { FleetIndex } from '../../../server/matching/index/fleet-index.ts'
import { NumericColumn } from '../../../server/matching/index/numeric-column.ts'
import { Ranking } from '../../../server/matching/ranking.ts'
import { nthLargest } from '../../../server/matching/select.ts'

const some = { minLength: 1, maxLength: 200 }

describe('Ranking', () => {
  test('gives every machine once, in the order of a full sort, however many are wanted', () => {
    const figures = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), some)
    fc.assert(
      fc.property(figures, fc.integer({ min: 1, max: 20 }), (rows, wanted) => {
        const index = FleetIndex.of(rows.map((_, at) => machine(at)))
        const slots = Int32Array.from(rows, (_, at) => index.slotOf(idOf(at)) ?? -1)
        const rowOf = (slot: number) => rows[slots.indexOf(slot)] ?? [0, 0]
        const ranking = new Ranking(
          slots,
          wanted,
          {
            preference: (slot) => rowOf(slot)[0],
            scarcity: () => 0,
            surplus: (slot) => rowOf(slot)[1],
            first: (asked) => Float64Array.from(asked, (slot) => -rowOf(slot)[0]),
          },
          index,
        )
        const sorted = rows
          .map(([preference, surplus], at) => ({ preference, surplus, id: idOf(at) }))
          .toSorted(
            (a, b) =>
              b.preference - a.preference || a.surplus - b.surplus || (a.id < b.id ? -1 : 1),
          )
        const given = rows.map(() => index.idAt(ranking.next() ?? -1))
        expect(given).toEqual(sorted.map(({ id }) => id))
        expect(ranking.next()).toBeNull()
      }),
    )
  })
})

describe('a column of amounts', () => {
  test('knows the range of any machines after any changes', () => {
    const attribute = findAttribute('bench.memory.triad')
    const change = fc.tuple(fc.nat(400), fc.oneof(fc.nat(5), fc.maxSafeNat()))
    fc.assert(
      fc.property(fc.array(change, some), fc.array(change, some), (before, after) => {
        const home = FleetIndex.of(Array.from({ length: 401 }, (_, at) => machine(at)))
        const column = attribute === null ? null : new NumericColumn(attribute, home)
        for (const [slot, value] of before) column?.set(slot, BigInt(value))
        column?.range(home.live.words)
        for (const [slot, value] of after) column?.set(slot, BigInt(value))
        const asked = new Int32Array(home.wordCount).fill(0x5f0f3a71)
        const held = [...new Map([...before, ...after])]
          .filter(([slot]) => ((asked[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0)
          .map(([, value]) => value)
        expect(column?.range(asked)).toEqual(
          held.length === 0 ? null : { low: Math.min(...held), high: Math.max(...held) },
        )
      }),
    )
  })
})

describe('nthLargest', () => {
  test('gives what a full sort has at the position', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), some), fc.nat(), (values, seed) => {
        const position = seed % values.length
        const sorted = values.toSorted((a, b) => b - a)
        expect(nthLargest(Float64Array.from(values), position)).toBe(sorted[position])
      }),
    )
  })
})

describe('FleetIndex.firstIds', () => {
  test('gives the first ids of any machines', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(299), some), fc.nat(20), (chosen, count) => {
        const index = FleetIndex.of(
          Array.from({ length: 300 }, (_, at) => machine(at)).toReversed(),
        )
        const words = new Int32Array(index.wordCount)
        for (const at of chosen) {
          const slot = index.slotOf(idOf(at)) ?? 0
          words[slot >>> 5] = (words[slot >>> 5] ?? 0) | (1 << (slot & 31))
        }
        const expected = chosen.map(idOf).toSorted().slice(0, count)
        expect(index.firstIds(words, chosen.length, count)).toEqual(expected)
      }),
    )
  })
})

function idOf(at: number): string {
  return `machine-${at}`
}

function machine(at: number) {
  return { id: idOf(at), attributes: new Map(), availability: { kind: 'free' } } as const
}
