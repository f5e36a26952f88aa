import { expect, test } from 'vitest'
import { decodeStructure } from '../../../agent/discovery/decode/smbios/decoded.ts'
import { hpeTypes } from '../../../agent/discovery/decode/smbios/types/hpe.ts'
import { dmidecodeFault } from '../../../bench/score/dmidecode/faults.ts'
import { printStructure } from '../../../bench/score/dmidecode/print.ts'
import { memorySize, normal, word } from '../../../bench/score/dmidecode/spelling.ts'

function printed(type: number, hex: string) {
  const body = Uint8Array.fromHex(hex.replaceAll(' ', ''))
  const bytes = new Uint8Array([type, body.length + 4, 0, 0, ...body])
  const version = { major: 3, minor: 3 }
  return printStructure(decodeStructure({ type, handle: 0, bytes, strings: [] }, version))
}

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1536 * 2 ** 30, '1536 GB'],
  [2 ** 41 + 1024, '2 TB'],
  [3 * 2 ** 30 + 2 ** 20, '3073 MB'],
])('size of %i bytes is printed as dmidecode does', (bytes, text) => {
  expect(memorySize(bytes)).toBe(text)
})

test('extended address is equal with and without the k that dmidecode adds', () => {
  expect(normal('0x0000001FFFFFFFFFk')).toBe(normal('0x1fffffffff'))
  expect(normal('0x10k')).not.toBe(normal('0x10'))
})

test('codes of two and three digits are out of the list, names are not', () => {
  expect([word('0x2a'), word('0x106'), word('Zen'), word(null)]).toEqual([
    '<OUT OF SPEC>',
    '<OUT OF SPEC>',
    'Zen',
    'Unknown',
  ])
})

test('host interface is printed with its device and Redfish service', () => {
  const uuid = '0102030405060708090a0b0c0d0e0f10'
  const host = `01 01 a9fe0001 ${'00'.repeat(12)} ffff0000 ${'00'.repeat(12)}`
  const service = `03 02 fe80${'00'.repeat(13)}01 ffff${'00'.repeat(14)} bb01 64000000 01 61`
  const fields = printed(42, `40 05 02 6b04 b0ff 01 04 5c ${uuid} ${host} ${service}`)
  expect(fields).toMatchObject({
    'Host Interface Type': 'Network',
    'Device Type': 'USB',
    idVendor: '0x046b',
    idProduct: '0xffb0',
    'Protocol ID': [
      '04 (Redfish over IP)',
      'Service UUID: 04030201-0605-0807-090a-0b0c0d0e0f10',
      'Host IP Assignment Type: Static',
      'Host IP Address Format: IPv4',
      'IPv4 Address: 169.254.0.1',
      'IPv4 Mask: 255.255.0.0',
      'Redfish Service IP Discovery Type: AutoConf',
      'Redfish Service IP Address Format: IPv6',
      'IPv6 Redfish Service Address: fe80::1',
      'IPv6 Redfish Service Mask: ffff::',
      'Redfish Service Port: 443',
      'Redfish Service Vlan: 100',
      'Redfish Service Hostname: a',
    ],
  })
})

test('a newer name is the fault of dmidecode only in a field whose list has grown', () => {
  expect(dmidecodeFault('4.Upgrade', 'Socket SP5', '<OUT OF SPEC>')).toContain('§7.5.5')
  expect(dmidecodeFault('4.Upgrade', 'Socket SP5', 'Socket SP6')).toBeUndefined()
  expect(dmidecodeFault('4.Type', 'Central Processor', '<OUT OF SPEC>')).toBeUndefined()
})

test('device types 4 and 5 of an interface are no maker id, an OEM interface has one', () => {
  expect(dmidecodeFault('42.Vendor ID', null, '0x0e:0x6b:0x04:0xb0')).toContain('DSP0270')
  expect(dmidecodeFault('42.Vendor ID', null, '0x04010203')).toBeUndefined()
})

test('OEM structure of HPE is printed with its names beside its bytes', () => {
  const bytes = Uint8Array.fromHex('d114020008029457a5c0ffee0000000000000000')
  const structure = { type: 209, handle: 2, bytes, strings: [] }
  const oem = ({ type }: { readonly type: number }) => hpeTypes.get(type)
  const found = printStructure(decodeStructure(structure, { major: 2, minor: 8 }, oem))
  expect(found).toEqual({
    'Header and Data': ['D1 14 02 00 08 02 94 57 A5 C0 FF EE 00 00 00 00', '00 00 00 00'],
    'NIC 1': 'PCI device 02:01.0, MAC address 94:57:A5:C0:FF:EE',
    'NIC 2': 'Disabled',
  })
})
