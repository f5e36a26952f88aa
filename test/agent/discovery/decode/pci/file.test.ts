import { expect, test } from 'vitest'
import { decodePciFile } from '../../../../../agent/discovery/decode/pci/file.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'

const rows = [
  '00: 86 80 33 15 06 04 10 00 03 00 00 02 10 00 00 00',
  '10: 00 00 00 fe 00 00 00 00 01 e0 00 00 00 00 00 00',
  '20: 00 00 00 00 00 00 00 00 00 00 00 00 d9 15 33 15',
  '30: 00 00 00 00 40 00 00 00 00 00 00 00 0b 01 00 00',
  '40: 01 50 23 c8 08 20 00 00 00 00 00 00 00 00 00 00',
  '50: 05 70 80 01 00 00 00 00 00 00 00 00 00 00 00 00',
  '60: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00',
  '70: 10 00 02 00 c2 8c 00 10 10 28 19 00 11 5c 42 00',
]

function decoded(text: string) {
  return decodePciFile(new TextEncoder().encode(text)).functions.map((one) => [
    one.address,
    `${one.vendorId}:${one.deviceId}`,
    one.capabilities.map(({ id }) => id).join(),
  ])
}

const whole = '01,05,10'

test.each([
  ['0000:01:00.0', '01:00.0 Ethernet controller: Intel'],
  ['0001:01:00.0', '0001:01:00.0 0200: 8086:1533 (rev 03)'],
  ['10000:01:00.0', '10000:01:00.0 Ethernet controller'],
  ['10000abc:01:00.0', '10000ABC:01:00.0 Ethernet controller'],
])('function %s is found in a dump in any form that lspci has', (address, title) => {
  const lines = [title, '\tControl: I/O+ Mem+', '\tCapabilities: [40] Power', ...rows, '']
  const expected = [[address, '8086:1533', whole]]
  expect(decoded(lines.join('\n'))).toEqual(expected)
  expect(decoded(lines.join('\r\n'))).toEqual(expected)
  expect(decoded(lines.join('\n').toUpperCase())).toEqual(expected)
  expect(decoded(`# kept by hand\n\n${lines.join('\n')}\n${lines.join('\n')}`)).toHaveLength(2)
})

test('a space that was read to less than all of it gives the capabilities that are there', () => {
  const upTo = (count: number) => decoded(['01:00.0 x', ...rows.slice(0, count), ''].join('\n'))
  expect(upTo(8)).toEqual([['0000:01:00.0', '8086:1533', whole]])
  expect(upTo(6)).toEqual([['0000:01:00.0', '8086:1533', '01,05']])
  expect(upTo(4)).toEqual([['0000:01:00.0', '8086:1533', '']])
  expect(() => upTo(3)).toThrow(DecodeError)
})

test('bytes after a missing row stay where they belong', () => {
  const without = (row: number) => rows.filter((_, index) => index !== row)
  expect(decoded(['01:00.0 x', ...without(6)].join('\n'))).toEqual([
    ['0000:01:00.0', '8086:1533', whole],
  ])
  const twice = [...rows, rows[0] ?? '']
  expect(decoded(['01:00.0 x', ...twice].join('\n'))).toEqual([
    ['0000:01:00.0', '8086:1533', whole],
  ])
})
