import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeCbor, encodeCbor, scanCbor } from '../../protocol/cbor.ts'
import { DecodeError } from '../../protocol/errors.ts'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))

describe('decodeCbor', () => {
  test('returns what was encoded when the value is of our subset', () => {
    fc.assert(
      fc.property(
        fc
          .jsonValue({ maxDepth: 6 })
          .filter((value) => !JSON.stringify(value).includes('__proto__')),
        (value) => {
          expect(decodeCbor(encodeCbor(value))).toEqual(JSON.parse(JSON.stringify(value)))
        },
      ),
    )
  })

  test('copies byte strings when the frame is reused', () => {
    const frame = encodeCbor({ bytes: new Uint8Array([1, 2, 3]) })
    const value = decodeCbor(frame)
    frame.fill(0)
    expect(value).toEqual({ bytes: new Uint8Array([1, 2, 3]) })
  })

  test.each([
    ['a tag', 'c11a514b67b0'],
    ['a bignum', 'c249010000000000000000'],
    ['an indefinite array', '9fff'],
    ['an indefinite text', '7f6161ff'],
    ['trailing bytes', '0000'],
    ['nothing', ''],
    ['a truncated text', '6461'],
    ['a truncated length', '19ff'],
    ['a count past the end', '9affffffff'],
    ['a map count past the end', 'bb0000000000000001'],
    ['a key twice', 'a2616101616102'],
    ['a key that is a number', 'a10102'],
    ['an integer beyond 2^53', '1bffffffffffffffff'],
    ['a reserved simple value', 'f818'],
    ['a break alone', 'ff'],
    ['nesting of 33 arrays', `${'81'.repeat(34)}00`],
  ])('refuses %s', (_name, bytes) => {
    expect(() => decodeCbor(hex(bytes))).toThrow(DecodeError)
  })

  test('refuses more than 200,000 items', () => {
    const bytes = new Uint8Array(5 + 200_001)
    bytes.set(hex('9a00030d41'))
    expect(() => scanCbor(bytes)).toThrow('too many items')
  })

  test('answers or throws DecodeError when the bytes are any', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeCbor(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 5000 },
    )
  })

  test('refuses every truncation of a message', () => {
    const whole = encodeCbor({
      kind: 'hello',
      list: [1, 'two', { three: true }],
      bytes: new Uint8Array(9),
    })
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeCbor(whole.subarray(0, length))).toThrow(DecodeError)
    }
  })
})
