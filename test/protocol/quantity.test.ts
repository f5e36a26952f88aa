import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../protocol/errors.ts'
import {
  formatQuantity,
  humanQuantity,
  isUnit,
  maxSteps,
  parseQuantity,
  quantityFromNumber,
  quantityToNumber,
  type Unit,
  units,
} from '../../protocol/quantity.ts'

const anyUnit = fc.constantFrom(...Object.keys(units).filter((text) => isUnit(text)))

describe('parseQuantity', () => {
  test.each<[string | number, Unit, bigint]>([
    ['1.5Ti', 'B', 1_649_267_441_664n],
    ['1.5TiB', 'B', 1_649_267_441_664n],
    ['400G', 'B', 400_000_000_000n],
    ['5E', 'B', 5_000_000_000_000_000_000n],
    ['5E3', 'B', 5_000n],
    ['1e21', 'B', 10n ** 21n],
    ['9223372036854775809', 'B', (1n << 63n) + 1n],
    [Number.MAX_SAFE_INTEGER, 'B', (1n << 53n) - 1n],
    ['300GB/s', 'B/s', 300_000_000_000n],
    ['400Gbit/s', 'bit/s', 400_000_000_000n],
    ['400 Gbit/s', 'bit/s', 400_000_000_000n],
    ['3.2GHz', 'Hz', 3_200_000_000n],
    ['350W', 'W', 350_000n],
    ['1500m', 'W', 1_500n],
    ['85ns', 's', 85_000n],
    [0, 'B', 0n],
    [4096, 'B', 4096n],
  ])('reads %s in %s', (text, unit, steps) => {
    expect(parseQuantity(text, unit)).toBe(steps)
  })

  test.each<[string | number, Unit, string]>([
    ['400GB/s', 'bit/s', `'400GB/s' is in B/s, not in bit/s; write a number of bits per second`],
    ['400Gb/s', 'bit/s', `unknown suffix 'Gb/s'`],
    ['5K', 'B', `1000 is 'k' and 1024 is 'Ki'`],
    ['-1', 'B', `'-1' is no quantity; write a number of bytes such as 1.5TiB`],
    ['1.4Ti', 'B', 'no whole number of bytes'],
    ['', 'W', 'such as 350W'],
    ['1e99', 'B', 'out of range'],
    ['1e30EB', 'B', 'out of range'],
    [2 ** 53, 'B', 'too large for a number to hold exactly, put it in quotes'],
    [Number.NaN, 'B', 'is no quantity'],
    ['9'.repeat(100), 'B', 'is no quantity'],
  ])('refuses %s in %s and says why', (text, unit, problem) => {
    expect(() => parseQuantity(text, unit)).toThrow(DecodeError)
    expect(() => parseQuantity(text, unit)).toThrow(problem)
  })

  test('moves a quantity between two steps up or down when it is told to', () => {
    expect(parseQuantity('1.4Ti', 'B', 'up')).toBe(1_539_316_278_887n)
    expect(parseQuantity('1.4Ti', 'B', 'down')).toBe(1_539_316_278_886n)
    expect(parseQuantity('2k', 'B', 'up')).toBe(2000n)
  })

  test('gives a number or a DecodeError for any text', () => {
    fc.assert(
      fc.property(fc.string(), anyUnit, (text, unit) => {
        try {
          expect(parseQuantity(text, unit)).toBeGreaterThanOrEqual(0n)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
    )
  })
})

describe('formatQuantity', () => {
  test.each<[bigint, Unit, string]>([
    [1_649_267_441_664n, 'B', '1.5TiB'],
    [400_000_000_000n, 'B', '400GB'],
    [400_000_000_000n, 'bit/s', '400Gbit/s'],
    [1_500n, 'W', '1.5W'],
    [85_000n, 's', '85ns'],
    [0n, 'B', '0B'],
    [1n, 's', '1ps'],
    [16_777_216_001n, 'B', '16777216001B'],
  ])('writes %s steps of %s as %s', (steps, unit, text) => {
    expect(formatQuantity(steps, unit)).toBe(text)
  })

  test('writes what parses back to the same steps', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: maxSteps - 1n }), anyUnit, (steps, unit) => {
        expect(parseQuantity(formatQuantity(steps, unit), unit)).toBe(steps)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('humanQuantity', () => {
  test('shows three digits with the prefixes of its field', () => {
    expect(humanQuantity(8_001_563_222_016n, 'B')).toBe('8 TB')
    expect(humanQuantity(1_029_345_280n, 'B', true)).toBe('981 MiB')
    expect(humanQuantity(1n << 30n, 'B', true)).toBe('1 GiB')
    expect(humanQuantity(1_234_567n, 'B')).toBe('1.23 MB')
    expect(humanQuantity(999n, 'B')).toBe('999 B')
    expect(humanQuantity(0n, 'B')).toBe('0 B')
    expect(humanQuantity(85_300n, 's')).toBe('85.3 ns')
  })
})

describe('quantityFromNumber', () => {
  test('takes the nearest step and comes back', () => {
    expect(quantityFromNumber(8.53e-8, 's')).toBe(85_300n)
    expect(quantityToNumber(85_300n, 's')).toBeCloseTo(8.53e-8, 15)
  })

  test('refuses what is no amount', () => {
    expect(() => quantityFromNumber(-1, 'B')).toThrow(DecodeError)
    expect(() => quantityFromNumber(Infinity, 'B')).toThrow(DecodeError)
  })
})
