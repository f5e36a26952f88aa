import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findAttribute } from '../../../protocol/attributes.ts'
import type { AttributeValues } from '../../../protocol/attributes/definition.ts'
import { parseRequest } from '../../../protocol/request.ts'
import { FleetIndex } from '../../../server/matching/index/fleet-index.ts'
import { type Group, listGroup } from '../../../server/matching/index/group.ts'
import { NumericColumn } from '../../../server/matching/index/numeric-column.ts'
import { match } from '../../../server/matching/match.ts'
import type { Criterion } from '../../../server/matching/rank.ts'
import { Ranking } from '../../../server/matching/ranking.ts'
import { nthLargest } from '../../../server/matching/select.ts'

const noScore = { preference: 0, scarcity: 0, surplus: 0, deviation: null, wear: null }
const some = { minLength: 1, maxLength: 200 }

describe('Ranking', () => {
  test('gives every machine once, in the order of a full sort, however they are grouped', () => {
    const rows = fc.array(fc.tuple(fc.nat(3), fc.nat(2), fc.nat(2), fc.nat(5)), some)
    const sizes = fc.record({ wanted: fc.integer({ min: 1, max: 20 }), group: fc.nat(9) })
    fc.assert(
      fc.property(rows, sizes, (figures, { wanted, group }) => {
        const index = FleetIndex.of(figures.map((_, at) => machine(at)))
        const fleet = figures.map((row, at) => ({ row, id: idOf(at), slot: slotOf(index, at) }))
        const rowOf = new Map(fleet.map(({ row, slot }) => [slot, row]))
        const by =
          (rate: (slot: number) => number): Criterion =>
          (asked, found) =>
            asked.forEach((slot, at) => {
              found[at] = rate(slot)
            })
        const criteria = [0, 1, 2].map((place) => by((slot) => rowOf.get(slot)?.[place] ?? 0))
        const scorer = {
          criteria: [...criteria, by((slot) => -index.rank(slot))],
          groups: () =>
            chunks(
              fleet.toSorted((a, b) => b.row[0] - a.row[0]),
              group + 1,
            ),
          score: () => noScore,
        }
        const admits = (slot: number) => (rowOf.get(slot)?.[3] ?? 0) > 0
        const open = fleet.filter(({ slot }) => admits(slot))
        const ranked = { machines: index.live.words, count: open.length, admits }
        const ranking = new Ranking(ranked, wanted, scorer, index)
        const sorted = open.toSorted(
          (a, b) =>
            b.row[0] - a.row[0] ||
            b.row[1] - a.row[1] ||
            b.row[2] - a.row[2] ||
            (a.id < b.id ? -1 : 1),
        )
        expect(open.map(() => index.idAt(ranking.next() ?? -1))).toEqual(sorted.map(({ id }) => id))
        expect(ranking.next()).toBeNull()
      }),
    )
  })
})

describe('machines that a request does not tell apart', () => {
  const speed = (triad: bigint | undefined, worn?: bigint): AttributeValues =>
    new Map([
      ['cpu.cores', 8n],
      ...(triad === undefined ? [] : [['bench.memory.triad', triad] as const]),
      ...(worn === undefined ? [] : [['storage.usedPercentMax', worn] as const]),
    ])
  const fleetOf = (all: readonly AttributeValues[]) =>
    all.map((attributes, at) => ({ ...machine(at), attributes }))
  const ask = (count: number) =>
    parseRequest({
      roles: [{ name: 'worker', count, match: { 'cpu.cores': { gte: 8 } } }],
      lease: { duration: '1h' },
    })
  const chosenOf = (all: readonly AttributeValues[], count: number) =>
    match(ask(count), fleetOf(all)).explanation.chosen

  test('are chosen for speeds that are alike, those never measured last', () => {
    const all = [60n, 100n, 300n, 101n, undefined, 99n, 500n].map((triad) => speed(triad))
    const chosen = chosenOf(all, 3)
    expect(chosen.map((one) => one.machine)).toEqual([1, 3, 5].map(idOf))
    expect(chosen.map((one) => one.deviation)).toEqual([0, 0.01, 0.01])
    expect(chosenOf(all, 7).at(-1)).toMatchObject({ machine: idOf(4), deviation: null })
  })

  test('are chosen for the least wear when their speeds are the same', () => {
    const chosen = chosenOf([speed(100n, 40n), speed(100n, 3n), speed(100n), speed(100n, 3n)], 3)
    expect(chosen.map(({ machine: id, wear }) => [id, wear])).toEqual([
      [idOf(1), 3],
      [idOf(3), 3],
      [idOf(0), 40],
    ])
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
        for (const order of ['low', 'high'] as const) {
          const slots = new Int32Array(home.size)
          let [end, last] = [0, order === 'low' ? -Infinity : Infinity]
          for (const group of column?.groups(order, home.live.words) ?? []) {
            const from = end
            end = group.collect(home.live.words, slots, from)
            const values = Array.from(
              slots.subarray(from, end),
              (slot) => column?.number(slot) ?? 0,
            )
            if (values.some((value) => Number.isNaN(value))) continue
            const [low, high] = [Math.min(...values), Math.max(...values)]
            expect(values.length === 0 || (order === 'low' ? low >= last : high <= last)).toBe(true)
            if (values.length > 0) last = order === 'low' ? high : low
          }
          expect(new Set(slots).size).toBe(home.size)
          expect(end).toBe(home.size)
        }
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

function slotOf(index: FleetIndex, at: number): number {
  return index.slotOf(idOf(at)) ?? -1
}

function chunks(fleet: readonly { readonly slot: number }[], size: number): readonly Group[] {
  return Array.from({ length: Math.ceil(fleet.length / size) }, (_, at) =>
    listGroup(fleet.slice(at * size, (at + 1) * size).map(({ slot }) => slot)),
  )
}

function idOf(at: number): string {
  return `machine-${at}`
}

function machine(at: number) {
  return { id: idOf(at), attributes: new Map(), availability: { kind: 'free' } } as const
}
