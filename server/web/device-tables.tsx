import type { ComponentChildren } from 'preact'
import type { Inventory } from '../../protocol/facts/inventory.ts'
import { Lanes } from './box-picture.tsx'
import { bitRateText, nothing, sizeText } from './format.ts'

/** What is in the machine, device by device. */
export function DeviceTables({ inventory }: { readonly inventory: Inventory }) {
  return (
    <>
      <Disks inventory={inventory} />
      <Interfaces inventory={inventory} />
      <Gpus inventory={inventory} />
      <Dimms inventory={inventory} />
      <UsbDevices inventory={inventory} />
    </>
  )
}

interface Props {
  readonly inventory: Inventory
}

function Disks({ inventory: { storage } }: Props) {
  return (
    <DeviceTable
      name="Disks"
      columns={['Name', 'Model', 'Serial', 'Wire', 'Size', 'Sector', 'Holds']}
      rows={(storage?.disks ?? []).map((disk) => [
        disk.name,
        disk.model ?? disk.vendor,
        disk.serial ?? disk.wwn,
        disk.transport,
        sizeText(disk.sizeBytes),
        `${disk.logicalBlockSizeBytes} B`,
        disk.partitions.length === 0
          ? null
          : disk.partitions
              .map(({ name, sizeBytes }) => `${name} ${sizeText(sizeBytes)}`)
              .join(', '),
      ])}
    />
  )
}

function Interfaces({ inventory: { nic } }: Props) {
  return (
    <DeviceTable
      name="Network interfaces"
      columns={['Name', 'MAC', 'Driver', 'Link', 'Speed', 'PCI', 'Node']}
      rows={(nic?.interfaces ?? []).map((each) => [
        each.name,
        each.mac,
        each.driver,
        each.carrier === null ? null : each.carrier ? 'up' : 'down',
        bitRateText(each.linkSpeedBitsPerSecond),
        each.pciAddress,
        each.numaNode === null ? null : String(each.numaNode),
      ])}
    />
  )
}

function Gpus({ inventory: { gpu } }: Props) {
  return (
    <DeviceTable
      name="GPUs and accelerators"
      columns={['PCI', 'Kind', 'Model', 'Memory', 'Link', 'Node']}
      rows={(gpu?.gpus ?? []).map((each) => [
        each.address,
        each.kind,
        each.model ?? `${each.vendorId}:${each.deviceId}`,
        sizeText(each.memorySizeBytes, true),
        each.link === null ? null : <Lanes link={each.link} />,
        each.numaNode === null ? null : String(each.numaNode),
      ])}
    />
  )
}

function Dimms({ inventory: { memory } }: Props) {
  return (
    <DeviceTable
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

function UsbDevices({ inventory: { usb } }: Props) {
  return (
    <DeviceTable
      name="USB devices"
      columns={['Path', 'Id', 'Product', 'Maker', 'Serial', 'Speed', 'Drivers']}
      rows={(usb?.devices ?? [])
        .filter(({ path }) => !path.startsWith('usb'))
        .map((device) => [
          device.path,
          `${device.vendorId}:${device.productId}`,
          device.product,
          device.manufacturer,
          device.serial,
          bitRateText(device.speedBitsPerSecond),
          [...new Set(device.drivers.map(({ driver }) => driver))].join(', '),
        ])}
    />
  )
}

/** Nothing at all where there are no such devices. */
function DeviceTable(props: {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (ComponentChildren | null)[])[]
}) {
  const { name, columns, rows } = props
  if (rows.length === 0) return null
  return (
    <section class="card scroll">
      <table>
        <caption>
          {name} <small>{rows.length}</small>
        </caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, at) => (
                <td key={columns[at]}>{cell === null || cell === '' ? nothing : cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
