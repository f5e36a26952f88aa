import type { DeviceNames } from '../../protocol/device-names.ts'
import { pciNameText } from '../../protocol/device-names.ts'
import { diskContentsText, diskHealthText, neighborText } from '../../protocol/device-text.ts'
import { componentsOf } from '../../protocol/facts/firmware-components.ts'
import type { FactsOf, Inventory } from '../../protocol/facts/inventory.ts'
import type { Disk } from '../../protocol/facts/storage.ts'
import { DeviceTable } from './device-table.tsx'
import { bitRateText, sizeText } from './format.ts'
import { Mark } from './marks.tsx'

interface Props {
  readonly inventory: Inventory
  readonly names: DeviceNames
}

/** What is in the machine, device by device. */
export function DeviceTables({ inventory, names }: Props) {
  return (
    <>
      <Disks inventory={inventory} names={names} />
      <Arrays inventory={inventory} names={names} />
      <Interfaces inventory={inventory} names={names} />
      <RdmaPorts inventory={inventory} names={names} />
      <Dimms inventory={inventory} names={names} />
      <UsbDevices inventory={inventory} names={names} />
      <Firmware inventory={inventory} names={names} />
    </>
  )
}

function Disks({ inventory: { storage } }: Props) {
  return (
    <DeviceTable
      id="disks"
      name="Disks"
      columns={['Name', 'Model', 'Serial', 'Wire', 'Size', 'Sector', 'Firmware', 'Health', 'Holds']}
      rows={(storage?.disks ?? []).map((disk) => [
        <>
          {disk.name} <Mark subject={disk.name} />
        </>,
        disk.model ?? disk.vendor,
        disk.serial ?? disk.wwn,
        disk.transport,
        sizeText(disk.sizeBytes),
        `${disk.logicalBlockSizeBytes} B`,
        disk.firmware,
        healthCell(disk),
        storage === null ? null : diskContentsText(disk, storage),
      ])}
    />
  )
}

function healthCell(disk: Disk) {
  const text = diskHealthText(disk)
  return disk.health?.healthy === false ? <span class="failing">{text}</span> : text
}

/** Software RAID as the kernel assembled it. */
function Arrays({ inventory: { storage } }: Props) {
  return (
    <DeviceTable
      id="arrays"
      name="RAID arrays"
      columns={['Name', 'Level', 'State', 'Members', 'Missing', 'Metadata', 'UUID']}
      rows={(storage?.arrays ?? []).map((array) => [
        <>
          {array.name} <Mark subject={array.name} />
        </>,
        array.level,
        array.state,
        array.members.map(({ name }) => name).join(' '),
        (array.degradedCount ?? 0) === 0 ? null : (
          <span class="failing">{array.degradedCount} missing</span>
        ),
        array.metadata,
        array.uuid,
      ])}
    />
  )
}

function Interfaces({ inventory: { nic, pci, neighbors }, names }: Props) {
  return (
    <DeviceTable
      id="network"
      name="Network interfaces"
      columns={['Name', 'Device', 'MAC', 'Firmware', 'Link', 'Speed', 'Neighbour', 'PCI', 'Node']}
      rows={(nic?.interfaces ?? []).map((each) => [
        <>
          {each.name} <Mark subject={each.name} />
        </>,
        deviceText(pci, each.pciAddress, names) ?? each.driver,
        each.mac,
        each.firmwareVersion,
        each.carrier === null ? null : each.carrier ? 'up' : 'down',
        bitRateText(each.linkSpeedBitsPerSecond),
        neighborText(neighbors, each.name),
        each.pciAddress,
        each.numaNode === null ? null : String(each.numaNode),
      ])}
    />
  )
}

/** The name of the function at an address; null where none is known. */
function deviceText(
  pci: FactsOf<'pci'> | null,
  address: string | null,
  names: DeviceNames,
): string | null {
  const found = pci?.functions.find((one) => one.address === address)
  return found === undefined ? null : pciNameText(found, names.pci[found.address])
}

function RdmaPorts({ inventory: { nic } }: Props) {
  return (
    <DeviceTable
      id="rdma"
      name="RDMA ports"
      columns={['Device', 'Port', 'Model', 'Firmware', 'GUID', 'State', 'Link', 'Rate', 'Subnet']}
      rows={(nic?.rdmaDevices ?? []).flatMap((device) =>
        device.ports.map((port) => [
          <>
            {device.name} <Mark subject={device.name} />
          </>,
          String(port.number),
          device.hcaType,
          device.firmwareVersion,
          device.nodeGuid,
          port.state,
          port.linkLayer,
          bitRateText(port.rateBitsPerSecond),
          port.subnetPrefix,
        ]),
      )}
    />
  )
}

function Dimms({ inventory: { memory } }: Props) {
  return (
    <DeviceTable
      id="dimms"
      name="DIMMs"
      columns={['Slot', 'Size', 'Type', 'Speed', 'Ranks', 'Maker', 'Part', 'Serial']}
      rows={(memory?.dimms ?? [])
        .filter(({ populated }) => populated)
        .map((dimm) => [
          dimm.locator ?? dimm.bankLocator,
          sizeText(dimm.sizeBytes, true),
          dimm.type,
          dimm.configuredSpeedMtPerS === null ? null : `${dimm.configuredSpeedMtPerS} MT/s`,
          dimm.rankCount === null ? null : String(dimm.rankCount),
          dimm.manufacturer,
          dimm.partNumber,
          dimm.serial,
        ])}
    />
  )
}

/** One row for parts of a kind with equal firmware: what differs from its siblings stands out. */
function Firmware({ inventory }: Props) {
  const alike = Map.groupBy(componentsOf(inventory), ({ kind, version }) => `${kind} ${version}`)
  return (
    <DeviceTable
      id="firmware"
      name="Firmware"
      columns={['Kind', 'Version', 'In']}
      rows={[...alike.values()].map((same) => [
        same[0]?.kind ?? null,
        same[0]?.version ?? null,
        same.map(({ subject }) => subject).join(', '),
      ])}
    />
  )
}

function UsbDevices({ inventory: { usb }, names }: Props) {
  return (
    <DeviceTable
      id="usb"
      name="USB devices"
      columns={['Path', 'Id', 'Product', 'Maker', 'Serial', 'Speed', 'Drivers']}
      rows={(usb?.devices ?? [])
        .filter(({ path }) => !path.startsWith('usb'))
        .map((device) => [
          device.path,
          `${device.vendorId}:${device.productId}`,
          device.product ?? names.usb[device.path]?.product ?? null,
          device.manufacturer ?? names.usb[device.path]?.vendor ?? null,
          device.serial,
          bitRateText(device.speedBitsPerSecond),
          [...new Set(device.drivers.map(({ driver }) => driver))].join(', '),
        ])}
    />
  )
}
