import { expect, test } from 'vitest'
import { decodeStructure } from '../../../../../agent/discovery/decode/smbios/decoded.ts'

const newest = { major: 3, minor: 7 }

/** Fields of a structure of this type whose bytes after the header are given in hex. */
function fieldsOf(type: number, hex: string, strings: readonly string[] = []) {
  const body = Uint8Array.fromHex(hex.replaceAll(' ', ''))
  const bytes = new Uint8Array([type, body.length + 4, 0, 0, ...body])
  return decodeStructure({ type, handle: 0, bytes, strings }, newest).fields ?? {}
}

test('firmware characteristics are only that they are not supported when bit 3 is set', () => {
  const head = '01 02 00f0 03 7f'
  expect(fieldsOf(0, `${head} 8800000000000000`)['characteristics']).toEqual([
    'Firmware characteristics not supported',
  ])
  expect(fieldsOf(0, `${head} 8000000000000000`)['characteristics']).toEqual(['PCI is supported'])
})

test('TPM characteristics are only that they are not supported when bit 2 is set', () => {
  const head = '49465800 02 00 55000700 00000000 00'
  expect(fieldsOf(43, `${head} 2c00000000000000 00000000`)['characteristics']).toEqual([
    'TPM Device characteristics not supported',
  ])
  expect(fieldsOf(43, `${head} 2800000000000000 00000000`)['characteristics']).toEqual([
    'Family configurable via firmware update',
    'Family configurable via OEM proprietary mechanism',
  ])
})

test('contained elements are named by board type, Unknown among them, or by structure type', () => {
  const head = '01 03 02 03 04 03 03 03 03 00000000 01 01'
  expect(fieldsOf(3, `${head} 03 03 010104 030002 910101`)['containedElements']).toEqual([
    { board: null, structureType: null, minimumCount: 1, maximumCount: 4 },
    { board: 'Server Blade', structureType: null, minimumCount: 0, maximumCount: 2 },
    { board: null, structureType: 17, minimumCount: 1, maximumCount: 1 },
  ])
  expect(fieldsOf(3, `${head} 02 01 0304`)['containedElements']).toEqual([null, null])
})

test('chassis type 1Dh is a blade enclosure', () => {
  expect(fieldsOf(3, '01 9d')).toMatchObject({ type: 'Blade Enclosure', lockPresent: true })
})

test('processor status 7 is Other and 6 is reserved', () => {
  const head = '01 03 b3 02 0000000000000000 03 92 6400 a00f 6009'
  expect(fieldsOf(4, `${head} 47 3f`)).toMatchObject({ status: 'Other', populated: true })
  expect(fieldsOf(4, `${head} 46 3f`)).toMatchObject({ status: '0x06' })
})

test.each([
  ['both fields agree', '00010001', '00010000', 256 * 1024],
  ['the size is 2 GiB and more', 'ffff', '00800080', 2 ** 15 * 2 ** 16],
  ['only the extended field is filled', '0000', '00800000', 32 * 2 ** 20],
  ['only the short field is filled', '1080', '00000000', 2 ** 20],
])('cache size is right when %s', (_, short, extended, sizeBytes) => {
  const legacy = short.slice(0, 4)
  const bytes = `01 8001 ${legacy} ${legacy} 2000 2000 05 05 05 08 ${extended} ${extended}`
  expect(fieldsOf(7, bytes)).toMatchObject({
    maximumSizeBytes: sizeBytes,
    installedSizeBytes: sizeBytes,
  })
})

test('memory device names what 3.8 of the standard took up', () => {
  const device = (formFactor: string, type: string) =>
    fieldsOf(17, `3000 feff 4800 4000 ff7f ${formFactor} 00 01 02 ${type} 8020 c012`)
  expect(device('12', '25')).toMatchObject({ formFactor: 'CUDIMM', type: 'MRDIMM' })
  expect(device('13', '24')).toMatchObject({ formFactor: 'CSODIMM', type: 'HBM3' })
  expect(device('14', '26')).toMatchObject({ formFactor: '0x14', type: '0x26' })
})

test('memory array of capacity 0 says so and one of 80000000h has it in the extended field', () => {
  const array = (short: string) => fieldsOf(16, `03 03 06 ${short} feff 0800 0000000080000000`)
  expect(array('00000000')['maximumCapacityBytes']).toBe(0)
  expect(array('00000080')['maximumCapacityBytes']).toBe(2 ** 39)
})

test('counts are as the structure says when it ends before what they count', () => {
  const slot = fieldsOf(9, '01 b6 0d 04 04 0500 04 01 0000 3b 08 08 03 00003c1004')
  expect([slot['peerCount'], slot['peers']]).toEqual([3, undefined])
  expect(fieldsOf(37, '03 04 02 01 3000')['deviceCount']).toBe(2)
  const log = fieldsOf(15, '0010 0000 1000 04 01 34120000 f0000000 01 05 02 0104')
  expect([log['descriptorCount'], log['descriptors']]).toEqual([5, []])
})

test('memory channel has its devices from 07h on', () => {
  expect(fieldsOf(37, '03 04 02 01 3000 02 3100')['devices']).toEqual([
    { load: 1, handle: '0x0030' },
    { load: 2, handle: '0x0031' },
  ])
})

test('host interface before 3.2 has no length: an OEM begins its data with its number', () => {
  const bytes = Uint8Array.fromHex('2a0a000040ff01020304')
  const structure = { type: 42, handle: 0, bytes, strings: [] }
  const before = { major: 3, minor: 1 }
  expect(decodeStructure(structure, before).fields).toEqual({
    interface: { type: 'Network', device: null, vendorId: null },
  })
  bytes[4] = 0xf0
  expect(decodeStructure(structure, before).fields).toEqual({
    interface: { type: 'OEM', device: null, vendorId: 'ff010203' },
  })
  expect(decodeStructure(structure, newest).fields).toEqual({})
})
