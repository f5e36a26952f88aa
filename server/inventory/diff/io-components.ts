import { pciNameText } from '../../../protocol/device-names.ts'
import { component, first, joined, one, words } from './component.ts'
import type { Component } from './component.ts'
import { isFields } from './tree-diff.ts'
import type { Fields } from './tree-diff.ts'

/** What is on buses and networks, by where it is in the facts. */
export const ioComponents: readonly (readonly [string, Component])[] = [
  [
    'nic.interfaces',
    component(
      'NIC',
      { key: [], label: ['name'], summary: ['mac', 'driver', 'pciAddress'] },
      { key: (item) => one(item, 'mac') ?? joined(item, ['pciAddress', 'portIndex', 'name']) },
    ),
  ],
  ['nic.bonds', component('bond', { key: ['name'], label: ['name'], summary: ['mode'] })],
  [
    'nic.bonds.members',
    component('member', { key: ['name'], label: ['name'], summary: ['state'] }),
  ],
  ['nic.bridges', component('bridge', { key: ['name'], label: ['name'], summary: ['bridgeId'] })],
  [
    'nic.rdmaDevices',
    component(
      'RDMA device',
      { key: [], label: ['name'], summary: ['hcaType', 'nodeGuid', 'pciAddress'] },
      { key: (item) => one(item, 'nodeGuid') ?? joined(item, ['pciAddress', 'name']) },
    ),
  ],
  [
    'nic.rdmaDevices.ports',
    component('port', { key: ['number'], label: ['number'], summary: ['linkLayer'] }),
  ],
  [
    'nic.fibreChannelHosts',
    component(
      'Fibre Channel port',
      { key: [], label: ['wwpn', 'name'], summary: ['driver', 'pciAddress'] },
      { key: (item) => first(item, ['wwpn', 'name']) },
    ),
  ],
  [
    'neighbors.ports',
    component(
      'port',
      { key: [], label: ['interface'], summary: ['mac'] },
      { key: (item) => first(item, ['mac', 'interface']) },
    ),
  ],
  [
    'neighbors.ports.neighbors',
    component('neighbour', {
      key: ['protocol', 'chassisId', 'portId'],
      label: ['systemName', 'chassisId'],
      summary: ['portId', 'portDescription'],
    }),
  ],
  [
    'firmware.inventory',
    component('firmware', {
      key: ['component', 'firmwareId'],
      label: ['component', 'firmwareId'],
      summary: ['version'],
    }),
  ],
  [
    'firmware.resources',
    component('firmware resource', { key: ['class'], label: ['class'], summary: ['version'] }),
  ],
  [
    'tpm.tpms',
    component('TPM', { key: ['name'], label: ['name'], summary: ['manufacturer', 'version'] }),
  ],
  [
    'bmc.controllers',
    component(
      'BMC',
      { key: ['device'], label: [], summary: [] },
      { label: (_, index) => (index === 0 ? '' : `${index}`) },
    ),
  ],
  [
    'bmc.controllers.channels',
    component('channel', { key: ['number'], label: ['number'], summary: [] }),
  ],
  [
    'security.confidentialComputing',
    component('technology', { key: ['technology'], label: ['technology'], summary: [] }),
  ],
  [
    'security.managementEngines',
    component('management engine', { key: ['name'], label: ['name'], summary: ['kind'] }),
  ],
  [
    'usb.devices',
    component(
      'USB device',
      { key: ['path', 'vendorId', 'productId', 'serial'], label: ['path'], summary: [] },
      {
        summary: (item, { usb }) => {
          const ids = `${one(item, 'vendorId')}:${one(item, 'productId')}`
          const product = one(item, 'product') ?? usb.get(ids) ?? null
          return [product, ids, one(item, 'serial')].filter((word) => word !== null).join(' ')
        },
      },
    ),
  ],
  [
    'usb.devices.configurations',
    component('configuration', { key: ['value'], label: ['value'], summary: [] }),
  ],
  [
    'usb.devices.drivers',
    component('driver of', { key: ['interface'], label: ['interface'], summary: ['driver'] }),
  ],
  [
    'pci.functions',
    component(
      'PCI function',
      { key: ['address', 'vendorId', 'deviceId'], label: ['address'], summary: [] },
      {
        summary: (item, { pci }) => {
          const [vendorId, deviceId] = [one(item, 'vendorId') ?? '', one(item, 'deviceId') ?? '']
          const names = {
            vendor: pci.get(vendorId) ?? null,
            device: pci.get(`${vendorId}:${deviceId}`) ?? null,
          }
          return pciNameText({ vendorId, deviceId }, names)
        },
      },
    ),
  ],
]

/** Disks and what is between them and the machine, by where it is in the facts. */
export const storageComponents: readonly (readonly [string, Component])[] = [
  [
    'storage.disks',
    component(
      'disk',
      { key: [], label: ['name'], summary: ['transport', 'sizeBytes', 'model', 'serial'] },
      {
        key: (item) =>
          first(item, ['wwn', 'nguid', 'eui64']) ??
          (one(item, 'serial') === null ? one(item, 'name') : joined(item, ['model', 'serial'])),
      },
    ),
  ],
  [
    'storage.disks.partitions',
    component('partition', { key: ['number'], label: ['number'], summary: ['sizeBytes'] }),
  ],
  [
    'storage.contents',
    component(
      'contents of',
      { key: [], label: ['device'], summary: [] },
      { key: contentsKey, summary: (item) => contentsText(item) },
    ),
  ],
  [
    'storage.contents.signatures',
    component('signature', {
      key: ['name', 'uuid'],
      label: ['name'],
      summary: ['label', 'uuid', 'version'],
    }),
  ],
  [
    'storage.contents.partitionTable.partitions',
    component('partition', {
      key: ['number'],
      label: ['number'],
      summary: ['typeName', 'name', 'sizeBytes'],
    }),
  ],
  [
    'storage.opticalDrives',
    component('optical drive', {
      key: ['model', 'serial'],
      label: ['name'],
      summary: ['model', 'serial'],
    }),
  ],
  [
    'storage.arrays',
    component(
      'array',
      { key: [], label: ['name'], summary: ['level', 'uuid'] },
      { key: (item) => first(item, ['uuid', 'name']) },
    ),
  ],
  [
    'storage.volumes',
    component(
      'volume',
      { key: [], label: ['label', 'name'], summary: ['kind', 'sizeBytes'] },
      { key: (item) => first(item, ['uuid', 'label', 'name']) },
    ),
  ],
  [
    'storage.adapters',
    component('storage controller', {
      key: ['pciAddress', 'driver'],
      label: ['pciAddress'],
      summary: ['driver'],
    }),
  ],
  [
    'storage.nvmeControllers',
    component('NVMe controller', {
      key: ['serial', 'controllerId', 'subsystemNqn'],
      label: ['pciAddress', 'address'],
      summary: ['model', 'serial'],
    }),
  ],
  [
    'storage.nvmeSubsystems',
    component('NVMe subsystem', { key: ['nqn'], label: ['nqn'], summary: ['model', 'serial'] }),
  ],
  [
    'storage.expanders',
    component('expander', {
      key: ['sasAddress'],
      label: ['sasAddress'],
      summary: ['vendor', 'product'],
    }),
  ],
  [
    'storage.enclosures',
    component('enclosure', { key: ['id', 'name'], label: ['id', 'name'], summary: ['product'] }),
  ],
  [
    'storage.enclosures.slots',
    component('slot', { key: ['number', 'name'], label: ['name'], summary: ['status'] }),
  ],
  [
    'storage.boot.entries',
    component('boot entry', {
      key: ['number'],
      label: ['number'],
      summary: ['description', 'path'],
    }),
  ],
  [
    'storage.abilities',
    component(
      'ability',
      { key: [], label: [], summary: [] },
      { key: (item) => JSON.stringify(item['ability']) },
    ),
  ],
]

/** The kernel names disks anew at each boot: contents are known by what they carry themselves. */
function contentsKey(item: Fields): string | null {
  const table = item['partitionTable']
  const id = isFields(table) ? one(table, 'id') : null
  if (id !== null) return id
  const signatures = Array.isArray(item['signatures']) ? item['signatures'] : []
  const marked = signatures.filter(isFields).find((signature) => one(signature, 'uuid') !== null)
  return marked === undefined ? one(item, 'device') : joined(marked, ['name', 'uuid'])
}

function contentsText(item: Fields): string {
  const table = item['partitionTable']
  const signatures = Array.isArray(item['signatures']) ? item['signatures'] : []
  return [
    ...(isFields(table) ? [`${one(table, 'kind')} table`] : []),
    ...signatures.filter(isFields).map((signature) => words(signature, ['name', 'label'])),
  ].join(', ')
}
