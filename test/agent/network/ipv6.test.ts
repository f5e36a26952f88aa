import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeIfInet6 } from '../../../agent/network/ipv6.ts'
import { DecodeError } from '../../../protocol/errors.ts'

test('decodeIfInet6 lists global addresses that can be used', () => {
  const text = [
    '00000000000000000000000000000001 01 80 10 80       lo',
    'fe80000000000000505400fffe123456 02 40 20 80     eth0',
    '20010db8000000000000000000000001 02 40 00 80     eth0',
    '20010db8000000000000000000000002 02 40 00 c0     eth0',
    '20010db8000000000000000000000003 0a 38 00 88   enp1s0',
    '',
  ].join('\n')
  expect(decodeIfInet6(text)).toEqual([
    {
      interfaceName: 'eth0',
      address: '2001:0db8:0000:0000:0000:0000:0000:0001',
      prefixLength: 64,
    },
  ])
})

test('decodeIfInet6 gives an answer or a DecodeError for any text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(Array.isArray(decodeIfInet6(text))).toBe(true)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
  )
})
