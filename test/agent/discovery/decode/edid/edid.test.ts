import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeEdidFile } from '../../../../../agent/discovery/decode/edid/edid.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'
import { edid } from '../../../../../protocol/facts/edid.ts'

/** A DisplayPort monitor with a CTA-861 block; edid-decode says of it what is expected below. */
const text = [
  '00ffffffffffff0010acfcd0785634121a1e0104a53c22783a9325a9544d9e25',
  '0c5054a54b008100b300d100714fa9408180d1c00101565e00a0a0a029503020',
  '350055502100001a000000ff0053455249414c370a2020202020000000fc0044',
  '454c4c20503237323044430a000000fd00314b1d711c010a20202020202001e7',
  '020314b14f90050403020716010611121513141f023a801871382d40582c4500',
  '55502100001e011d8018711c1620582c250055502100009e7e3900a080381f40',
  '30203a0055502100001a00000000000000000000000000000000000000000000',
  '00000000000000000000000000000000000000000000000000000000000000b2',
].join('\n')

const bytes = Uint8Array.fromHex(text.replaceAll('\n', ''))

test('EDID tells the display, its timings and what its extension adds', () => {
  const found = edid.parse(decodeEdidFile(bytes))
  expect(found).toMatchObject({
    version: '1.4',
    manufacturerId: 'DEL',
    productCode: 'd0fc',
    serialNumber: 0x12345678,
    manufacturedWeek: 26,
    manufacturedYear: 2020,
    modelYear: null,
    input: { kind: 'digital', bitsPerColor: 8, interface: 'displayport' },
    widthMillimeters: 600,
    heightMillimeters: 340,
    gamma: 2.2,
    powerStates: ['off'],
    name: 'DELL P2720DC',
    serial: 'SERIAL7',
    rangeLimits: {
      minVerticalHz: 49,
      maxVerticalHz: 75,
      minHorizontalKilohertz: 29,
      maxHorizontalKilohertz: 113,
      maxPixelClockHz: 280_000_000,
    },
    timings: [{ widthPixels: 2560, heightLines: 1440, refreshHz: 59.951 }],
    findings: [],
  })
  expect(found.chromaticity.white).toEqual([0.3135, 0.3291])
  expect(found.establishedModes.map(modeText)).toEqual([
    '720x400@70',
    '640x480@60',
    '640x480@75',
    '800x600@60',
    '800x600@75',
    '1024x768@60',
    '1024x768@75',
    '1280x1024@75',
  ])
  expect(found.standardModes.map(modeText)).toEqual([
    '1280x800@60',
    '1680x1050@60',
    '1920x1200@60',
    '1152x864@75',
    '1600x1200@60',
    '1280x1024@60',
    '1920x1080@60',
  ])
  expect(found.extensions).toMatchObject([
    {
      kind: 'cta-861',
      revision: 3,
      underscan: true,
      basicAudio: false,
      videoCodes: [16, 5, 4, 3, 2, 7, 22, 1, 6, 17, 18, 21, 19, 20, 31],
      nativeVideoCodes: [16],
      timings: [
        { widthPixels: 1920, heightLines: 1080, interlaced: false, refreshHz: 60 },
        { widthPixels: 1920, heightLines: 540, interlaced: true, refreshHz: 60 },
        { widthPixels: 2048, heightLines: 1080, interlaced: false, refreshHz: 59.998 },
      ],
    },
  ])
})

function modeText(mode: { widthPixels: number; heightLines: number; refreshHz: number }): string {
  return `${mode.widthPixels}x${mode.heightLines}@${mode.refreshHz}`
}

test('hexadecimal text of an EDID is the same EDID', () => {
  expect(decodeEdidFile(new TextEncoder().encode(text))).toEqual(decodeEdidFile(bytes))
})

test('EDID with a wrong sum or without its extension says so', () => {
  const messages = (file: Uint8Array) => decodeEdidFile(file).findings.map(({ message }) => message)
  const changed = Uint8Array.from(bytes)
  changed[17] = 31
  expect(messages(changed)).toEqual(['EDID: block 0 has a wrong sum'])
  expect(messages(bytes.subarray(0, 128))).toEqual(['EDID: extension block 1 of 1 is not there'])
})

test('mutated EDID gives something or a DecodeError', () => {
  const patches = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { maxLength: 8 })
  fc.assert(
    fc.property(patches, (changes) => {
      const file = Uint8Array.from(bytes)
      for (const [at, value] of changes) file[at] = value
      try {
        edid.parse(decodeEdidFile(file))
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
  )
})

/** The base block of the monitor with its third and fourth descriptor as given. */
function withDescriptors(third: string, fourth: string, revision = 4): Uint8Array {
  const base = bytes.slice(0, 128)
  base.set(Uint8Array.fromHex(third), 90)
  base.set(Uint8Array.fromHex(fourth), 108)
  base.set([revision], 19)
  base.set([0, -base.subarray(0, 126).reduce((sum, byte) => sum + byte, 0) & 0xff], 126)
  return base
}

test('descriptor of standard timings adds its own to those of the base block', () => {
  const more = '000000fa00d1fc818f01010101010101010a'
  const found = decodeEdidFile(withDescriptors(more, more))
  expect(found.standardModes.slice(-2).map(modeText)).toEqual(['1920x1080@120', '1280x1024@75'])
})

test('modes that two descriptors name are told once', () => {
  const all = '000000f7000affffffffffff000000000000'
  const found = decodeEdidFile(withDescriptors(all, all))
  expect(found.establishedModes).toHaveLength(8 + 44)
  expect(edid.safeParse(found).success).toBe(true)
})

test.each([
  ['both vertical', '03', 4, [299, 330, 30, 81]],
  ['the greater vertical', '02', 4, [44, 330, 30, 81]],
  ['a reserved', '01', 4, [44, 75, 30, 81]],
  ['the greater horizontal', '08', 4, [44, 75, 30, 336]],
  ['no rate before 1.4 has an', '0f', 3, [44, 75, 30, 81]],
] as const)('range limits are right when %s offset is set', (_, offsets, revision, rates) => {
  const limits = `000000fd${offsets}2c4b1e511100202020202020200a`
  const filler = '000000100000000000000000000000000000'
  const { rangeLimits } = decodeEdidFile(withDescriptors(limits, filler, revision))
  expect(Object.values(rangeLimits ?? {}).slice(0, 4)).toEqual(rates)
})
