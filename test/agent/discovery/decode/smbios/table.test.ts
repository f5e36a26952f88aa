import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeMappedAddressRange,
  decodeMemoryDevice,
  decodePhysicalMemoryArray,
} from '../../../../../agent/discovery/decode/smbios/memory.ts'
import {
  decodeBaseboardInformation,
  decodeChassisInformation,
  decodeFirmwareInformation,
  decodeSystemInformation,
} from '../../../../../agent/discovery/decode/smbios/platform.ts'
import {
  decodeCacheInformation,
  decodeProcessorInformation,
} from '../../../../../agent/discovery/decode/smbios/processor.ts'
import {
  decodeEntryPoint,
  decodeTable,
  nameOf,
  paddedStringAt,
  stringAt,
} from '../../../../../agent/discovery/decode/smbios/table.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'

const endless = {
  major: 3,
  minor: 4,
  tableSizeBytes: 1 << 20,
  structureCount: null,
  tableAddress: 0,
}

function bytes(...parts: readonly (string | readonly number[])[]): Uint8Array {
  return new Uint8Array(
    parts.flatMap((part) =>
      typeof part === 'string' ? [...new TextEncoder().encode(part)] : part,
    ),
  )
}

const end = [127, 4, 0xff, 0xfe, 0, 0]

test('table walk gives structures with their strings and stops at the end marker', () => {
  const table = bytes([2, 6, 1, 0, 1, 2], 'one\0', 'two\0\0', end, [9, 4, 0, 0, 0, 0])
  const { structures, issues } = decodeTable(table, endless)
  expect(issues).toEqual([])
  expect(structures.map(({ type, handle, strings }) => ({ type, handle, strings }))).toEqual([
    { type: 2, handle: 1, strings: ['one', 'two'] },
    { type: 127, handle: 0xfeff, strings: [] },
  ])
})

test('table walk goes past an end marker when a 2.x entry point counts more structures', () => {
  const table = bytes(end, [9, 4, 0, 0, 0, 0])
  const counted = { ...endless, structureCount: 2 }
  expect(decodeTable(table, counted).structures).toHaveLength(2)
})

test('table walk keeps what it read when a structure is shorter than its header', () => {
  const { structures, issues } = decodeTable(bytes([1, 4, 0, 0, 0, 0], [2, 3, 0, 0]), endless)
  expect(structures).toHaveLength(1)
  expect(issues.map(({ code }) => code)).toEqual(['smbios.bad-structure'])
})

test('table walk keeps what it read when the table ends inside a structure or its strings', () => {
  const cutArea = decodeTable(bytes([1, 4, 0, 0, 0, 0], [2, 20, 0, 0, 1]), endless)
  expect(cutArea.structures).toHaveLength(1)
  expect(cutArea.issues.map(({ code }) => code)).toEqual(['smbios.truncated'])
  const cutStrings = decodeTable(bytes([1, 5, 0, 0, 1], 'abc'), endless)
  expect(cutStrings.structures).toHaveLength(1)
  expect(cutStrings.issues.map(({ code }) => code)).toEqual(['smbios.truncated'])
})

test('table walk says so when a string is too long for a fact, and leaves monsters empty', () => {
  const [long, monster] = ['x'.repeat(300), 'y'.repeat(5000)]
  const table = bytes([11, 6, 0, 0, 3, 1], `${long}\0${monster}\0`, 'short\0\0', end)
  const { structures, issues } = decodeTable(table, endless)
  const [structure] = structures
  if (structure === undefined) throw new Error('want a structure')
  expect(structure.strings).toEqual([long, '', 'short'])
  expect(issues.map(({ code }) => code)).toEqual(['smbios.long-string', 'smbios.long-string'])
  expect([stringAt(structure, 5), paddedStringAt(structure, 5)]).toEqual([null, long])
})

test('table walk finds the next structure behind two NULs when the first string is empty', () => {
  const table = bytes([2, 5, 0, 0, 1], '\0lost\0\0', [3, 5, 1, 0, 1], 'kept\0\0', end)
  const { structures } = decodeTable(table, endless)
  expect(structures.map(({ type, strings }) => ({ type, strings }))).toEqual([
    { type: 2, strings: [] },
    { type: 3, strings: ['kept'] },
    { type: 127, strings: [] },
  ])
})

test('string that is no UTF-8 has one replacement character for each byte above ASCII', () => {
  const table = bytes(
    [2, 7, 0, 0, 1, 2, 3],
    [0x41, 0xae, 0xe2, 0x82, 0],
    'Ü \0',
    ' \t x  \0\0',
    end,
  )
  const [structure] = decodeTable(table, endless).structures
  if (structure === undefined) throw new Error('want a structure')
  const texts = [4, 5, 6].map((offset) => paddedStringAt(structure, offset))
  expect(texts).toEqual(['A\uFFFD\uFFFD\uFFFD', 'Ü', '\t x'])
})

test('table walk counts no structures when a 2.x entry point tells none', () => {
  const table = bytes(end, [9, 4, 0, 0, 0, 0])
  expect(decodeTable(table, { ...endless, structureCount: 0 }).structures).toHaveLength(2)
})

test('string is null when its number is 0 or names no string', () => {
  const [structure] = decodeTable(bytes([2, 7, 0, 0, 0, 1, 9], 'one\0\0', end), endless).structures
  if (structure === undefined) throw new Error('want a structure')
  expect([4, 5, 6, 7].map((offset) => stringAt(structure, offset))).toEqual([
    null,
    'one',
    null,
    null,
  ])
})

test('name of a value outside its list is the value itself', () => {
  expect([nameOf(['a', null], 0), nameOf(['a', null], 1), nameOf(['a'], 42)]).toEqual([
    'a',
    null,
    '0x2a',
  ])
})

test('entry point is refused when its sum is wrong', () => {
  const good = bytes('_SM3_', [0, 24, 3, 4, 0, 1, 0, 0, 16, 0, 0, ...Array(8).fill(0)])
  good[5] = (256 - good.reduce((sum, byte) => (sum + byte) % 256, 0)) % 256
  expect(decodeEntryPoint(good)).toEqual({
    major: 3,
    minor: 4,
    tableSizeBytes: 4096,
    structureCount: null,
    tableAddress: 0,
  })
  good[8] = 5
  expect(() => decodeEntryPoint(good)).toThrow(DecodeError)
})

test.each([0x1e, 0x1f])(
  'entry point of length 1Eh is taken when %i bytes sum up to 0',
  (summed) => {
    const point = bytes(
      '_SM_',
      [0, 0x1e, 2, 1, ...Array(8).fill(0)],
      '_DMI_',
      Array(9).fill(0),
      [0x21],
    )
    point[0x15] = -point.subarray(16, 31).reduce((sum, byte) => sum + byte, 0) & 0xff
    point[4] = -point.subarray(0, summed).reduce((sum, byte) => sum + byte, 0) & 0xff
    expect(decodeEntryPoint(point)).toMatchObject({ major: 2, minor: 1 })
    point[4] = (point[4] ?? 0) + 1
    expect(() => decodeEntryPoint(point)).toThrow(DecodeError)
  },
)

const decoders = [
  decodeFirmwareInformation,
  (s: Parameters<typeof decodeSystemInformation>[0]) =>
    decodeSystemInformation(s, { major: 3, minor: 0 }),
  decodeBaseboardInformation,
  decodeChassisInformation,
  decodeProcessorInformation,
  decodeCacheInformation,
  decodePhysicalMemoryArray,
  decodeMemoryDevice,
  decodeMappedAddressRange,
]

test('any bytes walk to an end and decode without an error as every type', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), fc.option(fc.nat(40)), (table, count) => {
      const { structures } = decodeTable(table, { ...endless, structureCount: count })
      expect(structures.length).toBeLessThanOrEqual(table.length / 4)
      for (const structure of structures) for (const decode of decoders) decode(structure)
    }),
  )
})

test('any structure of any length decodes without an error as every type', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 255 }), (area) => {
      const structure = { type: area[0] ?? 0, handle: 0, bytes: area, strings: ['a', 'b'] }
      for (const decode of decoders) decode(structure)
    }),
  )
})

test('any bytes as an entry point give an answer or a DecodeError', () => {
  const anchored = fc
    .tuple(fc.constantFrom('_SM_', '_SM3_', '_DMI_', ''), fc.uint8Array({ maxLength: 48 }))
    .map(([anchor, rest]) => bytes(anchor, [...rest]))
  fc.assert(
    fc.property(anchored, (input) => {
      try {
        decodeEntryPoint(input)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
  )
})
