import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  parseErrorCounts,
  parsePciResources,
} from '../../../../../agent/discovery/decode/pci/resources.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'

test('resource file gives the regions that there are, by their index', () => {
  const text = `0x00000000fb000000 0x00000000fbffffff 0x0000000000040200
0x000002e000000000 0x000002ffffffffff 0x000000000014220c
0x0000000000000000 0x0000000000000000 0x0000000000000000
0x000000000000e000 0x000000000000e07f 0x0000000000040101
`
  expect(parsePciResources(text)).toEqual([
    {
      index: 0,
      start: '0xfb000000',
      sizeBytes: 2 ** 24,
      kind: 'memory',
      prefetchable: false,
      widthBits: 32,
    },
    {
      index: 1,
      start: '0x2e000000000',
      sizeBytes: 2 ** 37,
      kind: 'memory',
      prefetchable: true,
      widthBits: 64,
    },
    { index: 3, start: '0xe000', sizeBytes: 128, kind: 'io', prefetchable: false, widthBits: 32 },
  ])
})

test('resource file that is none is refused', () => {
  expect(() => parsePciResources('0x1 0x2\n')).toThrow(DecodeError)
  const whole = `0x0 0x${'f'.repeat(16)} 0x200`
  expect(() => parsePciResources(whole)).toThrow(DecodeError)
})

test('error counters give those above 0 without the total', () => {
  const text = 'RxErr 0\nBadTLP 12\nRollover 1\nTOTAL_ERR_COR 13\n'
  expect(parseErrorCounts(text)).toEqual({ BadTLP: 12, Rollover: 1 })
  expect(() => parseErrorCounts('BadTLP many')).toThrow(DecodeError)
})

test('any text gives an answer or a DecodeError', () => {
  const line = fc.oneof(fc.string(), fc.constant('0x0 0xfff 0x200'), fc.constant('BadTLP 3'))
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      for (const parse of [parsePciResources, parseErrorCounts]) {
        try {
          parse(lines.join('\n'))
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }
    }),
  )
})
