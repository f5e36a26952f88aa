import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  answerParameters,
  getCapability,
  handles,
  nvDataSize,
  nvReadPublic,
  pcrRead,
  pcrSelections,
  pcrValues,
  taggedProperties,
} from '../../../../../agent/discovery/decode/tpm/commands.ts'
import {
  parseTpmCaps,
  parseTpmPcrs,
} from '../../../../../agent/discovery/decode/tpm/kernel-text.ts'
import { tpmIdentity } from '../../../../../agent/discovery/decode/tpm/properties.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'

const parameters = (hex: string) => answerParameters(Uint8Array.fromHex(hex))

/** An answer without a session: `hex` are its parameters. */
function answer(hex: string): string {
  return `8001${(10 + hex.length / 2).toString(16).padStart(8, '0')}00000000${hex}`
}

test('commands are as TPM 2.0 part 3 has them', () => {
  expect(getCapability(6, 0x100, 1)).toBe('8001000000160000017a000000060000010000000001')
  expect(nvReadPublic(0x01c00002)).toBe('80010000000e0000016901c00002')
  expect(pcrRead(0x0b, [0, 7, 23])).toBe('8001000000140000017e00000001000b03810080')
})

test('fixed properties name the maker, firmware and specification', () => {
  const properties = [
    [0x100, '322e3000'],
    [0x101, '00000000'],
    [0x102, '0000008a'],
    [0x103, '00000008'],
    [0x104, '000007e2'],
    [0x105, '49465800'],
    [0x106, '534c4239'],
    [0x107, '36373000'],
    [0x10b, '00070055'],
    [0x10c, '0011cb00'],
  ] as const
  const list = properties.map(([tag, value]) => tag.toString(16).padStart(8, '0') + value).join('')
  const found = parameters(answer(`00000000060000000a${list}`))
  expect(tpmIdentity(taggedProperties(found ?? new Uint8Array(0)))).toEqual({
    manufacturerId: '49465800',
    manufacturer: 'Infineon',
    vendorText: 'SLB9670',
    firmwareVersion: '7.85.17.51968',
    specification: { family: '2.0', level: 0, revision: '1.38', year: 2018, dayOfYear: 8 },
  })
})

test('handles, banks, registers and sizes are read', () => {
  const read = (hex: string) => parameters(answer(hex)) ?? new Uint8Array(0)
  expect(handles(read('00000000010000000201c0000201c0000a'))).toEqual([0x01c00002, 0x01c0000a])
  expect(pcrSelections(read('000000000500000002000403000000000b03ff0000'))).toEqual([
    { algorithm: 0x0b, numbers: [0, 1, 2, 3, 4, 5, 6, 7] },
  ])
  const digest = '11'.repeat(20)
  const values = pcrValues(read(`0000001700000001000403010000000000010014${digest}`))
  expect([...values]).toEqual([[0, digest]])
  expect(nvDataSize(read('000e01c00002000b62072001000003de0022'))).toBe(0x3de)
})

test('refusal has no parameters, a torn answer is malformed', () => {
  expect(parameters('80010000000a0000018b')).toBeNull()
  expect(() => parameters('80010000000b00000000')).toThrow(DecodeError)
  expect(() => taggedProperties(Uint8Array.fromHex('000000000600000fff'))).toThrow(DecodeError)
})

test('any answer gives something or a DecodeError', () => {
  const decoders = [taggedProperties, handles, pcrSelections, pcrValues, nvDataSize]
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      for (const decode of decoders) {
        try {
          decode(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }
    }),
  )
})

test('kernel texts of a TPM 1.2 tell maker, firmware and registers', () => {
  const caps = 'Manufacturer: 0x49465800\nTCG version: 1.2\nFirmware version: 3.19\n'
  expect(parseTpmCaps(caps)).toEqual({
    manufacturerId: '49465800',
    manufacturer: 'Infineon',
    firmwareVersion: '3.19',
  })
  const line = (number: string, byte: string) => `PCR-${number}: ${`${byte} `.repeat(20)}\n`
  expect(parseTpmPcrs(`${line('00', '3A')}${line('17', 'FF')}`)).toEqual({
    0: '3a'.repeat(20),
    17: 'ff'.repeat(20),
  })
})
