import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { majority, quantile, spreadRatio, summarize } from '../../../agent/benchmark/statistics.ts'

const values = fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }), {
  minLength: 1,
  maxLength: 50,
})

describe('summarize', () => {
  test('gives the known answer for a known list', () => {
    expect(summarize([1, 2, 3, 4, 100], 's', 'lower')).toEqual({
      median: 3,
      mad: 1,
      best: 1,
      p10: 1.4,
      p90: expect.closeTo(61.6, 10),
      count: 5,
      unit: 's',
      better: 'lower',
    })
  })

  test('orders its figures whatever the values are', () => {
    fc.assert(
      fc.property(values, (list) => {
        const up = summarize(list, '1/s', 'higher')
        const down = summarize(list, 's', 'lower')
        expect(down.best).toBeLessThanOrEqual(up.p10)
        expect(up.p10).toBeLessThanOrEqual(up.median)
        expect(up.median).toBeLessThanOrEqual(up.p90)
        expect(up.p90).toBeLessThanOrEqual(up.best)
        expect(up.mad).toBeGreaterThanOrEqual(0)
        expect(up.mad).toBeLessThanOrEqual(up.best - down.best)
      }),
    )
  })

  test('does not depend on the order of the values', () => {
    fc.assert(
      fc.property(values, (list) => {
        expect(summarize(list.toReversed(), 's', 'lower')).toEqual(summarize(list, 's', 'lower'))
      }),
    )
  })

  test('gives no spread to equal values', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.nat(20),
        (value, more) => {
          const list = Array.from({ length: more + 1 }, () => value)
          expect(spreadRatio(summarize(list, 's', 'lower'))).toBe(0)
        },
      ),
    )
  })

  test('is not moved by a minority of wild values', () => {
    const metric = summarize([10, 10, 10, 10, 10, 1e9, 1e9, 0], '1/s', 'higher')
    expect(metric.median).toBe(10)
    expect(spreadRatio(metric)).toBe(0)
  })

  test('refuses an empty list and values that are no numbers', () => {
    expect(() => summarize([], 's', 'lower')).toThrow('no value')
    expect(() => summarize([1, Number.NaN], 's', 'lower')).toThrow('finite')
  })
})

test('quantile hits the values themselves at their own places', () => {
  expect([0, 0.25, 0.5, 0.75, 1].map((share) => quantile([1, 2, 3, 4, 5], share))).toEqual([
    1, 2, 3, 4, 5,
  ])
  expect(() => quantile([1], 1.5)).toThrow('share')
})

test('majority finds what most hold and nothing in an empty list', () => {
  expect(majority(['a', 'b', 'b', 'c'])).toBe('b')
  expect(majority(['a', 'b'])).toBe('a')
  expect(majority([])).toBeNull()
})
