import type { Finding } from '../../../protocol/facts/finding.ts'
import type { UsbDeviceFacts } from '../../../protocol/facts/usb.ts'
import type { UsbDescriptorFile } from '../../../protocol/facts/usb-descriptors.ts'
import type { Host } from '../../host.ts'
import { attemptEach } from '../attempt.ts'
import { deviceText } from '../decode/device-text.ts'
import { decodeUsbDescriptors } from '../decode/usb/descriptors.ts'
import { paths } from '../paths.ts'
import { all, type Probe } from '../probe.ts'
import {
  attribute,
  binaryAttribute,
  countAttribute,
  flagAttribute,
  linkName,
  pciAddressesIn,
  resolveLink,
} from '../sysfs.ts'
import { compareWithLibrary, libraryDevices } from '../usb-library.ts'
import { usbIds } from '../usb-ids.ts'

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
    const faults = read.found.flatMap(({ findings }) => findings)
    // Without a USB bus the library throws; then there is nothing to compare either.
    const library = host.live && names.length > 0 ? await libraryDevices() : null
    const differences = library === null ? [] : compareWithLibrary(devices, library)
    return { facts: { devices }, findings: [...read.findings, ...faults, ...differences] }
  },
}

/** Megabits per second in the kernel's `speed` file; low speed is 1.5. */
const megabit = 1_000_000

interface DeviceReading {
  readonly device: UsbDeviceFacts
  readonly findings: readonly Finding[]
}

async function readDevice(host: Host, name: string): Promise<DeviceReading> {
  const folder = `${paths.usb}/${name}`
  const [raw, store, own, texts, drivers, place] = await Promise.all([
    binaryAttribute(host, `${folder}/descriptors`),
    binaryAttribute(host, `${folder}/bos_descriptors`),
    numbersOf(host, folder),
    textsOf(host, folder),
    interfaceDrivers(host, folder, name),
    host.link(folder),
  ])
  const decoded = raw === null ? null : decodeUsbDescriptors(raw)
  const ids = await usbIds(host, folder, decoded)
  const device: UsbDeviceFacts = {
    bus: ids.bus,
    path: name,
    ...placeOf(name, place),
    deviceNumber: ids.deviceNumber,
    vendorId: ids.vendorId,
    productId: ids.productId,
    deviceVersion: ids.deviceVersion,
    usbVersion: ids.usbVersion,
    classCode: ids.classCode,
    ...own,
    ...texts,
    configurations: (decoded?.configurations ?? []).map(configurationFacts),
    capabilities: store === null ? null : decodeUsbDescriptors(store).capabilities,
    drivers,
  }
  const short: readonly Finding[] = decoded?.truncated === true ? [shortAnswer(name)] : []
  const bad = (decoded?.findings ?? []).map((one) => ({ ...one, subject: name }))
  return { device, findings: [...short, ...bad] }
}

function placeOf(
  name: string,
  link: string | undefined,
): Pick<UsbDeviceFacts, 'parentPath' | 'port' | 'pciAddress'> {
  const pciAddress = pciAddressesIn(resolveLink(paths.usb, link ?? '')).at(-1) ?? null
  const [, bus, ports] = /^(\d+)-([\d.]+)$/.exec(name) ?? []
  if (bus === undefined || ports === undefined) return { parentPath: null, port: null, pciAddress }
  const chain = ports.split('.')
  const above = chain.slice(0, -1)
  return {
    parentPath: above.length === 0 ? `usb${bus}` : `${bus}-${above.join('.')}`,
    port: Number(chain.at(-1)),
    pciAddress,
  }
}

async function numbersOf(host: Host, folder: string) {
  const [speed, rxLaneCount, txLaneCount, ports, authorized, removable, active] = await Promise.all(
    [
      attribute(host, `${folder}/speed`),
      countAttribute(host, `${folder}/rx_lanes`),
      countAttribute(host, `${folder}/tx_lanes`),
      countAttribute(host, `${folder}/maxchild`),
      flagAttribute(host, `${folder}/authorized`),
      attribute(host, `${folder}/removable`),
      countAttribute(host, `${folder}/bConfigurationValue`),
    ],
  )
  return {
    speedBitsPerSecond: speed === null ? null : speedOf(speed),
    rxLaneCount,
    txLaneCount,
    hubPortCount: ports === 0 ? null : ports,
    authorized,
    removable: removable === 'removable' ? true : removable === 'fixed' ? false : null,
    activeConfiguration: active,
  }
}

async function textsOf(host: Host, folder: string) {
  const [manufacturer, product, serial] = await all(
    ['manufacturer', 'product', 'serial'],
    async (name) => deviceText(await attribute(host, `${folder}/${name}`)),
  )
  return {
    manufacturer: manufacturer ?? null,
    product: product ?? null,
    serial: serial ?? null,
  }
}

function configurationFacts(
  configuration: UsbDescriptorFile['configurations'][number],
): UsbDeviceFacts['configurations'][number] {
  const { value, selfPowered, remoteWakeup, maxPowerAmperes } = configuration
  return {
    value,
    selfPowered,
    remoteWakeup,
    maxPowerAmperes,
    interfaceAssociations: configuration.interfaceAssociations.map(
      ({ firstInterface, interfaceCount, classCode }) => ({
        firstInterface,
        interfaceCount,
        classCode,
      }),
    ),
    interfaces: configuration.interfaces.map((one) => ({
      number: one.number,
      alternateSetting: one.alternateSetting,
      classCode: one.classCode,
      endpoints: one.endpoints.map((endpoint) => ({
        address: endpoint.address,
        direction: endpoint.direction,
        transfer: endpoint.transfer,
        maxPacketSizeBytes: endpoint.maxPacketSizeBytes,
        interval: endpoint.interval,
      })),
    })),
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

function shortAnswer(path: string): Finding {
  return {
    code: 'usb.short-descriptors',
    severity: 'warning',
    subject: path,
    message: 'USB device gave fewer descriptors than it announces',
  }
}
