import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { decodeUsbFile } from '../../agent/discovery/decode/usb/file.ts'
import { usbProbe } from '../../agent/discovery/probes/usb.ts'
import { rootedHost } from '../../agent/host.ts'
import type { UsbDescriptorFile } from '../../protocol/facts/usb-descriptors.ts'
import type { UsbDeviceFacts } from '../../protocol/facts/usb.ts'
import { corpusJson, corpusNames, corpusPath } from './corpus.ts'
import type { Comparison, Scorer } from './scorer.ts'
import { umockdevTree } from './umockdev.ts'

const folder = 'usb-libfprint'

const peerDevices = z.array(
  z.object({
    path: z.string(),
    descriptors_hex: z.string(),
    expected: z.record(z.string(), z.string()),
    udev: z.record(z.string(), z.string()),
  }),
)

type PeerDevice = z.infer<typeof peerDevices>[number]

/** What the kernel's attributes and udev say of devices whose raw descriptors are recorded. */
export const usbScorer: Scorer = {
  source: 'usb',
  peer: 'kernel attributes and udev',
  corpus: folder,
  targetRatio: 1,
  async measure() {
    const names = await corpusNames(`${folder}/oracle`, '.usb.json')
    const comparisons: Comparison[] = []
    const uncovered: string[] = []
    for (const name of names) {
      const peers = peerDevices.parse(await corpusJson(`${folder}/oracle`, `${name}.usb.json`))
      await using tree = await umockdevTree(await readFile(corpusPath(folder, name), 'utf8'))
      const { facts } = await usbProbe.read(rootedHost(tree.root))
      for (const peer of peers) {
        const machine = `${name} ${basename(peer.path)}`
        const found = facts.devices.find(({ path }) => path === basename(peer.path)) ?? null
        const fields = printedFields(
          decodeUsbFile(new TextEncoder().encode(peer.descriptors_hex)),
          found,
        )
        compare(machine, peer, fields, comparisons, uncovered)
      }
    }
    return { machineCount: names.length, comparisons, uncovered }
  },
}

function compare(
  machine: string,
  peer: PeerDevice,
  ours: ReadonlyMap<string, string | null>,
  comparisons: Comparison[],
  uncovered: string[],
): void {
  for (const [field, theirs] of [...Object.entries(peer.expected), ...Object.entries(peer.udev)]) {
    const value = ours.get(field)
    if (value === undefined) uncovered.push(`${machine}: ${field}`)
    else comparisons.push({ machine, field, ours: value, theirs: theirs.trim() })
  }
}

/** Device attributes of the kernel's drivers/usb/core/sysfs.c, then properties of udev's usb_id. */
function printedFields(
  file: UsbDescriptorFile,
  facts: UsbDeviceFacts | null,
): ReadonlyMap<string, string | null> {
  const { device, configurations } = file
  const active =
    configurations.find(({ value }) => value === facts?.activeConfiguration) ?? configurations[0]
  const milliamperes = Math.round((active?.maxPowerAmperes ?? 0) * 1000)
  const code = (at: number) => device?.classCode.slice(at, at + 2) ?? null
  const version = device?.deviceVersion.split('.') ?? []
  const bcdDevice = `${version[0]?.padStart(2, '0') ?? ''}${version[1] ?? ''}`
  const short = (digits: string | undefined) => Number.parseInt(digits ?? '', 16).toString(16)
  const decimal = (digits: string | null) => String(Number.parseInt(digits ?? '', 16))
  const numbers = new Set(active?.interfaces.map(({ number }) => number))
  return new Map<string, string | null>([
    ['idVendor', device?.vendorId ?? null],
    ['idProduct', device?.productId ?? null],
    ['bcdDevice', bcdDevice],
    ['bDeviceClass', code(0)],
    ['bDeviceSubClass', code(2)],
    ['bDeviceProtocol', code(4)],
    ['bMaxPacketSize0', text(device?.maxPacketSize0)],
    ['bNumConfigurations', text(device?.configurationCount)],
    // The kernel puts those that are there in the place of those announced.
    ['bNumInterfaces', String(numbers.size)],
    ['bMaxPower', `${milliamperes}mA`],
    ['bmAttributes', active?.attributes ?? null],
    ['bConfigurationValue', text(facts?.activeConfiguration)],
    ['version', device?.usbVersion ?? null],
    ['speed', megabits(facts?.speedBitsPerSecond)],
    ['serial', facts?.serial ?? null],
    ['manufacturer', facts?.manufacturer ?? null],
    ['product', facts?.product ?? null],
    ['devpath', facts === null ? null : portsOf(facts.path)],
    ['busnum', text(facts?.bus)],
    ['devnum', text(facts?.deviceNumber)],
    [
      'PRODUCT',
      `${short(device?.vendorId)}/${short(device?.productId)}/${Number.parseInt(bcdDevice, 16).toString(16)}`,
    ],
    ['TYPE', [0, 2, 4].map((at) => decimal(code(at))).join('/')],
    ['ID_USB_INTERFACES', interfaceCodes(configurations)],
    ...serialProperty(active, facts),
  ])
}

function text(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value)
}

function megabits(bitsPerSecond: number | null | undefined): string | null {
  return bitsPerSecond === null || bitsPerSecond === undefined
    ? null
    : String(bitsPerSecond / 1_000_000)
}

/** `0` of a root hub. */
function portsOf(path: string): string {
  return path.startsWith('usb') ? '0' : (path.split('-')[1] ?? '')
}

/** Each code once, in the order of the interfaces, of all configurations as usb_id takes them. */
function interfaceCodes(configurations: UsbDescriptorFile['configurations']): string {
  const codes = configurations.flatMap(({ interfaces }) => interfaces.map((one) => one.classCode))
  return `:${[...new Set(codes)].join(':')}:`
}

/**
 * usb_id names what the device itself says; of mass storage it takes the SCSI inquiry instead, which
 * no descriptor holds.
 */
function serialProperty(
  active: UsbDescriptorFile['configurations'][number] | undefined,
  facts: UsbDeviceFacts | null,
): readonly (readonly [string, string])[] {
  const [first] = active?.interfaces ?? []
  if (facts === null || first?.classCode.startsWith('08') === true) return []
  const parts = [
    udevText(facts.manufacturer) ?? facts.vendorId,
    udevText(facts.product) ?? facts.productId,
    udevText(isUsable(facts.serial) ? facts.serial : null),
  ]
  return [['ID_SERIAL', parts.filter((part) => part !== null).join('_')]]
}

/** usb_id leaves a serial alone that has a comma or anything but ASCII in it. */
function isUsable(serial: string | null): boolean {
  return serial !== null && /^[\x20-\x7f]+$/.test(serial) && !serial.includes(',')
}

/** systemd's util_replace_whitespace and util_replace_chars. */
function udevText(value: string | null): string | null {
  if (value === null) return null
  return value
    .trim()
    .replaceAll(/\s+/g, '_')
    .replaceAll(/[^\w#+\-.:=@\u0080-\uffff]/g, '_')
}
