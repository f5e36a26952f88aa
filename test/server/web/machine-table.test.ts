import { describe, expect, test } from 'vitest'
import { countMachines, initialView, viewMachines } from '../../../server/web/machine-table.ts'
import type { MachineView } from '../../../server/web/machine-table.ts'
import { machine } from './made-summary.ts'

const machines = [
  machine({ id: '1', name: 'node-10', state: 'available', attributes: { 'memory.size': '8GiB' } }),
  machine({ id: '2', name: 'node-9', state: 'error', labels: { rack: 'r12' } }),
  machine({
    id: '3',
    name: 'node-11',
    state: 'available',
    flags: ['stale'],
    attributes: { 'memory.size': '1TiB', 'finding.codes': ['pci.link-narrow'] },
  }),
]
const names = (changes: Partial<MachineView>) =>
  viewMachines(machines, { ...initialView, ...changes }).map(({ name }) => name)

describe('the list of machines', () => {
  test('is in order of names as people count', () => {
    expect(names({})).toEqual(['node-9', 'node-10', 'node-11'])
  })

  test('is in order of exact quantities, the unknown last both ways', () => {
    expect(names({ sortKey: 'memory' })).toEqual(['node-10', 'node-11', 'node-9'])
    expect(names({ sortKey: 'memory', descending: true })).toEqual(['node-11', 'node-10', 'node-9'])
  })

  test('is filtered by state, flag and words that all must be there', () => {
    expect(names({ only: 'available' })).toEqual(['node-10', 'node-11'])
    expect(names({ only: 'stale' })).toEqual(['node-11'])
    expect(names({ search: 'RACK=r12 node' })).toEqual(['node-9'])
    expect(names({ search: 'rack=r13' })).toEqual([])
    expect(names({ search: 'link-narrow' })).toEqual(['node-11'])
  })

  test('is counted by state and flag', () => {
    expect(countMachines(machines)).toEqual([
      ['available', 2],
      ['error', 1],
      ['stale', 1],
    ])
  })
})
