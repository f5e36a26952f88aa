import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeAtaPage,
  decodeIdentificationPage,
  decodeSerialPage,
} from '../../../../agent/discovery/decode/scsi-vpd.ts'
import { DecodeError } from '../../../../protocol/errors.ts'

function page(code: number, body: readonly number[]): Uint8Array {
  return Uint8Array.from([0, code, body.length >> 8, body.length & 0xff, ...body])
}

const ascii = (text: string) => [...new TextEncoder().encode(text)]

test('serial page gives the serial without its padding', () => {
  expect(decodeSerialPage(page(0x80, ascii('     WD-1234  ')))).toBe('WD-1234')
  expect(decodeSerialPage(page(0x80, ascii('    ')))).toBeNull()
})

test('identification page gives the names of the logical unit, not those of its port', () => {
  const naa = [0x50, 0, 0xc5, 0, 0x11, 0x22, 0x33, 0x44]
  const body = [
    [1, 0x93, 0, 8, 0x50, 0, 0, 0, 0, 0, 0, 9], // NAA of the port
    [2, 0x01, 0, 4, ...ascii('ATA ')],
    [1, 0x03, 0, 8, ...naa],
    [1, 0x02, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8],
  ].flat()
  expect(decodeIdentificationPage(page(0x83, body))).toEqual({
    wwn: '5000c50011223344',
    eui64: '0102030405060708',
    vendorText: 'ATA',
  })
})

test('ATA page gives model, serial, firmware and WWN of the disk behind the translation', () => {
  const identify = new Uint8Array(512)
  const put = (word: number, text: string) => {
    for (const [i, byte] of ascii(text).entries()) identify[word * 2 + (i ^ 1)] = byte
  }
  put(10, 'S3R14L0123'.padEnd(20))
  put(23, 'FW01'.padEnd(8))
  put(27, 'A LONG MODEL NAME OF MORE THAN 16'.padEnd(40))
  identify.set([0x00, 0x41], 87 * 2)
  identify.set([0x02, 0x50, 0x38, 0x25, 0x34, 0x12, 0x78, 0x56], 108 * 2)
  const body = [...new Uint8Array(56), ...identify]
  expect(decodeAtaPage(page(0x89, body))).toEqual({
    model: 'A LONG MODEL NAME OF MORE THAN 16',
    serial: 'S3R14L0123',
    firmware: 'FW01',
    wwn: '5002253812345678',
  })
  expect(decodeAtaPage(page(0x89, body.slice(0, 100)))).toBeNull()
})

test('page of another code or shorter than it says is refused', () => {
  expect(() => decodeSerialPage(page(0x83, []))).toThrow(DecodeError)
  expect(() => decodeSerialPage(page(0x80, ascii('abc')).subarray(0, 5))).toThrow(DecodeError)
  expect(() => decodeIdentificationPage(page(0x83, [1, 3, 0, 8, 0]))).toThrow(DecodeError)
})

test('any bytes give an answer or a DecodeError', () => {
  const input = fc
    .tuple(fc.constantFrom(0x80, 0x83, 0x89), fc.uint8Array({ maxLength: 700 }), fc.boolean())
    .map(([code, body, framed]) => (framed ? page(code, [...body]) : body))
  for (const decode of [decodeSerialPage, decodeIdentificationPage, decodeAtaPage]) {
    fc.assert(
      fc.property(input, (bytes) => {
        try {
          decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
    )
  }
})
