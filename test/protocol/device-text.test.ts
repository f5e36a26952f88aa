import { expect, test } from 'vitest'
import { diskContentsText, diskHealthText, neighborText } from '../../protocol/device-text.ts'
import { readInventory } from '../../server/web/read-inventory.ts'
import { rackMachine } from '../server/web/rack-machine.ts'

const inventory = readInventory({
  inventory: Object.fromEntries(rackMachine(1).facts.map((each) => [each.class, each.facts])),
})
const { storage } = inventory
if (storage === null) throw new Error('want disks')

test('a disk says how it is and what it holds', () => {
  const [good, worn, silent] = storage.disks
  if (good === undefined || worn === undefined || silent === undefined)
    throw new Error('want three')
  expect(diskHealthText(good)).toBe('good, 4 % used, 41 °C')
  expect(diskHealthText(worn)).toBe('failing, spare-low, 112 % used, 41 °C')
  expect(diskHealthText(silent)).toBeNull()
  expect(diskContentsText(silent, storage)).toBe("gpt: sda1 536 MB ext4 'boot'")
  expect(diskContentsText(good, storage)).toBeNull()
})

test('a port says who is at the other end', () => {
  expect(neighborText(inventory.neighbors, 'ens1np0')).toBe('leaf-3 Ethernet1/7')
  expect(neighborText(inventory.neighbors, 'ens2np0')).toBeNull()
  expect(neighborText(null, 'ens1np0')).toBeNull()
})
