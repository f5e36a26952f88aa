import type { MachineDetail } from '../protocol/api.ts'
import { DecodeError } from '../protocol/errors.ts'
import { parseFacts } from '../protocol/facts/inventory.ts'
import type { FactClass } from '../protocol/facts/classes.ts'
import type { FactsOf } from '../protocol/facts/inventory.ts'
import { clipped, linkSpeedText, nothing, sizeText } from './format.ts'
import { tableText } from './table.ts'
import type { Column } from './table.ts'

/** Tables of processors, memory, disks, interfaces, GPUs and USB devices; those that are known. */
export function hardwareTables(machine: MachineDetail): readonly string[] {
  return [
    ...ofClass(machine, 'cpu', processors),
    ...ofClass(machine, 'memory', dimms),
    ...ofClass(machine, 'storage', disks),
    ...ofClass(machine, 'nic', interfaces),
    ...ofClass(machine, 'gpu', gpus),
    ...ofClass(machine, 'usb', usbDevices),
  ]
}

/** A machine inspected by another release may have facts that this one cannot read: said, not lost. */
function ofClass<C extends FactClass>(
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

function processors({ packages }: FactsOf<'cpu'>): string | null {
  return rowsText(
    [['CPU'], ['MODEL'], ['CORES', 'right'], ['THREADS', 'right'], ['MICROCODE']],
    packages.map(({ id, model, vendor, coreCount, threadCount, microcode }) => [
      String(id),
      model ?? vendor ?? nothing,
      String(coreCount),
      String(threadCount),
      microcode ?? nothing,
    ]),
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

function disks({ disks }: FactsOf<'storage'>): string | null {
  return rowsText(
    [['DISK'], ['WIRE'], ['SIZE', 'right'], ['SECTOR', 'right'], ['MODEL'], ['SERIAL'], ['HOLDS']],
    disks.map((disk) => [
      disk.name,
      disk.transport,
      sizeText(disk.sizeBytes),
      `${disk.logicalBlockSizeBytes}`,
      disk.model ?? nothing,
      disk.serial ?? nothing,
      disk.partitions.length === 0 ? nothing : `${disk.partitions.length} partitions`,
    ]),
  )
}

function interfaces({ interfaces }: FactsOf<'nic'>): string | null {
  return rowsText(
    [['NIC'], ['MAC'], ['DRIVER'], ['LINK'], ['SPEED', 'right'], ['PCI']],
    interfaces.map((nic) => [
      nic.name,
      nic.mac ?? nothing,
      nic.driver ?? nothing,
      nic.carrier === null ? 'not known' : nic.carrier ? 'up' : 'down',
      linkSpeedText(nic.linkSpeedBitsPerSecond),
      nic.pciAddress ?? nothing,
    ]),
  )
}

function gpus({ gpus }: FactsOf<'gpu'>): string | null {
  return rowsText(
    [['GPU'], ['KIND'], ['MODEL'], ['MEMORY', 'right'], ['PCI LINK']],
    gpus.map((gpu) => [
      gpu.address,
      gpu.kind,
      gpu.model ?? `${gpu.vendorId}:${gpu.deviceId}`,
      sizeText(gpu.memorySizeBytes, true),
      gpu.link === null
        ? nothing
        : `x${gpu.link.laneWidth} of x${gpu.link.maxLaneWidth}, ` +
          `${gpu.link.speedGtPerS ?? '?'} of ${gpu.link.maxSpeedGtPerS ?? '?'} GT/s`,
    ]),
  )
}

function usbDevices({ devices }: FactsOf<'usb'>): string | null {
  return rowsText(
    [['USB'], ['ID'], ['PRODUCT'], ['SERIAL'], ['SPEED', 'right']],
    devices
      .filter(({ path }) => !path.startsWith('usb'))
      .map((device) => [
        device.path,
        `${device.vendorId}:${device.productId}`,
        clipped(device.product ?? nothing, 40),
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
