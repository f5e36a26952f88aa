import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeLoadOption,
  decodeOptionNumbers,
} from '../../../../../agent/discovery/decode/efi/load-option.ts'
import { DecodeError } from '../../../../../protocol/errors.ts'

const hex = (text: string) => [...Uint8Array.fromHex(text.replaceAll(/\s/g, ''))]
const ucs2 = (text: string) =>
  `${text}\0`
    .split('')
    .flatMap((letter) => [letter.charCodeAt(0) & 0xff, letter.charCodeAt(0) >> 8])
const end = [0x7f, 0xff, 4, 0]

function node(type: number, subType: number, body: readonly number[]): number[] {
  const length = body.length + 4
  return [type, subType, length & 0xff, length >> 8, ...body]
}

function option(attributes: number, name: string, path: readonly number[], data: number[] = []) {
  return Uint8Array.from([
    attributes & 0xff,
    (attributes >> 8) & 0xff,
    0,
    0,
    path.length & 0xff,
    path.length >> 8,
    ...ucs2(name),
    ...path,
    ...data,
  ])
}

const pciRoot = node(2, 1, hex('d041030a 00000000'))
const pci = (device: number, fn: number) => node(1, 1, [fn, device])
const drive = node(
  4,
  1,
  hex(`01000000 0008000000000000 0000100000000000
       28732ac11ff8d211ba4b00a0c93ec93b 02 02`),
)

test('boot entry of a disk names its partition, as efibootmgr writes it', () => {
  const path = [...drive, ...node(4, 4, ucs2('\\EFI\\debian\\shimx64.efi')), ...end]
  expect(decodeLoadOption(option(1, 'debian', path, [0, 0, 66, 79]))).toEqual({
    active: true,
    hidden: false,
    application: false,
    description: 'debian',
    path: 'HD(1,GPT,c12a7328-f81f-11d2-ba4b-00a0c93ec93b,0x800,0x100000)/\\EFI\\debian\\shimx64.efi',
    partitionId: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
    optionalDataBytes: 4,
  })
})

test.each([
  ['NVMe', node(3, 23, hex('01000000 0025384512345678')), 'NVMe(0x1,78-56-34-12-45-38-25-00)'],
  ['SATA', node(3, 18, hex('0200 ffff 0000')), 'Sata(0x2,0xffff,0x0)'],
  ['SCSI', node(3, 2, hex('0300 0100')), 'Scsi(0x3,0x1)'],
  ['USB', node(3, 5, hex('0500')), 'USB(0x5,0x0)'],
  [
    'a network card',
    node(3, 11, [...hex('525400123456'), ...hex('00'.repeat(26)), 1]),
    'MAC(525400123456,0x1)',
  ],
  [
    'IPv4',
    node(3, 12, hex('00000000 00000000 0000 0000 0000 00 00000000 00000000')),
    'IPv4(0.0.0.0,0x0,DHCP,0.0.0.0,0.0.0.0,0.0.0.0)',
  ],
  [
    'a URI',
    node(3, 24, [...new TextEncoder().encode('http://boot/ipxe.efi')]),
    'Uri(http://boot/ipxe.efi)',
  ],
  ['a VLAN', node(3, 20, hex('6400')), 'Vlan(100)'],
  [
    'SAS',
    node(3, 22, hex('5000c50011223344 0000000000000000 0000 0100')),
    'SasEx(0x5000c50011223344,0x0000000000000000,0x1)',
  ],
  [
    'a firmware file',
    node(4, 6, hex('28732ac11ff8d211ba4b00a0c93ec93b')),
    'FvFile(c12a7328-f81f-11d2-ba4b-00a0c93ec93b)',
  ],
  ['an unknown node', node(3, 99, hex('0102')), 'Msg(99,0102)'],
  ['a node that is cut', node(3, 18, hex('0200')), 'Msg(18,0200)'],
])('device path shows %s', (_, last, text) => {
  const path = [...pciRoot, ...pci(0x1d, 2), ...last, ...end]
  const { path: shown } = decodeLoadOption(option(1, 'x', path))
  expect(shown).toBe(`PciRoot(0x0)/Pci(0x1d,0x2)/${text}`)
})

test('BIOS entry, hidden application and several paths', () => {
  const bios = [...node(5, 1, [...hex('0200 0000'), ...new TextEncoder().encode('Disk\0')]), ...end]
  expect(decodeLoadOption(option(0x108, 'legacy', bios))).toMatchObject({
    active: false,
    hidden: true,
    application: true,
    path: 'BBS(HD,Disk,0x0)',
    partitionId: null,
  })
  const two = [...pciRoot, 0x7f, 0x01, 4, 0, ...pci(1, 0), ...end]
  expect(decodeLoadOption(option(1, 'two', two)).path).toBe('PciRoot(0x0),Pci(0x1,0x0)')
})

test('numbers of the boot order are those of the entries', () => {
  expect(decodeOptionNumbers(Uint8Array.from(hex('0100 0a00 ff0c')))).toEqual([
    '0001',
    '000a',
    '0cff',
  ])
  expect(() => decodeOptionNumbers(Uint8Array.from([1]))).toThrow(DecodeError)
})

test('entry that is cut is refused, and any bytes give an entry or a DecodeError', () => {
  const whole = option(1, 'debian', [...drive, ...end])
  expect(() => decodeLoadOption(whole.subarray(0, whole.length - 6))).toThrow(DecodeError)
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, value]) => whole.with(at, value)),
    fc
      .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(34), fc.uint8Array({ maxLength: 64 })))
      .map((nodes) =>
        option(1, 'n', [
          ...nodes.flatMap(([type, sub, body]) => node(type, sub, [...body])),
          ...end,
        ]),
      ),
  )
  fc.assert(
    fc.property(bytes, (input) => {
      try {
        decodeLoadOption(input)
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError)
      }
    }),
  )
})
