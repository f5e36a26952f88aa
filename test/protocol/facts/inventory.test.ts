import { expect, test } from 'vitest'
import { text } from '../../../protocol/facts/fields.ts'
import { claimsFrom, isSharedUuid } from '../../../protocol/facts/identity-evidence.ts'
import { factClasses } from '../../../protocol/facts/classes.ts'
import {
  emptyInventory,
  factSchemas,
  isFactClass,
  parseFacts,
} from '../../../protocol/facts/inventory.ts'
import { DecodeError } from '../../../protocol/errors.ts'

test('every class of facts has a schema and a place in the inventory and the list', () => {
  expect(Object.keys(factSchemas)).toEqual([...factClasses])
  expect(Object.keys(emptyInventory)).toEqual([...factClasses])
  expect([isFactClass('cpu'), isFactClass('toString')]).toEqual([true, false])
})

test('facts are refused with the place of the fault when they are not in their schema', () => {
  const nodes = [
    {
      id: 0,
      cpus: [0],
      memorySizeBytes: 1,
      distances: [10],
      access: [],
      memorySideCaches: [],
      hugepages: [],
    },
  ]
  expect(parseFacts('numa', { nodes })).toEqual({ nodes })
  expect(() => parseFacts('numa', { nodes: [{ ...nodes[0], id: -1 }] })).toThrow('nodes.0.id')
  expect(() => parseFacts('numa', { nodes, extra: 1 })).toThrow(DecodeError)
  expect(() => parseFacts('numa', null)).toThrow(DecodeError)
})

test('text of a fact holds no control character and has an end', () => {
  expect(text.safeParse('Süd <b>').success).toBe(true)
  for (const bad of ['', 'a\u001b[2J', 'a\u0085', 'x'.repeat(257)]) {
    expect(text.safeParse(bad).success).toBe(false)
  }
})

const uuid = '12345678-9abc-def0-1234-56789abcdef0'
const nic = {
  mac: '52:54:00:00:00:01',
  macAssignment: 'permanent',
  linkType: 'ethernet',
  usbPath: null,
} as const

test('UUID that many machines carry names none of them', () => {
  expect(claimsFrom({ uuid, serial: 'S1', baseboard: null }, []).smbiosUuid).toBe(uuid)
  const shared = '03000200-0400-0500-0006-000700080009'
  expect(claimsFrom({ uuid: shared, serial: null, baseboard: null }, []).smbiosUuid).toBeNull()
  expect(isSharedUuid('ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe(true)
})

test('claims name burnt-in addresses once and sorted, and no others', () => {
  const infiniband = '80:00:02:08:fe:80:00:00:00:00:00:00:f4:52:14:03:00:20:db:71'
  const claims = claimsFrom(null, [
    { ...nic, mac: '52:54:00:00:00:02' },
    nic,
    nic,
    { ...nic, mac: '52:54:00:00:00:03', macAssignment: 'random' },
    { ...nic, mac: '52:54:00:00:00:04', usbPath: '1-2' },
    { ...nic, mac: '00:00:00:00:00:00' },
    { ...nic, mac: infiniband, linkType: 'infiniband' },
  ])
  expect(claims).toEqual({
    smbiosUuid: null,
    systemSerial: null,
    baseboardSerial: null,
    macs: ['52:54:00:00:00:01', '52:54:00:00:00:02', 'f4:52:14:03:00:20:db:71'],
  })
})
