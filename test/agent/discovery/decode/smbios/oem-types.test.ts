import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeSmbiosFile,
  decodeStructure,
} from '../../../../../agent/discovery/decode/smbios/decoded.ts'
import { oemTypesOf } from '../../../../../agent/discovery/decode/smbios/oem-types.ts'
import { smbiosDump, smbiosStructure } from '../../../../../protocol/facts/smbios.ts'
import { madeSmbios } from '../../made-smbios.ts'

/** The OEM structure of this type and bytes as it is read on a machine of that maker. */
function oemStructure(
  [maker, product]: readonly [string, string],
  type: number,
  hex: string,
  strings: readonly string[] = [],
) {
  const body = (digits: string) => [...Uint8Array.fromHex(digits.replaceAll(' ', ''))]
  const files = madeSmbios([
    { type: 1, bytes: body('0102'), strings: [maker, product] },
    { type, bytes: body(hex), strings },
  ])
  const table = files['/sys/firmware/dmi/tables/DMI']
  if (table === undefined) throw new Error('want a table')
  const found = smbiosDump.parse(decodeSmbiosFile(table)).structures[1]
  if (found === undefined) throw new Error('want a second structure')
  return found
}

const gen10 = ['HPE ', 'ProLiant DL380 Gen10'] as const
const thinkPad = ['LENOVO', '20L5CTO1WW'] as const

test('HPE says who made a DIMM and when, and the bytes stay', () => {
  const strings = ['Samsung', 'M393A4K40CB2-CTD', '03B2E841']
  const found = oemStructure(gen10, 237, '1100 01 02 03 19 07', strings)
  expect(found).toMatchObject({
    name: 'HPE DIMM Vendor Information',
    fields: {
      memoryDeviceHandle: '0x0011',
      manufacturer: 'Samsung',
      partNumber: 'M393A4K40CB2-CTD',
      serial: '03B2E841',
      manufactured: '2019-W07',
    },
    raw: { bytes: 'ed0b0100110001020319 07'.replace(' ', ''), strings },
  })
})

test('HPE numbers NICs with their places and addresses', () => {
  const three = '08 02 9457a5000001 00 00 000000000000 ff ff ffffffffffff'
  expect(oemStructure(gen10, 209, three).fields).toEqual({
    nics: [
      { number: 1, state: 'enabled', pciAddress: '0000:02:01.0', mac: '94:57:a5:00:00:01' },
      { number: 2, state: 'disabled', pciAddress: null, mac: null },
      { number: 3, state: 'not installed', pciAddress: null, mac: null },
    ],
  })
})

test('HPE correlates a device with its slot, and says where none is', () => {
  const head = '0500 feff e414 5716 3c10 e222 02 00 feff 0000 05 0a 01 02 00 ff'
  const there = oemStructure(gen10, 203, `${head} 01 02 03 00 0000 00 00 0000 5d 01`, [
    'a',
    'b',
    'c',
  ])
  expect(there.fields).toMatchObject({
    deviceHandle: '0x0005',
    smbusHandle: null,
    pci: {
      vendorId: '14e4',
      deviceId: '1657',
      subsystemVendorId: '103c',
      subsystemDeviceId: '22e2',
      classCode: '0200',
    },
    type: 'NIC in a Slot',
    location: 'PCI Slot',
    instance: 1,
    subInstance: 2,
    bay: 0,
    enclosure: 255,
    devicePath: 'a',
    physicalHandle: null,
    serial: null,
    pciAddress: '0000:5d:00.1',
  })
  const absent = head.replace('e414 5716 3c10 e222 02 00', 'ffff ffff ffff ffff ff ff')
  expect(oemStructure(gen10, 203, absent).fields).toMatchObject({ pci: null })
})

test.each([
  ['of the server line', ['HP', 'ProLiant DL360 Gen9'], 'HPE System/Rack Locator'],
  ['of another line', ['HP', 'HP Z840 Workstation'], 'OEM-specific'],
  ['of another maker', ['Dell Inc.', 'PowerEdge R740'], 'OEM-specific'],
] as const)('type 204 of a machine %s is named so', (_, system, name) => {
  const found = oemStructure(system, 204, '01 02 03 04 10 08 05', ['r', 'e', 'm', 'b', 's'])
  expect(found.name).toBe(name)
  expect(found.fields === null).toBe(name === 'OEM-specific')
  expect(found.raw?.bytes).toBe('cc0b010001020304100805')
})

test('ThinkPads tell their controller program where the structure begins as it should', () => {
  const known = `${Buffer.from('LENOVO').toString('hex')} 0b 07 01 01 02`
  expect(oemStructure(thinkPad, 140, known, ['N2IHT36W', '06/10/2020']).fields).toEqual({
    version: 'N2IHT36W',
    releaseDate: '06/10/2020',
  })
  const other = known.replace('07 01', '08 01')
  expect(oemStructure(thinkPad, 140, other, ['N2IHT36W']).fields).toBeNull()
})

test('any OEM structure of any length decodes to facts of its schema', () => {
  const system = { type: 1, handle: 0, bytes: Uint8Array.of(1, 6, 0, 0, 1, 2) }
  const types = [gen10, thinkPad].map((strings) => oemTypesOf([{ ...system, strings }]))
  const area = fc.uint8Array({ minLength: 4, maxLength: 255 })
  fc.assert(
    fc.property(area, fc.integer({ min: 128, max: 255 }), (bytes, type) => {
      const structure = { type, handle: 1, bytes, strings: ['a', 'b'] }
      for (const oem of types) {
        const found = decodeStructure(structure, { major: 3, minor: 0 }, oem)
        expect(smbiosStructure.safeParse(found).success).toBe(true)
      }
    }),
  )
})
