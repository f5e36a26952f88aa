import type { Finding } from '../../../protocol/facts/finding.ts'
import type { UsbDeviceFacts } from '../../../protocol/facts/usb.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { deviceText } from '../decode/device-text.ts'
import { decodeUsbDescriptors, type UsbDescriptors } from '../decode/usb-descriptors.ts'
import { paths } from '../paths.ts'
import { all, type Probe } from '../probe.ts'
import { attribute, binaryAttribute, countAttribute, linkName } from '../sysfs.ts'
import { compareWithLibrary, libraryDevices } from '../usb-library.ts'

/**
 * Kernel document sysfs-bus-usb, with our own decoder of the raw descriptors. On the live machine
 * the `usb` library is asked too, and what the two do not agree on is a finding.
 */
export const usbProbe: Probe<'usb'> = {
  class: 'usb',
  async read(host) {
    const names = (await host.list(paths.usb)).filter((name) => /^(usb\d+|\d+-[\d.]+)$/.test(name))
    const read = await attemptEach('usb', names, (name) => readDevice(host, name))
    const devices = read.found.map(({ device }) => device)
    const truncated = read.found
      .filter((one) => one.truncated)
      .map(({ device }) => shortAnswer(device))
    // Without a USB bus the library throws; then there is nothing to compare either.
    const library = host.live && names.length > 0 ? await libraryDevices() : null
    const differences = library === null ? [] : compareWithLibrary(devices, library)
    return { facts: { devices }, findings: [...read.findings, ...truncated, ...differences] }
  },
}

/** Megabits per second in the kernel's `speed` file; low speed is 1.5. */
const megabit = 1_000_000

async function readDevice(
  host: Host,
  name: string,
): Promise<{ readonly device: UsbDeviceFacts; readonly truncated: boolean }> {
  const folder = `${paths.usb}/${name}`
  const [raw, bus, number, speed, manufacturer, product, serial, drivers] = await Promise.all([
    binaryAttribute(host, `${folder}/descriptors`),
    countAttribute(host, `${folder}/busnum`),
    countAttribute(host, `${folder}/devnum`),
    attribute(host, `${folder}/speed`),
    attribute(host, `${folder}/manufacturer`),
    attribute(host, `${folder}/product`),
    attribute(host, `${folder}/serial`),
    interfaceDrivers(host, folder, name),
  ])
  if (bus === null || number === null) {
    throw new Error(`Cannot place USB device ${name}: no busnum or no devnum`)
  }
  const decoded = raw === null ? null : decodeUsbDescriptors(raw)
  const device: UsbDeviceFacts = {
    bus,
    path: name,
    deviceNumber: number,
    ...(decoded === null ? await attributeIds(host, folder) : idsOf(decoded)),
    speedBitsPerSecond: speed === null ? null : speedOf(speed),
    manufacturer: deviceText(manufacturer),
    product: deviceText(product),
    serial: deviceText(serial),
    configurations: decoded?.configurations ?? [],
    drivers,
  }
  return { device, truncated: decoded?.truncated ?? false }
}

type Ids = Pick<
  UsbDeviceFacts,
  'vendorId' | 'productId' | 'deviceVersion' | 'usbVersion' | 'classCode'
>

function idsOf(decoded: UsbDescriptors): Ids {
  const { vendorId, productId, deviceVersion, usbVersion, classCode } = decoded
  return { vendorId, productId, deviceVersion, usbVersion, classCode }
}

/** The kernel's copies, for a recording without the binary file. */
async function attributeIds(host: Host, folder: string): Promise<Ids> {
  const get = (name: string) => attribute(host, `${folder}/${name}`)
  const [vendorId, productId, bcdDevice, version] = await Promise.all([
    get('idVendor'),
    get('idProduct'),
    get('bcdDevice'),
    get('version'),
  ])
  if (vendorId === null || productId === null) {
    throw new Error(`Cannot identify USB device at ${folder}: no descriptors and no idVendor`)
  }
  const codes = await all(['bDeviceClass', 'bDeviceSubClass', 'bDeviceProtocol'], get)
  const [, major, minor] = /^0?([0-9a-f]{1,2})([0-9a-f]{2})$/.exec(bcdDevice ?? '') ?? []
  return {
    vendorId,
    productId,
    deviceVersion: major === undefined || minor === undefined ? null : `${major}.${minor}`,
    usbVersion: deviceText(version),
    classCode: codes.map((code) => code ?? '00').join(''),
  }
}

async function interfaceDrivers(
  host: Host,
  folder: string,
  name: string,
): Promise<UsbDeviceFacts['drivers']> {
  // A hub's folder holds its children too; interfaces are `1-2:1.0`, of a root hub `1-0:1.0`.
  const prefix = `${name.replace(/^usb(\d+)$/, '$1-0')}:`
  const interfaces = (await host.list(folder)).filter((entry) => entry.startsWith(prefix))
  const found = await all(interfaces, async (entry) => {
    const driver = await linkName(host, `${folder}/${entry}/driver`)
    return driver === null ? [] : [{ interface: entry, driver }]
  })
  return found.flat()
}

function speedOf(text: string): number | null {
  const megabits = /^\d{1,6}(\.\d)?$/.test(text) ? Number(text) : null
  return megabits === null ? null : Math.round(megabits * megabit)
}

function shortAnswer(device: UsbDeviceFacts): Finding {
  return {
    code: 'usb.short-descriptors',
    severity: 'warning',
    subject: device.path,
    message: 'USB device gave fewer descriptors than it announces',
  }
}
