import type { MachineDetail } from '../../protocol/api.ts'
import { DecodeError } from '../../protocol/errors.ts'
import type { FactClass } from '../../protocol/facts/classes.ts'
import { parseFacts } from '../../protocol/facts/inventory.ts'
import type { FactsOf, Inventory } from '../../protocol/facts/inventory.ts'

/**
 * Facts as this release knows them. A class that is in another release's form counts as not
 * reported; the raw inventory shows it all the same.
 */
export function readInventory({ inventory }: Pick<MachineDetail, 'inventory'>): Inventory {
  const read = <C extends FactClass>(name: C): FactsOf<C> | null => {
    const value = inventory[name]
    if (value === undefined || value === null) return null
    try {
      return parseFacts(name, value)
    } catch (error) {
      if (error instanceof DecodeError) return null
      throw error
    }
  }
  return {
    system: read('system'),
    firmware: read('firmware'),
    cpu: read('cpu'),
    memory: read('memory'),
    numa: read('numa'),
    pci: read('pci'),
    gpu: read('gpu'),
    nic: read('nic'),
    neighbors: read('neighbors'),
    storage: read('storage'),
    usb: read('usb'),
    tpm: read('tpm'),
    bmc: read('bmc'),
    sensors: read('sensors'),
    security: read('security'),
  }
}
