import { expect, test } from 'vitest'
import {
  type FleetMember,
  fleetFindings,
} from '../../../../server/inventory/findings/fleet-findings.ts'

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
