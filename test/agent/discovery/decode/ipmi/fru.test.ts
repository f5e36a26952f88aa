import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeFruFile } from '../../../../../agent/discovery/decode/ipmi/fru.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'
import { ipmiFru } from '../../../../../protocol/facts/ipmi.ts'

/** Bytes and the one that makes their sum 0. */
function summed(bytes: readonly number[]): readonly number[] {
  return [...bytes, -bytes.reduce((total, byte) => total + byte, 0) & 0xff]
}

const letters = (text: string) => [...new TextEncoder().encode(text)]
const field = (text: string) => [0xc0 | text.length, ...letters(text)]

function area(head: readonly number[], fields: readonly (readonly number[])[]): readonly number[] {
  const body = [...head, ...fields.flat(), 0xc1]
  const size = Math.ceil((body.length + 3) / 8) * 8
  const padding = Array<number>(size - body.length - 3).fill(0)
  return summed([1, size / 8, ...body, ...padding])
}

function record(type: number, last: boolean, data: readonly number[]): readonly number[] {
  const sum = -data.reduce((total, byte) => total + byte, 0) & 0xff
  return [...summed([type, last ? 0x82 : 0x02, data.length, sum]), ...data]
}

const chassis = area([0x17], [field('CHAS-PN'), field('CHAS-SN'), field('shelf 4')])
// 2024-05-17T12:34Z in minutes since 1996; "BPN-7 A" in six bits, "123-45" in BCD plus.
const board = area(
  [0, 0x72, 0xbc, 0xe3],
  [
    field('Acme Boards'),
    field('X12'),
    field('BSN-42'),
    [0x86, 0x22, 0xec, 0x36, 0x17, 0x10, 0x02],
    [0x43, 0x12, 0x3b, 0x45],
    [0x02, 0xde, 0xad],
  ],
)
const product = area([25], [field('Acme'), field('Anvil'), [0xc0], field('v2'), field('PSN-77')])
const supply = [
  0x20, 3, 0x52, 3, 0xff, 5, 0x10, 0x27, 0xe0, 0x2e, 0x20, 0x4e, 0xc0, 0x5d, 47, 63, 20, 14,
]
const records = [...record(0, false, supply), ...record(0xc0, true, [0x57, 1, 0])]

function fru(parts: readonly (readonly number[])[]): Uint8Array {
  const offsets: number[] = []
  let at = 1
  for (const part of parts) {
    offsets.push(part.length === 0 ? 0 : at)
    at += part.length / 8
  }
  return new Uint8Array([...summed([1, 0, ...offsets, 0]), ...parts.flat()])
}

const whole = fru([chassis, board, product, records])

test('FRU inventory gives its areas in every encoding, and its records', () => {
  expect(ipmiFru.parse(decodeFruFile(whole))).toEqual({
    chassis: { type: 'Rack Mount Chassis', part: 'CHAS-PN', serial: 'CHAS-SN', extra: ['shelf 4'] },
    board: {
      manufacturedAt: '2024-05-17T12:34Z',
      manufacturer: 'Acme Boards',
      product: 'X12',
      serial: 'BSN-42',
      part: 'BPN-7 A',
      fruFileId: '123-45',
      extra: ['dead'],
    },
    product: {
      manufacturer: 'Acme',
      product: 'Anvil',
      part: null,
      version: 'v2',
      serial: 'PSN-77',
      assetTag: null,
      fruFileId: null,
      extra: [],
    },
    records: [
      {
        type: 'Power Supply',
        version: 2,
        data: new Uint8Array(supply).toHex(),
        powerSupply: {
          capacityWatts: 800,
          peakWatts: 850,
          inrushAmperes: null,
          minInputVolts: 100,
          maxInputVolts: 240,
          hotSwap: true,
        },
      },
      { type: '0xc0', version: 2, data: '570100', powerSupply: null },
    ],
    findings: [],
  })
})

test('hexadecimal text of a FRU is the same FRU', () => {
  const text = new TextEncoder().encode(whole.toHex().replaceAll(/(.{32})/g, '$1\n'))
  expect(decodeFruFile(text)).toEqual(decodeFruFile(whole))
})

test('area past the end or with a wrong sum leaves a finding and the other areas', () => {
  const torn = decodeFruFile(whole.subarray(0, 8 + chassis.length + board.length))
  expect(torn.board?.serial).toBe('BSN-42')
  expect(torn.product).toBeNull()
  expect(torn.findings.length).toBeGreaterThan(0)
  const changed = Uint8Array.from(whole)
  changed[14] = 0x58
  expect(decodeFruFile(changed).findings.map(({ message }) => message)).toEqual([
    'FRU inventory: the chassis area has a wrong sum',
  ])
})

test('mutated FRU inventory gives something or a DecodeError', () => {
  const patches = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 })
  fc.assert(
    fc.property(patches, (changes) => {
      const bytes = Uint8Array.from(whole)
      for (const [at, value] of changes) bytes[at] = value
      try {
        ipmiFru.parse(decodeFruFile(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
  )
})
