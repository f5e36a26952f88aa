import type { MachineDetail } from '../protocol/api.ts'
import { type DeviceNames, pciNameText } from '../protocol/device-names.ts'
import { diskContentsText, diskHealthText, neighborText } from '../protocol/device-text.ts'
import { DecodeError } from '../protocol/errors.ts'
import type { FactClass } from '../protocol/facts/classes.ts'
import { parseFacts } from '../protocol/facts/inventory.ts'
import type { FactsOf } from '../protocol/facts/inventory.ts'
import { linkState, linkStates, linkText } from '../protocol/facts/pci-links.ts'
import { clipped, linkSpeedText, nothing, sizeText } from './format.ts'
import { tableText } from './table.ts'
import type { Column } from './table.ts'

/** What the tables are made of. */
interface Hardware {
  readonly machine: MachineDetail
  readonly names: DeviceNames
}

/** Tables of processors, memory, disks, interfaces, GPUs and USB devices; those that are known. */
export function hardwareTables(machine: MachineDetail, names: DeviceNames): readonly string[] {
  const hardware = { machine, names }
  return [
    ...ofClass(machine, 'cpu', processors),
    ...ofClass(machine, 'memory', dimms),
    ...ofClass(machine, 'storage', disks),
    ...ofClass(machine, 'nic', (facts) => interfaces(facts, hardware)),
    ...ofClass(machine, 'gpu', (facts) => gpus(facts, hardware)),
    ...ofClass(machine, 'usb', (facts) => usbDevices(facts, names)),
  ]
}

/** A machine inspected by another release may have facts that this one cannot read: said, not lost. */
export function ofClass<C extends FactClass>(
  { inventory }: MachineDetail,
  name: C,
  table: (facts: FactsOf<C>) => string | null,
): readonly string[] {
  const value = inventory[name]
  if (value === undefined || value === null) return []
  try {
    const text = table(parseFacts(name, value))
    return text === null ? [] : [text]
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return [`${name}: ${error.message} (--json shows the facts)`]
  }
}

/** Facts of a class beside those of the table; null where they are not there or in another form. */
function beside<C extends FactClass>({ inventory }: MachineDetail, name: C): FactsOf<C> | null {
  try {
    return parseFacts(name, inventory[name])
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}

function processors({ packages }: FactsOf<'cpu'>): string | null {
  return rowsText(
    [['CPU'], ['MODEL'], ['CORES', 'right'], ['THREADS', 'right'], ['L3', 'right'], ['MICROCODE']],
    packages.map(({ id, model, vendor, coreCount, threadCount, microcode, caches }) => {
      const l3 = caches.filter(({ level }) => level === 3)
      const size = l3.reduce((sum, one) => sum + one.sizeBytes * one.instanceCount, 0)
      return [
        String(id),
        model ?? vendor ?? nothing,
        String(coreCount),
        String(threadCount),
        l3.length === 0 ? nothing : sizeText(size, true),
        microcode ?? nothing,
      ]
    }),
  )
}

function dimms({ dimms }: FactsOf<'memory'>): string | null {
  return rowsText(
    [['DIMM'], ['SIZE', 'right'], ['TYPE'], ['SPEED', 'right'], ['PART'], ['SERIAL']],
    dimms.map((dimm) => [
      dimm.locator ?? dimm.bankLocator ?? nothing,
      dimm.populated ? sizeText(dimm.sizeBytes, true) : 'empty',
      dimm.type ?? nothing,
      dimm.configuredSpeedMtPerS === null ? nothing : `${dimm.configuredSpeedMtPerS} MT/s`,
      [dimm.manufacturer, dimm.partNumber].filter((word) => word !== null).join(' '),
      dimm.serial ?? nothing,
    ]),
  )
}

function disks(facts: FactsOf<'storage'>): string | null {
  return rowsText(
    [
      ['DISK'],
      ['WIRE'],
      ['SIZE', 'right'],
      ['SECTOR', 'right'],
      ['MODEL'],
      ['SERIAL'],
      ['HEALTH'],
      ['HOLDS'],
    ],
    facts.disks.map((disk) => [
      disk.name,
      disk.transport,
      sizeText(disk.sizeBytes),
      `${disk.logicalBlockSizeBytes}`,
      disk.model ?? nothing,
      disk.serial ?? nothing,
      diskHealthText(disk) ?? nothing,
      clipped(diskContentsText(disk, facts) ?? nothing, 60),
    ]),
  )
}

function interfaces({ interfaces }: FactsOf<'nic'>, { machine, names }: Hardware): string | null {
  const pci = beside(machine, 'pci')
  const neighbors = beside(machine, 'neighbors')
  return rowsText(
    [
      ['NIC'],
      ['MAC'],
      ['LINK'],
      ['SPEED', 'right'],
      ['DEVICE'],
      ['FIRMWARE'],
      ['NEIGHBOUR'],
      ['PCI'],
    ],
    interfaces.map((nic) => {
      const found = pci?.functions.find(({ address }) => address === nic.pciAddress)
      const device = found === undefined ? null : pciNameText(found, names.pci[found.address])
      return [
        nic.name,
        nic.mac ?? nothing,
        nic.carrier === null ? 'not known' : nic.carrier ? 'up' : 'down',
        linkSpeedText(nic.linkSpeedBitsPerSecond),
        clipped(device ?? nic.driver ?? nothing, 48),
        nic.firmwareVersion ?? nothing,
        neighborText(neighbors, nic.name) ?? nothing,
        nic.pciAddress ?? nothing,
      ]
    }),
  )
}

function gpus({ gpus }: FactsOf<'gpu'>, { machine, names }: Hardware): string | null {
  const links = linkStates(beside(machine, 'pci')?.functions ?? [])
  return rowsText(
    [['GPU'], ['KIND'], ['MODEL'], ['MEMORY', 'right'], ['SERIAL'], ['VBIOS'], ['PCI LINK']],
    gpus.map((gpu) => {
      const link = links.get(gpu.address) ?? (gpu.link === null ? null : linkState(gpu.link, null))
      return [
        gpu.address,
        gpu.kind,
        gpu.model ?? pciNameText(gpu, names.pci[gpu.address]),
        sizeText(gpu.memorySizeBytes, true),
        gpu.management?.serial ?? nothing,
        gpu.management?.vbiosVersion ?? nothing,
        link === null ? nothing : linkText(link),
      ]
    }),
  )
}

function usbDevices({ devices }: FactsOf<'usb'>, { usb }: DeviceNames): string | null {
  return rowsText(
    [['USB'], ['ID'], ['PRODUCT'], ['SERIAL'], ['SPEED', 'right']],
    devices
      .filter(({ path }) => !path.startsWith('usb'))
      .map((device) => [
        device.path,
        `${device.vendorId}:${device.productId}`,
        clipped(device.product ?? usb[device.path]?.product ?? nothing, 40),
        clipped(device.serial ?? nothing, 24),
        linkSpeedText(device.speedBitsPerSecond),
      ]),
  )
}

function rowsText(
  columns: readonly (readonly [string, 'right'?])[],
  rows: readonly (readonly string[])[],
): string | null {
  const titled = columns.map(([title, align]): Column => ({ title, align: align ?? 'left' }))
  return rows.length === 0 ? null : tableText(titled, rows)
}
