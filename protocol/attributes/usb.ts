import type { UsbDeviceFacts } from '../facts/usb.ts'
import {
  type AttributeDefinition,
  int,
  list,
  type MachineRecord,
  of,
  quantity,
  string,
} from './definition.ts'

const usb = { source: 'usb', level: 'device' } as const
const usbFields: readonly AttributeDefinition<UsbDeviceFacts>[] = [
  string('device', { ...usb, description: 'USB ids, `0951:1666`' }, (device) => {
    return `${device.vendorId}:${device.productId}`
  }),
  string('product', { ...usb, description: 'Product text' }, (device) => device.product),
  string('manufacturer', { ...usb, description: 'Maker text' }, (device) => device.manufacturer),
  string(
    'serial',
    { ...usb, nature: 'identity', description: 'Serial number' },
    (device) => device.serial,
  ),
  string(
    'class',
    { ...usb, description: 'Class, subclass and protocol in hex' },
    (device) => device.classCode,
  ),
  quantity(
    'linkSpeed',
    'bit/s',
    { ...usb, level: 'link', description: 'Speed it was found at' },
    (device) => device.speedBitsPerSecond ?? undefined,
  ),
]

/** What is plugged in; people do that, so that it is no mark of the hardware's class. */
export const usbAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  int(
    'usb.count',
    { source: 'usb', nature: 'state', description: 'USB devices, root hubs not counted' },
    of('usb', (facts) => plugged(facts.devices).length),
  ),
  list(
    'usbDevices',
    { source: 'usb', nature: 'state', description: 'Every USB device but root hubs' },
    usbFields,
    of('usb', (facts) => plugged(facts.devices)),
  ),
]

/** The kernel names root hubs `usb1`, devices `1-2.3`. */
function plugged(devices: readonly UsbDeviceFacts[]): readonly UsbDeviceFacts[] {
  return devices.filter((device) => !device.path.startsWith('usb'))
}
