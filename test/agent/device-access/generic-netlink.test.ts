import fc from 'fast-check'
import { expect, test } from 'vitest'
import { replyIn, requestMessage } from '../../../agent/device-access/generic-netlink.ts'
import { modulePageAttributes } from '../../../agent/device-access/module-page.ts'
import { DecodeError } from '../../../protocol/errors.ts'

const bytes = (text: string) => Uint8Array.fromHex(text.replaceAll(/\s/g, ''))

test('request for a page of a module is what ethtool sends', () => {
  const attributes = modulePageAttributes({
    kind: 'module-page',
    device: 'eth0',
    i2cAddress: 0x50,
    bank: 0,
    page: 1,
    offset: 128,
    lengthBytes: 128,
  })
  expect(requestMessage(0x15, 31, 2, attributes)).toEqual(
    bytes(`
      4c000000 1500 0100 02000000 00000000 1f010000
      1000 0180 0900 0200 6574683000 000000
      0800 0300 80000000
      0800 0200 80000000
      0500 0400 01 000000
      0500 0500 00 000000
      0500 0600 50 000000
    `),
  )
})

test('reply is that with the number asked for, its attributes by their types', () => {
  const other = '14000000 1500 0000 01000000 54200000 20010000'
  const reply =
    '24000000 1500 0000 02000000 54200000 20010000 0800 0180 aabbccdd 0500 0700 11000000'
  expect(replyIn(bytes(other + reply), 2)).toEqual({
    kind: 'attributes',
    attributes: new Map([
      [1, bytes('aabbccdd')],
      [7, bytes('11')],
    ]),
  })
  expect(replyIn(bytes(other), 2)).toBeNull()
})

test('refusal tells its errno', () => {
  const refusal = bytes('14000000 0200 0000 02000000 54200000 a1ffffff')
  expect(replyIn(refusal, 2)).toEqual({ kind: 'refused', errno: 95 })
})

test('reply of any bytes is read or refused', () => {
  const kernel = bytes(
    '24000000 1500 0000 02000000 54200000 20010000 0800 0180 aabbccdd 0500 0700 11000000',
  )
  fc.assert(
    fc.property(fc.nat(kernel.length - 1), fc.nat(255), fc.nat(kernel.length), (at, value, cut) => {
      const damaged = kernel.slice(0, cut)
      if (at < damaged.length) damaged[at] = value
      try {
        replyIn(damaged, 2)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
  )
})
