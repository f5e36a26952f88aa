import { describe, expect, test } from 'vitest'
import { factClasses } from '../../../../protocol/facts/classes.ts'
import { emptyInventory, type Inventory, parseFacts } from '../../../../protocol/facts/inventory.ts'
import { diffInventories } from '../../../../server/inventory/diff/diff.ts'
import { machineFacts } from '../../../agent/discovery/machines.ts'

const facts = await machineFacts('qemu-q35-two-socket')
const memory = parseFacts('memory', facts['memory'])
const storage = parseFacts('storage', facts['storage'])
const firmware = parseFacts('firmware', facts['firmware'])
const nic = parseFacts('nic', facts['nic'])
const machine: Inventory = { ...emptyInventory, memory, storage, firmware, nic }

const gpuFacts = parseFacts('gpu', facts['gpu'])

function textsOf(before: Inventory, after: Inventory): readonly string[] {
  return diffInventories(before, after).changes.map(({ text }) => text)
}

describe('inventory diff', () => {
  test('finds nothing between an inspection and itself', () => {
    expect(diffInventories(machine, machine).changes).toEqual([])
  })

  test('says which classes it could not compare', () => {
    const { notCompared } = diffInventories(machine, { ...machine, memory: null })
    expect(notCompared).toEqual(
      factClasses.filter((name) => !['storage', 'firmware', 'nic'].includes(name)),
    )
  })

  test('calls a DIMM that is gone by its label, whether its slot is told or not', () => {
    const [first, ...others] = memory.dimms
    if (first === undefined) throw new Error('want a DIMM')
    const without = { ...machine, memory: { ...memory, dimms: others } }
    const emptied = {
      ...machine,
      memory: { ...memory, dimms: [{ ...first, populated: false, sizeBytes: null }, ...others] },
    }
    for (const after of [without, emptied]) {
      const [change] = diffInventories(machine, after).changes
      expect(change).toMatchObject({ kind: 'removed', importance: 'hardware', class: 'memory' })
      expect(change?.text).toMatch(new RegExp(`^DIMM ${first.locator} gone: [\\d.]+ [MG]iB`))
    }
  })

  test('knows a disk by what it is, not by its name or place', () => {
    const renamed = storage.disks.map((disk, at) => ({ ...disk, name: `sd${'zyxwvu'[at] ?? 'a'}` }))
    const moved = { ...machine, storage: { ...storage, disks: renamed.toReversed() } }
    expect(textsOf(machine, moved)).toEqual([])
    const fewer = { ...machine, storage: { ...storage, disks: storage.disks.slice(1) } }
    const [disk] = storage.disks
    expect(textsOf(machine, fewer)).toEqual([
      expect.stringMatching(new RegExp(`^disk ${disk?.name} gone: .*${disk?.serial}`)),
    ])
    expect(textsOf(fewer, machine)).toEqual([
      expect.stringMatching(new RegExp(`^disk ${disk?.name} new: .*${disk?.serial}`)),
    ])
  })

  test('tells new firmware with an arrow and a narrow link with what it was', () => {
    const after = { ...machine, firmware: { ...firmware, version: '1.3' } }
    const before = { ...machine, firmware: { ...firmware, version: '1.2' } }
    expect(textsOf(before, after)).toEqual(['BIOS 1.2 -> 1.3'])
    const [gpu] = gpuFacts.gpus
    if (gpu === undefined) throw new Error('want a GPU')
    const link = { maxSpeedGtPerS: 32, speedGtPerS: 32, maxLaneWidth: 16, laneWidth: 16 }
    const wide = { ...gpu, link }
    const narrow = { ...gpu, link: { ...link, laneWidth: 8 } }
    expect(
      textsOf(
        { ...machine, gpu: { ...gpuFacts, gpus: [wide] } },
        { ...machine, gpu: { ...gpuFacts, gpus: [narrow] } },
      ),
    ).toEqual([`GPU 0 (${gpu.address}) link x8, was x16`])
  })

  test('puts hardware before firmware before state', () => {
    const after: Inventory = {
      ...machine,
      nic: { ...nic, interfaces: nic.interfaces.map((one) => ({ ...one, mtuBytes: 9000 })) },
      firmware: { ...firmware, version: '9' },
      storage: { ...storage, disks: storage.disks.slice(1) },
    }
    const order = diffInventories(machine, after).changes.map(({ importance }) => importance)
    expect([...new Set(order)]).toEqual(['hardware', 'firmware', 'state'])
  })
})
