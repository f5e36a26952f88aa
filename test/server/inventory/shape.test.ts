import { describe, expect, test } from 'vitest'
import { emptyInventory } from '../../../protocol/facts/inventory.ts'
import { shapeOf } from '../../../server/inventory/shape.ts'
import { exampleMachine, exampleStorage } from '../../protocol/attributes/example-machine.ts'

const { inventory } = exampleMachine()

describe('shapeOf', () => {
  test('says the hardware in a few words', () => {
    expect(shapeOf(inventory)?.text).toBe(
      '2x Xeon 6, 8 cores, 62 GiB, 1 GPU 10de:2330, 2 NVMe 8 TB, 1 USB 16 GB, 2 NICs',
    )
  })

  test('is the same for two machines of one order', () => {
    const { memory } = inventory
    const twin = {
      ...inventory,
      storage: exampleStorage('D-2'),
      memory: memory === null ? null : { ...memory, sizeBytes: (memory.sizeBytes ?? 0) - 3 * 4096 },
    }
    expect(shapeOf(twin)).toEqual(shapeOf(inventory))
  })

  test('does not depend on the order of disks', () => {
    const { storage } = inventory
    const turned = storage === null ? null : { ...storage, disks: storage.disks.toReversed() }
    expect(shapeOf({ ...inventory, storage: turned })?.id).toBe(shapeOf(inventory)?.id)
  })

  test('differs when a disk is missing', () => {
    const { storage } = inventory
    const fewer = storage === null ? null : { ...storage, disks: storage.disks.slice(1) }
    expect(shapeOf({ ...inventory, storage: fewer })?.id).not.toBe(shapeOf(inventory)?.id)
  })

  test('is null before discovery', () => {
    expect(shapeOf(emptyInventory)).toBeNull()
  })
})
