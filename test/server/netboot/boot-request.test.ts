import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseBootRequest } from '../../../server/netboot/boot-request.ts'

const parse = (query: string) => parseBootRequest(new URLSearchParams(query), '10.0.0.7')

test('what iPXE says is read, and what it leaves empty is null', () => {
  expect(
    parse(
      'uuid=4C4C4544-0042&serial=%20AB12%20&platform=efi&arch=x86_64&mac=52:54:00:00:00:02&mac=&mac=52:54:00:00:00:01&mac=52:54:00:00:00:02',
    ),
  ).toEqual({
    uuid: '4c4c4544-0042',
    serial: 'AB12',
    macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'],
    platform: 'efi',
    architecture: 'x64',
    address: '10.0.0.7',
  })
  expect(parse('uuid=&serial=&platform=&arch=i386&mac=')).toEqual({
    uuid: null,
    serial: null,
    macs: [],
    platform: null,
    architecture: 'x64',
    address: '10.0.0.7',
  })
  expect(parse('arch=arm64').architecture).toBe('arm64')
})

test('what is malformed counts as not said', () => {
  expect(parse(`platform=amiga&arch=vax&mac=zz&serial=${'x'.repeat(300)}`)).toMatchObject({
    platform: null,
    architecture: 'x64',
    macs: [],
    serial: null,
  })
})

test('any query is a request', () => {
  const pair = fc.tuple(fc.constantFrom('uuid', 'mac', 'serial', 'arch', 'platform'), fc.string())
  fc.assert(
    fc.property(fc.array(pair, { maxLength: 40 }), (pairs) => {
      const query = new URLSearchParams(pairs.map(([name, value]) => [name, value]))
      expect(parseBootRequest(query, null).macs.length).toBeLessThanOrEqual(16)
    }),
  )
})
