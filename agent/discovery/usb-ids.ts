import type { UsbDeviceFacts } from '../../protocol/facts/usb.ts'
import type { UsbDescriptorFile } from '../../protocol/facts/usb-descriptors.ts'
import type { Host } from '../host.ts'
import { deviceText } from './decode/device-text.ts'
import { parseUevent } from './decode/uevent.ts'
import { all } from './probe.ts'
import { attribute, countAttribute } from './sysfs.ts'

type Ids = Pick<
  UsbDeviceFacts,
  'bus' | 'deviceNumber' | 'vendorId' | 'productId' | 'deviceVersion' | 'usbVersion' | 'classCode'
>

/**
 * What a USB device is: by its descriptors, else by the kernel's copies of them, else by its uevent,
 * which is all that some recordings hold. Throws for a device that none of them tells.
 */
export async function usbIds(
  host: Host,
  folder: string,
  decoded: UsbDescriptorFile | null,
): Promise<Ids> {
  const [busnum, devnum] = await Promise.all([
    countAttribute(host, `${folder}/busnum`),
    countAttribute(host, `${folder}/devnum`),
  ])
  const own = decoded?.device ?? null
  const uevent =
    own === null || busnum === null || devnum === null
      ? parseUevent((await attribute(host, `${folder}/uevent`)) ?? '')
      : new Map<string, string>()
  const bus = busnum ?? numberOf(uevent.get('BUSNUM'))
  const deviceNumber = devnum ?? numberOf(uevent.get('DEVNUM'))
  if (bus === null || deviceNumber === null) {
    throw new Error(`Cannot place USB device at ${folder}: no busnum or no devnum`)
  }
  if (own !== null) {
    const { vendorId, productId, deviceVersion, usbVersion, classCode } = own
    return { bus, deviceNumber, vendorId, productId, deviceVersion, usbVersion, classCode }
  }
  const ids = (await attributeIds(host, folder)) ?? idsInUevent(uevent)
  if (ids === null) {
    throw new Error(`Cannot identify USB device at ${folder}: no descriptors and no idVendor`)
  }
  return { bus, deviceNumber, ...ids }
}

/** Decimal with zeros before it. */
function numberOf(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : null
}

type DeviceIds = Omit<Ids, 'bus' | 'deviceNumber'>

async function attributeIds(host: Host, folder: string): Promise<DeviceIds | null> {
  const get = (name: string) => attribute(host, `${folder}/${name}`)
  const [vendorId, productId, bcdDevice, version] = await Promise.all([
    get('idVendor'),
    get('idProduct'),
    get('bcdDevice'),
    get('version'),
  ])
  if (vendorId === null || productId === null) return null
  const codes = await all(['bDeviceClass', 'bDeviceSubClass', 'bDeviceProtocol'], get)
  return {
    vendorId,
    productId,
    deviceVersion: versionOf(bcdDevice ?? ''),
    usbVersion: deviceText(version),
    classCode: codes.map((code) => code ?? '00').join(''),
  }
}

/** `PRODUCT=4ca/4b/110`, hexadecimal without zeros before; `TYPE=9/0/1`, decimal. */
function idsInUevent(uevent: ReadonlyMap<string, string>): DeviceIds | null {
  const product = /^([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})$/.exec(
    uevent.get('PRODUCT') ?? '',
  )
  const [, vendorId, productId, version] = product ?? []
  if (vendorId === undefined || productId === undefined || version === undefined) return null
  const codes = /^(\d{1,3})\/(\d{1,3})\/(\d{1,3})$/.exec(uevent.get('TYPE') ?? '')?.slice(1) ?? []
  if (codes.length !== 3 || codes.some((code) => Number(code) > 255)) return null
  return {
    vendorId: vendorId.padStart(4, '0'),
    productId: productId.padStart(4, '0'),
    deviceVersion: versionOf(version.padStart(4, '0')),
    usbVersion: null,
    classCode: codes.map((code) => Number(code).toString(16).padStart(2, '0')).join(''),
  }
}

/** `0510` is `5.10`, as the descriptor's own form. */
function versionOf(bcd: string): string | null {
  const [, major, minor] = /^0?([0-9a-f]{1,2})([0-9a-f]{2})$/.exec(bcd) ?? []
  return major === undefined || minor === undefined ? null : `${major}.${minor}`
}
