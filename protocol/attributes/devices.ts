import type { FactsOf } from '../facts/inventory.ts'
import type { NetworkInterface } from '../facts/nic.ts'
import type { Disk } from '../facts/storage.ts'
import type { UsbDeviceFacts } from '../facts/usb.ts'
import {
  type AttributeDefinition,
  bool,
  int,
  list,
  type MachineRecord,
  of,
  quantity,
  set,
  string,
} from './definition.ts'
import { allKnown, largest } from './machine.ts'

type Gpu = FactsOf<'gpu'>['gpus'][number]
type Dimm = FactsOf<'memory'>['dimms'][number]

const disk = { source: 'storage', level: 'device' } as const
const diskFields: readonly AttributeDefinition<Disk>[] = [
  string('transport', { ...disk, description: 'nvme, sata, sas, scsi, virtio, ...' }, (device) => {
    return device.transport
  }),
  string('model', { ...disk, description: 'Model' }, (device) => device.model),
  string('vendor', { ...disk, description: 'Vendor' }, (device) => device.vendor),
  string(
    'serial',
    { ...disk, nature: 'identity', description: 'Serial number' },
    (device) => device.serial,
  ),
  string(
    'wwn',
    { ...disk, nature: 'identity', description: 'NAA name' },
    (device) => device.wwn ?? device.nguid ?? device.eui64,
  ),
  quantity('size', 'B', { ...disk, description: 'Exact size' }, (device) => device.sizeBytes),
  quantity(
    'logicalBlockSize',
    'B',
    { ...disk, description: 'Logical sector size' },
    (device) => device.logicalBlockSizeBytes,
  ),
  quantity(
    'physicalBlockSize',
    'B',
    { ...disk, description: 'Physical sector size' },
    (device) => device.physicalBlockSizeBytes,
  ),
  bool('rotational', { ...disk, description: 'Has platters' }, (device) => device.rotational),
  bool('removable', { ...disk, description: 'Removable medium' }, (device) => device.removable),
  bool('readOnly', { ...disk, description: 'Write protected' }, (device) => device.readOnly),
  int('numaNode', { ...disk, description: 'NUMA node' }, (device) => device.numaNode),
]

const nic = { source: 'nic', level: 'device' } as const
const link = { source: 'nic', level: 'link', nature: 'state' } as const
const nicFields: readonly AttributeDefinition<NetworkInterface>[] = [
  string(
    'mac',
    { ...nic, nature: 'identity', description: 'Hardware address' },
    (device) => device.mac,
  ),
  string('driver', { ...nic, description: 'Kernel driver' }, (device) => device.driver),
  string(
    'linkType',
    { ...nic, description: 'ethernet, infiniband or other' },
    (device) => device.linkType,
  ),
  quantity(
    'linkSpeed',
    'bit/s',
    { ...link, description: 'Speed of the link now' },
    (device) => device.linkSpeedBitsPerSecond ?? undefined,
  ),
  bool('carrier', { ...link, description: 'The link is up' }, (device) => {
    return device.carrier ?? undefined
  }),
  int('numaNode', { ...nic, description: 'NUMA node' }, (device) => device.numaNode),
  int(
    'virtualFunctions',
    { ...nic, description: 'SR-IOV virtual functions it can have' },
    (device) => device.sriov?.totalVirtualFunctionCount ?? null,
  ),
]

const gpu = { source: 'gpu', level: 'device' } as const
const gpuFields: readonly AttributeDefinition<Gpu>[] = [
  string('kind', { ...gpu, description: 'gpu or accelerator' }, (device) => device.kind),
  string('model', { ...gpu, description: 'Product name' }, (device) => device.model ?? undefined),
  string('device', { ...gpu, description: 'PCI ids, `10de:2330`' }, pciIds),
  quantity(
    'memorySize',
    'B',
    { ...gpu, description: 'Memory on the device' },
    (device) => device.memorySizeBytes ?? undefined,
  ),
  quantity(
    'linkSpeed',
    'T/s',
    { ...gpu, level: 'link', nature: 'state', description: 'Speed of a PCI Express lane now' },
    ({ link }) => scaled(link === null ? null : (link.speedGtPerS ?? undefined), 1e9),
  ),
  int(
    'laneWidth',
    { ...gpu, level: 'link', nature: 'state', description: 'PCI Express lanes in use' },
    (device) => device.link?.laneWidth ?? null,
  ),
  int('numaNode', { ...gpu, description: 'NUMA node' }, (device) => device.numaNode),
]

const dimm = { source: 'memory', level: 'device' } as const
const dimmFields: readonly AttributeDefinition<Dimm>[] = [
  string('locator', { ...dimm, description: 'Label on the board' }, (device) => device.locator),
  quantity(
    'size',
    'B',
    { ...dimm, description: 'Size' },
    (device) => device.sizeBytes ?? undefined,
  ),
  string('type', { ...dimm, description: 'DDR4, DDR5' }, (device) => device.type ?? undefined),
  string('manufacturer', { ...dimm, description: 'Maker' }, (device) => device.manufacturer),
  string('partNumber', { ...dimm, description: 'Part number' }, (device) => device.partNumber),
  string(
    'serial',
    { ...dimm, nature: 'identity', description: 'Serial number' },
    (device) => device.serial,
  ),
  quantity(
    'speed',
    'T/s',
    { ...dimm, nature: 'state', description: 'Transfer rate it runs at' },
    (device) => scaled(device.configuredSpeedMtPerS ?? undefined, 1e6),
  ),
]

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
]

/** Disks, network interfaces, GPUs, DIMMs and USB devices: as totals and as lists. */
export const deviceAttributes: readonly AttributeDefinition<MachineRecord>[] = [
  quantity(
    'storage.size',
    'B',
    { source: 'storage', description: 'Size of all fixed disks together' },
    of('storage', (facts) => total(fixed(facts.disks))),
  ),
  int(
    'storage.diskCount',
    { source: 'storage', description: 'Fixed disks' },
    of('storage', (facts) => fixed(facts.disks).length),
  ),
  quantity(
    'storage.nvmeSize',
    'B',
    { source: 'storage', description: 'Size of all NVMe disks together' },
    of('storage', (facts) => total(nvme(facts.disks))),
  ),
  int(
    'storage.nvmeCount',
    { source: 'storage', description: 'NVMe disks' },
    of('storage', (facts) => nvme(facts.disks).length),
  ),
  quantity(
    'storage.rotationalSize',
    'B',
    { source: 'storage', description: 'Size of all fixed disks with platters together' },
    of('storage', (facts) => total(fixed(facts.disks).filter((device) => device.rotational))),
  ),
  list(
    'disks',
    { source: 'storage', description: 'Every disk' },
    diskFields,
    of('storage', (facts) => facts.disks),
  ),
  int(
    'nic.count',
    { source: 'nic', description: 'Network interfaces' },
    of('nic', (facts) => facts.interfaces.length),
  ),
  quantity(
    'nic.speedMax',
    'bit/s',
    { source: 'nic', level: 'link', nature: 'state', description: 'Speed of the fastest link' },
    of('nic', ({ interfaces }) =>
      interfaces.length === 0
        ? null
        : largest(interfaces.map((device) => device.linkSpeedBitsPerSecond)),
    ),
  ),
  list(
    'nics',
    { source: 'nic', description: 'Every network interface' },
    nicFields,
    of('nic', (facts) => facts.interfaces),
  ),
  int(
    'gpu.count',
    { source: 'gpu', description: 'GPUs and accelerators, consoles of BMCs not counted' },
    of('gpu', (facts) => computing(facts.gpus).length),
  ),
  set(
    'gpu.model',
    { source: 'gpu', description: 'Product names of the GPUs' },
    of('gpu', (facts) => allKnown(computing(facts.gpus).map((device) => device.model))),
  ),
  set(
    'gpu.device',
    { source: 'gpu', description: 'PCI ids of the GPUs, `10de:2330`' },
    of('gpu', (facts) => computing(facts.gpus).map(pciIds)),
  ),
  list(
    'gpus',
    { source: 'gpu', description: 'Every GPU and accelerator' },
    gpuFields,
    of('gpu', (facts) => computing(facts.gpus)),
  ),
  list(
    'dimms',
    { source: 'memory', description: 'Every populated DIMM slot' },
    dimmFields,
    of('memory', (facts) =>
      facts.dimms.length === 0 ? undefined : facts.dimms.filter((device) => device.populated),
    ),
  ),
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

function fixed(disks: readonly Disk[]): readonly Disk[] {
  return disks.filter((device) => !device.removable && device.transport !== 'usb')
}

function nvme(disks: readonly Disk[]): readonly Disk[] {
  return disks.filter((device) => device.transport === 'nvme')
}

function total(disks: readonly Disk[]): number {
  return disks.reduce((sum, device) => sum + device.sizeBytes, 0)
}

function computing(gpus: readonly Gpu[]): readonly Gpu[] {
  return gpus.filter((device) => device.kind !== 'console')
}

function pciIds(device: Gpu): string {
  return `${device.vendorId}:${device.deviceId}`
}

/** The kernel names root hubs `usb1`, devices `1-2.3`. */
function plugged(devices: readonly UsbDeviceFacts[]): readonly UsbDeviceFacts[] {
  return devices.filter((device) => !device.path.startsWith('usb'))
}

function scaled(value: number | null | undefined, factor: number): number | null | undefined {
  return value === null || value === undefined ? value : value * factor
}
