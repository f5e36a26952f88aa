import { expect, test } from 'vitest'
import { fleetFindings } from '../../../../server/inventory/findings/fleet-findings.ts'
import type { FleetMember } from '../../../../server/inventory/findings/fleet-member.ts'

function member(id: string, attributes: FleetMember['attributes']): FleetMember {
  return { id, shape: { id: 'shape', text: 'two of a kind' }, attributes }
}

test('fleet names a part that is in two machines, and not two parts of different models', () => {
  const disks = (model: string) => ({ disks: [{ model, serial: 'S-0001' }] })
  expect(fleetFindings([member('a', disks('M')), member('b', disks('N'))])).toEqual([])
  expect(fleetFindings([member('b', disks('M')), member('a', disks('M'))])).toMatchObject([
    { code: 'fleet.duplicate-serial', severity: 'error', machineIds: ['a', 'b'] },
  ])
})

test('fleet takes one serial twice in one machine for no duplicate: multipath shows a disk twice', () => {
  const twice = { disks: [{ serial: 'S-0001' }, { serial: 'S-0001' }] }
  expect(fleetFindings([member('a', twice)])).toEqual([])
})

test('fleet names two machines of one serial', () => {
  const serial = { 'system.serial': 'X' }
  expect(fleetFindings([member('a', serial), member('b', serial)])).toMatchObject([
    { code: 'fleet.duplicate-machine-serial', machineIds: ['a', 'b'] },
  ])
})

test('fleet names the machines of a shape that run other firmware than most', () => {
  const versions = ['1.2', '1.2', '1.3']
  const machines = versions.map((version, at) => member(`m${at}`, { 'firmware.version': version }))
  expect(fleetFindings(machines)).toEqual([
    {
      code: 'fleet.firmware-mixed',
      severity: 'warning',
      message: 'BIOS 1.3 in 1 of 3 machines of shape shape, 1.2 in 2',
      machineIds: ['m2'],
    },
  ])
  const alone = machines.map((machine) => ({ ...machine, shape: { id: machine.id, text: '' } }))
  expect(fleetFindings(alone)).toEqual([])
})

test.each([
  ['gpus', 'serial', 'GPU'],
  ['gpus', 'uuid', 'GPU'],
  ['disks', 'wwn', 'disk'],
  ['dimms', 'serial', 'DIMM'],
  ['nics', 'mac', 'NIC'],
  ['nics', 'moduleSerial', 'transceiver'],
  ['rdmaPorts', 'guid', 'RDMA device'],
  ['fibreChannelPorts', 'wwpn', 'Fibre Channel port'],
])('fleet names %s with one %s in two machines', (list, field, noun) => {
  const of = (value: string) => ({ [list]: [{ model: 'M', [field]: value }] })
  expect(fleetFindings([member('a', of('0001')), member('b', of('0002'))])).toEqual([])
  expect(fleetFindings([member('a', of('0001')), member('b', of('0001'))])).toMatchObject([
    { code: 'fleet.duplicate-serial', message: expect.stringContaining(`${noun} with ${field}`) },
  ])
  // What is no serial but a word for none.
  expect(fleetFindings([member('a', of('N/A')), member('b', of('N/A'))])).toEqual([])
})

test.each([
  ['disks', 'model', 'firmware', 'disk firmware of M 2 in 1 of 3 machines'],
  ['nics', 'device', 'firmware', 'NIC firmware of M 2 in 1 of 3 machines'],
  ['gpus', 'model', 'vbios', 'VBIOS of M 2 in 1 of 3 machines'],
])('fleet names machines whose %s run other firmware', (list, model, version, message) => {
  const machine = (id: string, value: string, of = 'M') =>
    member(id, { [list]: [{ [model]: of, [version]: value }] })
  const same = [machine('a', '1'), machine('b', '1')]
  expect(fleetFindings([...same, machine('c', '1')])).toEqual([])
  expect(fleetFindings([...same, machine('c', '2', 'N')])).toEqual([])
  expect(fleetFindings([...same, machine('c', '2')])).toMatchObject([
    {
      code: 'fleet.firmware-mixed',
      message: expect.stringContaining(message),
      machineIds: ['c'],
    },
  ])
})

test('fleet names machines of other microcode and BMC firmware', () => {
  for (const attribute of ['cpu.microcode', 'bmc.firmwareVersion']) {
    const of = (version: string) => ({ [attribute]: [version] })
    const same = [member('a', of('1')), member('b', of('1'))]
    expect(fleetFindings([...same, member('c', of('1'))])).toEqual([])
    expect(fleetFindings([...same, member('c', of('2'))])).toMatchObject([{ machineIds: ['c'] }])
  }
})

test('fleet misses parts that machines of one product usually have', () => {
  const machine = (id: string, dimms: number, product = 'Rocket') =>
    member(id, {
      'system.manufacturer': 'Acme',
      'system.product': product,
      'cpu.model': ['Xeon'],
      'memory.dimmCount': dimms,
    })
  const same = [machine('a', 16), machine('b', 16), machine('c', 16)]
  expect(fleetFindings(same)).toEqual([])
  expect(fleetFindings([...same, machine('d', 15)])).toEqual([
    {
      code: 'fleet.parts-missing',
      severity: 'warning',
      message: '15 DIMMs in 1 of 4 machines Acme Rocket Xeon, 16 in 3',
      machineIds: ['d'],
    },
  ])
  // One with more is no fault; another product is no sibling; half and half is no custom.
  expect(fleetFindings([...same, machine('d', 24)])).toEqual([])
  expect(fleetFindings([...same, machine('d', 8, 'Comet')])).toEqual([])
  expect(fleetFindings([machine('a', 16), machine('b', 8), machine('c', 4)])).toEqual([])
})
