import type { DeviceNames } from '../../protocol/device-names.ts'
import type { Inventory } from '../../protocol/facts/inventory.ts'
import { pciNames, usbNames } from './names.ts'
import type { IdLists } from './read-id-lists.ts'

/** Names of all devices of an inventory that have ids. */
export function deviceNames(
  { pci, usb }: Pick<Inventory, 'pci' | 'usb'>,
  lists: IdLists,
): DeviceNames {
  return {
    pci: Object.fromEntries(
      (pci?.functions ?? []).map((each) => [each.address, pciNames(lists.pci, each)]),
    ),
    usb: Object.fromEntries(
      (usb?.devices ?? []).map((each) => [each.path, usbNames(lists.usb, each)]),
    ),
  }
}
